/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The process that reads: its answers, and that there is another one after it was left behind. */

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "world/sniffer.h"

#define PATIENT_MS 60000U
#define LATE_READS 20U

/* In the folder of the build: what is on a tmpfs cannot be read directly. */
static char path[] = "test-sniffer.XXXXXX";
static Sniffer sniffer = SNIFFER_NONE;

static int sniff(const char *node, uint32_t limit_ms, unsigned char *bytes) {
        int r = sniffer_begin(&sniffer);

        return r < 0 ? r : sniffer_read(&sniffer, node, limit_ms, bytes);
}

static bool setup(void) {
        unsigned char bytes[SNIFF_BYTES];
        int fd = mkstemp(path);

        ASSERT_TRUE(fd >= 0);
        memset(bytes, 0x5a, sizeof(bytes));
        ASSERT_EQ(write(fd, bytes, sizeof(bytes)), sizeof(bytes));
        ASSERT_EQ(close(fd), 0);
        return sniff(path, PATIENT_MS, bytes) != -EINVAL;
}

static void teardown(void) {
        sniffer_done(&sniffer);
        sniffer_done(&sniffer);
        ASSERT_EQ(unlink(path), 0);
        memset(path + strlen(path) - 6, 'X', 6);
}

static void reads_well(void) {
        unsigned char bytes[SNIFF_BYTES] = {};

        ASSERT_OK(sniff(path, PATIENT_MS, bytes));
        ASSERT_TRUE(bytes[0] == 0x5a && bytes[SNIFF_BYTES - 1] == 0x5a);
}

TEST(answers) {
        unsigned char bytes[SNIFF_BYTES];

        if (setup()) {
                reads_well();
                ASSERT_EQ(sniff("/nonexistent", PATIENT_MS, bytes), -ENOENT);
                ASSERT_TRUE(sniff("/dev/null", PATIENT_MS, bytes) < 0);
                reads_well();
        }
        teardown();
}

/* Without patience: the process has hardly begun by then. */
TEST(left_behind) {
        unsigned char bytes[SNIFF_BYTES];
        unsigned n_late = 0;

        if (setup()) {
                for (unsigned i = 0; i < LATE_READS; i++) {
                        int r = sniff(path, 0, bytes);

                        ASSERT_TRUE(r == 0 || r == -ETIMEDOUT);
                        n_late += r < 0;
                }
                ASSERT_TRUE(n_late > 0);
                reads_well();
        }
        teardown();
}

TEST(killed) {
        unsigned char bytes[SNIFF_BYTES];

        if (setup()) {
                siginfo_t info;

                ASSERT_EQ(kill(sniffer.pid, SIGKILL), 0);
                ASSERT_EQ(waitid(P_PID, (id_t) sniffer.pid, &info, WEXITED | WNOWAIT), 0);
                ASSERT_EQ(sniff(path, PATIENT_MS, bytes), -EPIPE);
                reads_well();
        }
        teardown();
}

/* Nothing was read then: that is no disk without a label. */
TEST(cannot_be_started) {
        struct rlimit before, few;
        int last = -1, fd, pair[2];

        if (setup()) {
                sniffer_done(&sniffer);
                ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
                few = (struct rlimit) { 32, before.rlim_max };
                ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
                while ((fd = dup(STDERR_FILENO)) >= 0)
                        last = fd;
                if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
                        ASSERT_EQ(sniffer_begin(&sniffer), -EMFILE);
                else /* valgrind does not keep to the limit */
                        last = pair[0] > pair[1] ? pair[0] : pair[1];
                for (fd = STDERR_FILENO + 1; fd <= last; fd++)
                        (void) close(fd);
                ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
                ASSERT_EQ(sniffer.fd, -EBADF);
                reads_well();
        }
        teardown();
}

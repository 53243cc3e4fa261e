/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* LVM's lock protocol, against another process that behaves as lvm does. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "test.h"
#include "world/session.h"
#include "world/vglock.h"

static char dir[64];

static const char *path(const char *name) {
        static char text[128];

        snprintf(text, sizeof(text), "%s/%s", dir, name);
        return text;
}

static void setup(void) {
        strcpy(dir, "/tmp/raidd-lock.XXXXXX");
        ASSERT_NOT_NULL(mkdtemp(dir));
        ASSERT_EQ(setenv("RAIDD_LOCK_DIR", dir, 1), 0);
}

static void teardown(void) {
        unlink(path("V_vg"));
        unlink(path("V_vg:aux"));
        unlink(path("P_global"));
        unlink(path("P_global:aux"));
        rmdir(dir);
}

static int flock_file(const char *name, int operation) {
        int fd = open(path(name), O_CREAT | O_RDWR | O_CLOEXEC, 0600);

        ASSERT_TRUE(fd >= 0);
        return flock(fd, operation) < 0 ? -errno : fd;
}

TEST(takes_and_excludes) {
        int fd, aux;

        setup();
        fd = vglock_take("vg", 0);
        ASSERT_OK(fd);
        ASSERT_EQ(flock_file("V_vg", LOCK_SH | LOCK_NB), -EWOULDBLOCK);
        ASSERT_EQ(vglock_take("vg", 0), -ETIMEDOUT);
        /* The auxiliary lock was only for the way in. */
        aux = flock_file("V_vg:aux", LOCK_EX | LOCK_NB);
        ASSERT_OK(aux);
        close(aux);
        close(fd);
        ASSERT_OK(vglock_take("vg", 0));
        teardown();
}

TEST(waits_asleep_until_the_deadline) {
        struct timespec before, after;
        clock_t cpu;
        int holder;

        setup();
        holder = flock_file("V_vg", LOCK_SH | LOCK_NB);
        ASSERT_OK(holder);
        clock_gettime(CLOCK_MONOTONIC, &before);
        cpu = clock();
        ASSERT_EQ(vglock_take("vg", 300), -ETIMEDOUT);
        clock_gettime(CLOCK_MONOTONIC, &after);
        ASSERT_TRUE((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 299);
        ASSERT_TRUE(clock() - cpu < CLOCKS_PER_SEC * 3 / 20); /* half of the time that it waited */
        teardown();
}

TEST(gets_it_when_the_holder_leaves) {
        int ready[2];
        pid_t child;
        char byte;
        int fd;

        setup();
        ASSERT_EQ(pipe(ready), 0);
        child = fork();
        if (child == 0) {
                /* Unlinks the file on leaving, as lvm does: a lock on it would protect nothing. */
                ASSERT_OK(flock_file("V_vg", LOCK_EX));
                ASSERT_EQ(write(ready[1], "x", 1), 1);
                nanosleep(&(struct timespec) { .tv_nsec = 200000000 }, NULL);
                unlink(path("V_vg"));
                _exit(0);
        }
        ASSERT_EQ(read(ready[0], &byte, 1), 1);
        fd = vglock_take("vg", 10000);
        ASSERT_OK(fd);
        ASSERT_EQ(flock_file("V_vg", LOCK_SH | LOCK_NB), -EWOULDBLOCK);
        ASSERT_EQ(waitpid(child, NULL, 0), child);
        teardown();
}

TEST(readers_in_the_queue_do_not_overtake) {
        setup();
        ASSERT_OK(flock_file("V_vg:aux", LOCK_EX | LOCK_NB));
        ASSERT_EQ(vglock_take("vg", 100), -ETIMEDOUT);
        teardown();
}

/* What a process may have been handed as the lock of a group. */
TEST(an_inherited_lock_is_looked_at) {
        int fd, other, ends[2];

        setup();
        fd = vglock_take("vg", 0);
        ASSERT_OK(fd);
        ASSERT_OK(vglock_verify(fd, "vg"));
        ASSERT_EQ(flock_file("V_vg", LOCK_SH | LOCK_NB), -EWOULDBLOCK);

        other = open(path("V_vg"), O_RDWR | O_CLOEXEC); /* the right file, but the lock is not by this one */
        ASSERT_OK(other);
        ASSERT_EQ(vglock_verify(other, "vg"), -EWOULDBLOCK);
        close(other);
        other = open("/dev/null", O_RDWR | O_CLOEXEC);
        ASSERT_EQ(vglock_verify(other, "vg"), -ESTALE);
        close(other);
        ASSERT_EQ(vglock_verify(other, "vg"), -EBADF);
        ASSERT_EQ(pipe(ends), 0);
        ASSERT_EQ(vglock_verify(ends[0], "vg"), -ESTALE);

        other = vglock_take("other", 0);
        ASSERT_OK(other);
        ASSERT_EQ(vglock_verify(other, "vg"), -ESTALE);
        unlink(path("V_other"));

        unlink(path("V_vg")); /* a lock on it protects nothing any more */
        ASSERT_EQ(vglock_verify(fd, "vg"), -ESTALE);
        other = flock_file("V_vg", LOCK_EX | LOCK_NB);
        ASSERT_OK(other);
        ASSERT_EQ(vglock_verify(fd, "vg"), -ESTALE);
        teardown();
}

/* A descriptor that is no lock of the group is not taken for it: the lock is. */
TEST(a_session_takes_what_it_did_not_inherit) {
        Session s = SESSION_CLOSED;
        char number[16];
        int fd, null;

        setup();
        null = open("/dev/null", O_RDWR | O_CLOEXEC);
        ASSERT_OK(null);
        snprintf(number, sizeof(number), "%d", null);
        ASSERT_EQ(setenv("RAIDD_LOCK_FD", number, 1), 0);
        ASSERT_OK(session_lock(&s, "vg", false, 0));
        ASSERT_EQ(flock_file("V_vg", LOCK_SH | LOCK_NB), -EWOULDBLOCK);
        ASSERT_OK(vglock_verify(s.lock_fd, "vg"));
        session_done(&s);

        fd = vglock_take("vg", 0);
        ASSERT_OK(fd);
        snprintf(number, sizeof(number), "%d", fd);
        ASSERT_EQ(setenv("RAIDD_LOCK_FD", number, 1), 0);
        ASSERT_OK(session_lock(&s, "vg", false, 0));
        ASSERT_EQ(s.lock_fd, fd);
        session_done(&s);

        ASSERT_EQ(setenv("RAIDD_LOCK_FD", "1x", 1), 0);
        ASSERT_OK(session_lock(&s, "vg", false, 0));
        ASSERT_OK(fcntl(1, F_GETFD));
        session_done(&s);
        ASSERT_EQ(unsetenv("RAIDD_LOCK_FD"), 0);
        teardown();
}

TEST(global_has_a_file_of_its_own) {
        setup();
        ASSERT_OK(vglock_take(LOCK_GLOBAL, 0));
        ASSERT_EQ(flock_file("P_global", LOCK_SH | LOCK_NB), -EWOULDBLOCK);
        ASSERT_OK(vglock_take("global", 0));
        unlink(path("V_global"));
        teardown();
}

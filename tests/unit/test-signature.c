/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What libblkid finds and erases, on a file. */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test.h"
#include "world/blockdev.h"
#include "world/signature.h"

#define FILE_BYTES (16 << 20)

static char path[64];

static void put(off_t offset, const void *bytes, size_t n) {
        _cleanup_close_ int fd = open(path, O_WRONLY);

        ASSERT_EQ(pwrite(fd, bytes, n, offset), (ssize_t) n);
}

static void setup(void) {
        int fd;

        strcpy(path, "/tmp/raidd-signature.XXXXXX");
        fd = mkstemp(path);
        ASSERT_TRUE(fd >= 0);
        ASSERT_EQ(ftruncate(fd, FILE_BYTES), 0);
        close(fd);
}

/* An open of a FIFO would wait for whoever never comes, and one of a terminal or a watchdog does something. */
TEST(only_devices_are_opened) {
        static const char *const others[] = { "/dev/null", "/tmp", "/proc/self/fd/0/nothing" };
        char fifo[80], *list;
        PvDevice where;
        BlockDev b;

        setup();
        (void) snprintf(fifo, sizeof(fifo), "%s.fifo", path);
        ASSERT_EQ(mkfifo(fifo, 0600), 0);
        (void) alarm(10);
        ASSERT_EQ(blockdev_open(fifo, &b, &where), -ENOTBLK);
        ASSERT_EQ(signature_list(fifo, &list), -ENOTBLK);
        ASSERT_EQ(signature_erase(fifo), -ENOTBLK);
        (void) alarm(0);
        for (size_t i = 0; i < ELEMENTSOF(others); i++)
                ASSERT_TRUE(blockdev_open(others[i], &b, &where) < 0);
        ASSERT_OK(blockdev_open(path, &b, &where));
        ASSERT_EQ(where.bytes, FILE_BYTES);
        blockdev_close(&b);
        unlink(fifo);
        unlink(path);
}

static void put_swap(void) {
        const uint32_t header[] = { 1, 100 }; /* version, last page */

        put(1024, header, sizeof(header));
        put(4086, "SWAPSPACE2", 10);
}

static void put_partitions(void) {
        const unsigned char entry[16] = { 0, 1, 1, 0, 0x83, 1, 1, 1, 8, 0, 0, 0, 0x40, 0, 0, 0 };

        put(446, entry, sizeof(entry));
        put(510, "\x55\xaa", 2);
}

static void put_label(void) {
        _cleanup_free_ char *name = NULL;
        unsigned char head[4096];
        FILE *f;

        ASSERT_TRUE(asprintf(&name, "%s/pv/lvm2-vgx-0.head", getenv("TEST_DATA")) > 0);
        f = fopen(name, "r");
        ASSERT_NOT_NULL(f);
        ASSERT_EQ(fread(head, 1, sizeof(head), f), sizeof(head));
        fclose(f);
        put(512, head + 512, 512);
}

static void has(const char *types) {
        _cleanup_free_ char *found = NULL;

        ASSERT_OK(signature_list(path, &found));
        if (types)
                ASSERT_STREQ(found, types);
        else
                ASSERT_NULL(found);
}

TEST(nothing_is_found_on_a_blank_device) {
        setup();
        has(NULL);
        ASSERT_EQ(signature_erase(path), 0);
        unlink(path);
}

TEST(everything_is_found_and_erased_one_by_one) {
        setup();
        put_swap();
        has("swap");
        put_partitions();
        has("swap, dos");
        ASSERT_EQ(signature_erase(path), 1);
        has("dos");
        ASSERT_EQ(signature_erase(path), 1);
        has(NULL);
        ASSERT_EQ(signature_erase(path), 0);
        unlink(path);
}

/* Whether a PV is free is for its metadata to say. */
TEST(a_label_does_not_count_but_is_erased) {
        setup();
        put_label();
        has(NULL);
        put_partitions();
        has("dos");
        ASSERT_EQ(signature_erase(path), 1);
        ASSERT_EQ(signature_erase(path), 1);
        ASSERT_EQ(signature_erase(path), 0);
        unlink(path);
}

TEST(what_is_not_there_is_an_error) {
        _cleanup_free_ char *found = NULL;

        ASSERT_EQ(signature_list("/tmp/raidd-nothing", &found), -2);
        ASSERT_EQ(signature_erase("/tmp/raidd-nothing"), -2);
}

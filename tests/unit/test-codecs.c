/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands on disks and in status lines, as bytes. */

#include "test.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/crc32.h"
#include "base/le.h"
#include "model/bitmap.h"
#include "model/dm-status.h"
#include "model/label.h"
#include "model/mda.h"
#include "model/superblock.h"

#define HEAD_BYTES 12288
#define AREA_START 4096
#define AREA_SIZE (1044480U)

/* The head of a PV that lvm2 made. */
static unsigned char *head(void) {
        static unsigned char bytes[HEAD_BYTES];
        char path[512];
        FILE *f;

        (void) snprintf(path, sizeof(path), "%s/pv/lvm2-vgx-0.head", getenv("TEST_DATA") ? getenv("TEST_DATA") : "tests/data");
        f = fopen(path, "re");
        ASSERT_NOT_NULL(f);
        ASSERT_EQ(fread(bytes, 1, sizeof(bytes), f), sizeof(bytes));
        fclose(f);
        return bytes;
}

TEST(label_of_lvm2) {
        unsigned char sector[LABEL_SECTOR_BYTES], *bytes = head();
        PvLabel l;

        ASSERT_OK(label_decode(bytes, &l));
        ASSERT_EQ(l.sector, LABEL_DEFAULT_SECTOR);
        ASSERT_TRUE(l.used);
        ASSERT_EQ(l.n_data, 1);
        ASSERT_EQ(l.n_metadata, 1);
        ASSERT_EQ(l.metadata[0].offset, AREA_START);
        ASSERT_EQ(l.metadata[0].size, AREA_SIZE);
        ASSERT_EQ(l.data[0].offset, 1 << 20);
        /* Ours is the same, byte for byte. */
        label_encode(&l, sector);
        ASSERT_EQ(memcmp(sector, bytes + LABEL_SECTOR_BYTES, sizeof(sector)), 0);
}

TEST(label_is_found_in_the_first_four_sectors) {
        unsigned char scan[LABEL_SCAN_BYTES + LABEL_SECTOR_BYTES] = {}, *bytes = head();
        PvLabel l;

        for (unsigned at = 0; at < 5; at++) {
                memset(scan, 0, sizeof(scan));
                ASSERT_OK(label_decode(bytes, &l));
                l.sector = at;
                label_encode(&l, scan + at * LABEL_SECTOR_BYTES);
                ASSERT_EQ(label_decode(scan, &l), at < 4 ? 0 : -ENOENT);
        }
        /* One that says it stands elsewhere is a copy. */
        memset(scan, 0, sizeof(scan));
        memcpy(scan, bytes + LABEL_SECTOR_BYTES, LABEL_SECTOR_BYTES);
        ASSERT_EQ(label_decode(scan, &l), -ENOENT);
}

TEST(every_bit_of_a_label_counts) {
        unsigned char *bytes = head();
        PvLabel l;

        for (size_t i = 0; i < LABEL_SECTOR_BYTES; i++) {
                bytes[LABEL_SECTOR_BYTES + i] ^= 0x10;
                if (label_decode(bytes, &l) != -ENOENT)
                        TEST_FAIL("byte %zu does not count", i);
                bytes[LABEL_SECTOR_BYTES + i] ^= 0x10;
        }
        ASSERT_OK(label_decode(bytes, &l));
}

static void fix_label_crc(unsigned char *sector) {
        le32_write(sector + 16, lvm_crc32(sector + 20, LABEL_SECTOR_BYTES - 20));
}

TEST(label_with_a_good_checksum_and_nonsense) {
        unsigned char *bytes = head(), *sector = bytes + LABEL_SECTOR_BYTES;
        PvLabel l;

        le32_write(sector + 20, 500); /* the PV header would not fit */
        fix_label_crc(sector);
        ASSERT_EQ(label_decode(bytes, &l), -EBADMSG);

        bytes = head();
        memset(sector + 32, '*', 32);
        fix_label_crc(sector);
        ASSERT_EQ(label_decode(bytes, &l), -EBADMSG); /* no UUID */

        bytes = head();
        for (size_t at = 72; at + 16 <= LABEL_SECTOR_BYTES; at += 16) {
                le64_write(sector + at, 4096);
                le64_write(sector + at + 8, 4096);
        }
        fix_label_crc(sector);
        ASSERT_EQ(label_decode(bytes, &l), -EBADMSG); /* a list of areas without an end */
}

TEST(label_mark) {
        unsigned char *bytes = head();
        PvLabel l;

        ASSERT_OK(label_decode(bytes, &l));
        ASSERT_OK(label_set_used(bytes + LABEL_SECTOR_BYTES, &l, false));
        ASSERT_OK(label_decode(bytes, &l));
        ASSERT_FALSE(l.used);
        ASSERT_OK(label_set_used(bytes + LABEL_SECTOR_BYTES, &l, true));
        ASSERT_EQ(memcmp(bytes, head(), LABEL_SCAN_BYTES), 0);
}

TEST(area_header_of_lvm2) {
        unsigned char sector[MDA_HEADER_BYTES], *bytes = head();
        MdaHeader h;

        ASSERT_OK(mda_header_decode(bytes + AREA_START, AREA_START, AREA_SIZE, &h));
        ASSERT_TRUE(h.committed.offset >= MDA_HEADER_BYTES);
        ASSERT_EQ(h.precommitted.size, 0);
        mda_header_encode(&h, sector);
        ASSERT_EQ(memcmp(sector, bytes + AREA_START, sizeof(sector)), 0);
        ASSERT_EQ(mda_header_decode(bytes + AREA_START, AREA_START + 512, AREA_SIZE, &h), -EBADMSG);
        ASSERT_EQ(mda_header_decode(bytes + AREA_START, AREA_START, AREA_SIZE - 512, &h), -EBADMSG);
        for (size_t i = 0; i < MDA_HEADER_BYTES; i++) {
                bytes[AREA_START + i] ^= 1;
                ASSERT_EQ(mda_header_decode(bytes + AREA_START, AREA_START, AREA_SIZE, &h), -EBADMSG);
                bytes[AREA_START + i] ^= 1;
        }
}

static void fix_header_crc(unsigned char *sector) {
        le32_write(sector, lvm_crc32(sector + 4, MDA_HEADER_BYTES - 4));
}

TEST(locations_outside_the_ring) {
        static const uint64_t offsets[] = { 1, 511, AREA_SIZE, UINT64_MAX };
        unsigned char *bytes = head(), *sector = bytes + AREA_START;
        MdaHeader h;

        for (size_t i = 0; i < 4; i++) {
                le64_write(sector + 40, offsets[i]);
                fix_header_crc(sector);
                ASSERT_EQ(mda_header_decode(sector, AREA_START, AREA_SIZE, &h), -EBADMSG);
                /* Readers never look at slot 1, so rubbish there does no harm. */
                bytes = head();
                le64_write(sector + 64, offsets[i]);
                fix_header_crc(sector);
                ASSERT_OK(mda_header_decode(sector, AREA_START, AREA_SIZE, &h));
                ASSERT_EQ(h.precommitted.offset, 0);
                bytes = head();
        }
        le64_write(sector + 48, AREA_SIZE);
        fix_header_crc(sector);
        ASSERT_EQ(mda_header_decode(sector, AREA_START, AREA_SIZE, &h), -EBADMSG);
}

/* The new text never touches the old one, wherever that stands, and the two always find room up to the promised size. */
TEST(ring_never_overwrites_what_is_committed) {
        MdaHeader h = { .start = 4096, .size = 16384 };
        const uint64_t ring = h.size - MDA_HEADER_BYTES, max = mda_max_text(&h);

        for (uint64_t offset = MDA_HEADER_BYTES; offset < h.size; offset += 512)
                for (uint64_t old = 512; old <= max; old += 500)
                        for (uint64_t n = 1; n <= max + 512; n += 700) {
                                uint64_t at = 0, distance;
                                int r;

                                h.committed = (RawLocation) { .offset = offset, .size = old };
                                r = mda_next_location(&h, n, &at);
                                if (n > max) {
                                        ASSERT_EQ(r, -EFBIG);
                                        continue;
                                }
                                ASSERT_OK(r);
                                ASSERT_TRUE(at >= MDA_HEADER_BYTES && at < h.size && at % 512 == 0);
                                distance = (offset + ring - at) % ring; /* from the new one forward to the old one */
                                ASSERT_TRUE(distance >= n);
                                distance = (at + ring - offset) % ring; /* and back */
                                ASSERT_TRUE(distance >= old);
                        }
}

TEST(pieces_wrap) {
        MdaHeader h = { .start = 4096, .size = 8192 };
        MdaPiece p[2];

        ASSERT_EQ(mda_pieces(&h, 512, 1000, p), 1);
        ASSERT_EQ(p[0].offset, 4608);
        ASSERT_EQ(mda_pieces(&h, 7680, 512, p), 1);
        ASSERT_EQ(mda_pieces(&h, 7680, 513, p), 2);
        ASSERT_EQ(p[0].size, 512);
        ASSERT_EQ(p[1].offset, 4608);
        ASSERT_EQ(p[1].size, 1);
}

static void make_superblock(unsigned char block[SUPERBLOCK_BYTES], uint32_t position, uint64_t events, uint64_t failed) {
        memset(block, 0, SUPERBLOCK_BYTES);
        memcpy(block, "DmRd", 4);
        le32_write(block + 8, 3);
        le32_write(block + 12, position);
        le64_write(block + 16, events);
        le64_write(block + 24, failed);
}

static void make_header(unsigned char bitmap[static BITMAP_SUPER_BYTES], uint64_t events, uint64_t cleared) {
        memset(bitmap, 0, BITMAP_SUPER_BYTES);
        memcpy(bitmap, "bitm", 4);
        le32_write(bitmap + 4, 4);
        le64_write(bitmap + 24, events);
        le64_write(bitmap + 32, cleared);
        le64_write(bitmap + 40, 8);
        le32_write(bitmap + 52, 4096);
}

/* All that the merge relies on (merge-hazard 2): each of these makes a partial recovery wrong. */
TEST(evidence) {
        static const struct {
                const char *what;
                uint64_t events[3], failed[3];
                bool holds;
                unsigned behind, cleared; /* whose bitmap is; 3: nobody's */
                uint64_t cleared_at;      /* 0: at its last event */
        } cases[] = {
                { "as it should be", { 8, 8, 7 }, { 4, 4, 0 }, true, 3, 3 },
                { "a bitmap that md takes for out of date", { 8, 8, 7 }, { 4, 4, 0 }, false, 1, 3 },
                { "a bitmap whose bits md takes for done", { 8, 8, 7 }, { 4, 4, 0 }, false, 3, 0 },
                { "bits were cleared when it left", { 9, 9, 7 }, { 4, 4, 0 }, true, 3, 0, 7 },
                { "bits were cleared since it left", { 9, 9, 7 }, { 4, 4, 0 }, false, 3, 0, 8 },
                { "the bitmap of the tracked image is nobody's concern", { 8, 8, 7 }, { 4, 4, 0 }, true, 2, 2 },
                { "same events", { 7, 8, 7 }, { 4, 4, 0 }, false },
                { "fewer events", { 8, 6, 7 }, { 4, 4, 0 }, false },
                { "one does not know", { 8, 8, 7 }, { 4, 0, 0 }, false },
                { "another is gone", { 8, 8, 7 }, { 4, 2, 0 }, false, 3, 3 },
                { "more failed than that", { 8, 8, 7 }, { 6, 4, 0 }, true, 3, 3 },
        };
        unsigned char block[SUPERBLOCK_BYTES], bitmap[BITMAP_SUPER_BYTES];
        RaidSuperblock all[3];
        const char *why = NULL;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                for (uint32_t k = 0; k < 3; k++) {
                        uint64_t last = cases[i].cleared_at ?: cases[i].events[k];

                        make_superblock(block, k, cases[i].events[k], cases[i].failed[k]);
                        all[k] = superblock_decode(block);
                        make_header(bitmap, cases[i].events[k] - (k == cases[i].behind), k == cases[i].cleared ? last : 1);
                        superblock_add_bitmap(&all[k], bitmap);
                }
                if (evidence_holds(all, 3, 2, &why) != cases[i].holds)
                        TEST_FAIL("%s", cases[i].what);
        }
        all[2].array_position = 1;
        ASSERT_FALSE(evidence_holds(all, 3, 2, &why));
        ASSERT_TRUE(strstr(why, "slot") != NULL);
        all[2] = (RaidSuperblock) {};
        ASSERT_FALSE(evidence_holds(all, 3, 2, &why));
}

/* Who has written down all that has changed since image 2 was split: not whoever can be read first. */
TEST(change_log) {
        static const struct {
                const char *what;
                uint64_t events[3], failed[3], cleared[2];
                bool holds;
                unsigned slot;
        } cases[] = {
                { "the first of equals", { 8, 8, 7 }, { 4, 4, 0 }, { 1, 1 }, true, 0 },
                { "image 0 has failed since, and is back", { 8, 12, 7 }, { 4, 5, 0 }, { 1, 1 }, true, 1 },
                { "image 1 has", { 12, 8, 7 }, { 6, 4, 0 }, { 1, 1 }, true, 0 },
                { "cleared when it left", { 8, 8, 7 }, { 4, 4, 0 }, { 7, 7 }, true, 0 },
                { "cleared afterwards", { 12, 8, 7 }, { 4, 4, 0 }, { 9, 1 }, false, 0 },
                { "what an image that failed says does not count", { 8, 12, 7 }, { 4, 5, 0 }, { 8, 1 }, true, 1 },
                { "nobody knows", { 7, 7, 7 }, {}, { 1, 1 }, false, 0 },
                { "more events are not enough", { 8, 8, 7 }, {}, { 1, 1 }, false, 0 },
        };
        unsigned char block[SUPERBLOCK_BYTES], bitmap[BITMAP_SUPER_BYTES];
        RaidSuperblock all[3];
        const char *why = NULL;

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                unsigned slot = 99;

                for (uint32_t k = 0; k < 3; k++) {
                        make_superblock(block, k, cases[i].events[k], cases[i].failed[k]);
                        all[k] = superblock_decode(block);
                        make_header(bitmap, cases[i].events[k], k < 2 ? cases[i].cleared[k] : 1);
                        superblock_add_bitmap(&all[k], bitmap);
                }
                if (change_log_holds(all, 3, 2, &slot, &why) != cases[i].holds || (cases[i].holds && slot != cases[i].slot))
                        TEST_FAIL("%s", cases[i].what);
        }
        all[0] = all[1] = (RaidSuperblock) {};
        ASSERT_FALSE(change_log_holds(all, 3, 2, &(unsigned) { 0 }, &why));
        ASSERT_TRUE(strstr(why, "bitmap") != NULL);
}

TEST(blank_superblocks) {
        unsigned char block[SUPERBLOCK_BYTES] = {};
        RaidSuperblock all[3];

        for (int i = 0; i < 3; i++)
                all[i] = superblock_decode(block);
        ASSERT_TRUE(superblocks_blank(all, 3, 2));
        make_superblock(block, 2, 8, 0);
        all[2] = superblock_decode(block); /* that of the tracked one is nobody's concern */
        ASSERT_TRUE(superblocks_blank(all, 3, 2));
        ASSERT_FALSE(superblocks_blank(all, 3, 1));
        all[0] = (RaidSuperblock) {}; /* not read */
        ASSERT_FALSE(superblocks_blank(all, 3, 2));
}

/* A table may be loaded only if nobody is taken for in sync who is not. */
TEST(superblocks_settled) {
        static const uint64_t max = UINT64_MAX;
        static const struct {
                const char *what;
                uint64_t events[3], failed[3], offset[3], taken;
                bool settled;
        } cases[] = {
                { "all the same", { 8, 8, 8 }, {}, { max, max, max }, 7, true },
                { "an update on its way", { 9, 8, 9 }, {}, { max, max, max }, 7, true },
                { "one has failed", { 8, 8, 5 }, { 4, 4, 0 }, { max, max, max }, 7, true },
                { "one of the others was revived as well", { 8, 6, 5 }, { 4, 0, 0 }, { max, max, max }, 7, false },
                { "it was revived, and its own superblock is on its way", { 8, 8, 5 }, {}, { max, max, max }, 7, false },
                { "it was revived, and says so", { 8, 8, 8 }, {}, { max, max, 4224 }, 7, true },
                { "it is tracked, without evidence", { 8, 8, 5 }, {}, { max, max, max }, 3, true },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                RaidSuperblock all[3] = {};

                for (size_t k = 0; k < 3; k++)
                        all[k] = (RaidSuperblock) { .valid = true, .events = cases[i].events[k], .failed_devices = { cases[i].failed[k] },
                                                    .disk_recovery_offset = cases[i].offset[k] };
                if (superblocks_settled(all, 3, cases[i].taken) != cases[i].settled)
                        TEST_FAIL("%s", cases[i].what);
        }
}

TEST(superblocks_agree) {
        const RaidSuperblock a[2] = { { .valid = true, .events = 5, .disk_recovery_offset = 4224 }, { .valid = true, .disk_recovery_offset = UINT64_MAX } };
        RaidSuperblock b[2] = { a[0], a[1] };

        b[0].events = 6;
        b[0].disk_recovery_offset = 8448;
        ASSERT_TRUE(superblocks_agree(a, b, 2));
        b[1].failed_devices[1] = 1;
        ASSERT_FALSE(superblocks_agree(a, b, 2));
        b[1] = a[1];
        b[0].disk_recovery_offset = UINT64_MAX;
        ASSERT_FALSE(superblocks_agree(a, b, 2));
        b[0] = a[0];
        b[1].valid = false;
        ASSERT_FALSE(superblocks_agree(a, b, 2));
}

TEST(superblock_of_high_slots) {
        unsigned char block[SUPERBLOCK_BYTES];
        RaidSuperblock s;

        make_superblock(block, 0, 1, 0);
        le64_write(block + 120, UINT64_C(1) << 6); /* extended_failed_devices[0]: slots 64 to 127 */
        s = superblock_decode(block);
        ASSERT_TRUE(superblock_says_failed(&s, 70));
        ASSERT_FALSE(superblock_says_failed(&s, 6));
        ASSERT_FALSE(superblock_says_failed(&s, 300));
        block[0] = 'x';
        ASSERT_FALSE(superblock_decode(block).valid);
}

static void make_bitmap(unsigned char block[BITMAP_SUPER_BYTES], uint64_t sectors, uint32_t region) {
        memset(block, 0, BITMAP_SUPER_BYTES);
        memcpy(block, "bitm", 4);
        le32_write(block + 4, 4);
        le64_write(block + 40, sectors);
        le32_write(block + 52, region);
}

TEST(bitmap_progress) {
        const BitmapRange ranges[] = { { 100, 50 }, { 300, 100 } };

        ASSERT_EQ(bitmap_bytes_below(ranges, 2, 0), 0);
        ASSERT_EQ(bitmap_bytes_below(ranges, 2, 100), 0);
        ASSERT_EQ(bitmap_bytes_below(ranges, 2, 120), 20);
        ASSERT_EQ(bitmap_bytes_below(ranges, 2, 299), 50);
        ASSERT_EQ(bitmap_bytes_below(ranges, 2, 350), 100);
        ASSERT_EQ(bitmap_bytes_below(ranges, 2, UINT64_MAX), 150);
        ASSERT_EQ(bitmap_bytes_below(NULL, 0, 5), 0);
}

TEST(bitmap_ranges) {
        unsigned char block[BITMAP_SUPER_BYTES];
        const unsigned char bits[3] = { 0x07, 0x00, 0x02 }; /* regions 0 to 2, and 17, which is cut off */
        BitmapRange range;
        BitmapSuper b;
        uint64_t at = 0;

        make_bitmap(block, 17 * 4096 + 100, 4096 * 512);
        ASSERT_OK(bitmap_super_decode(block, &b));
        ASSERT_EQ(b.n_regions, 18);
        ASSERT_EQ(bitmap_bits_bytes(&b), 3);
        ASSERT_TRUE(bitmap_next_range(&b, bits, &at, &range));
        ASSERT_EQ(range.offset, 0);
        ASSERT_EQ(range.size, 3 * 4096 * 512);
        ASSERT_TRUE(bitmap_next_range(&b, bits, &at, &range));
        ASSERT_EQ(range.offset, 17 * 4096 * 512);
        ASSERT_EQ(range.size, 100 * 512);
        ASSERT_FALSE(bitmap_next_range(&b, bits, &at, &range));
        ASSERT_EQ(bitmap_changed_bytes(&b, bits), 3 * 4096 * 512 + 100 * 512);
}

TEST(bitmaps_that_are_none) {
        unsigned char block[BITMAP_SUPER_BYTES];
        BitmapSuper b;

        make_bitmap(block, 1000, 4096);
        block[0] = 'x';
        ASSERT_EQ(bitmap_super_decode(block, &b), -EBADMSG);
        make_bitmap(block, 1000, 4096);
        le32_write(block + 4, 6);
        ASSERT_EQ(bitmap_super_decode(block, &b), -EPROTONOSUPPORT);
        make_bitmap(block, 0, 4096);
        ASSERT_EQ(bitmap_super_decode(block, &b), -EBADMSG);
        make_bitmap(block, 1000, 0);
        ASSERT_EQ(bitmap_super_decode(block, &b), -EBADMSG);
        make_bitmap(block, 1000, 5000);
        ASSERT_EQ(bitmap_super_decode(block, &b), -EBADMSG);
        make_bitmap(block, UINT64_MAX, 4096);
        ASSERT_EQ(bitmap_super_decode(block, &b), -EBADMSG); /* does not fit into bytes */
}

TEST(status_lines) {
        static const struct {
                const char *line;
                int r;
                RaidSyncAction action;
                const char *health;
                bool in_sync;
        } cases[] = {
                { "raid1 3 AAA 131072/131072 idle 0 0 -", 0, RAID_SYNC_IDLE, "AAA", true },
                { "raid1 3 AA- 131072/131072 idle 0 0 -", 0, RAID_SYNC_IDLE, "AA-", true },
                { "raid1 2 Aa 5/10 recover 0 0 -", 0, RAID_SYNC_RECOVER, "Aa", false },
                { "raid1 2 aa 0/10 resync 0 0 -", 0, RAID_SYNC_RESYNC, "aa", false },
                { "raid1 2 AD 10/10 idle 16 0 -", 0, RAID_SYNC_IDLE, "AD", true },
                { "raid1 2 AA 10/10", 0, RAID_SYNC_UNKNOWN, "AA", true }, /* old kernels */
                { "raid1 2 AA 10/10 something 0", 0, RAID_SYNC_UNKNOWN, "AA", true },
                { "raid1 2 AA 0/0 idle 0 0 -", 0, RAID_SYNC_IDLE, "AA", false },
                { "", -EBADMSG, 0, NULL, false },
                { "raid1 3 AA 10/10 idle 0", -EBADMSG, 0, NULL, false },
                { "raid1 2 AX 10/10 idle 0", -EBADMSG, 0, NULL, false },
                { "raid1 0  10/10 idle 0", -EBADMSG, 0, NULL, false },
                { "raid1 254 A 10/10 idle 0", -EBADMSG, 0, NULL, false },
                { "raid1 2 AA 10 idle 0", -EBADMSG, 0, NULL, false },
                { "raid1 2 AA 10/10 idle many", -EBADMSG, 0, NULL, false },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                RaidStatus s;
                int r = raid_status_parse(cases[i].line, &s);

                if (r != cases[i].r)
                        TEST_FAIL("\"%s\" gives %d", cases[i].line, r);
                if (r < 0)
                        continue;
                ASSERT_STREQ(s.health, cases[i].health);
                ASSERT_EQ(s.action, cases[i].action);
                ASSERT_EQ(raid_status_in_sync(&s), cases[i].in_sync);
        }
}

/* The checksum of LVM2: reflected CRC-32 from its own initial value, not inverted at the end (lib/misc/crc.c). */
static uint32_t bit_by_bit(const unsigned char *p, size_t n) {
        uint32_t crc = 0xf597a6cfU;

        for (; n > 0; n--, p++) {
                crc ^= *p;
                for (int bit = 0; bit < 8; bit++)
                        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0);
        }
        return crc;
}

TEST(checksum) {
        const unsigned char *bytes = head();

        for (size_t offset = 0; offset < 8; offset++)
                for (size_t n = 0; n < 100; n++) {
                        ASSERT_EQ(lvm_crc32(bytes + 4608 + offset, n), bit_by_bit(bytes + 4608 + offset, n));
                        ASSERT_EQ(lvm_crc32_continue(lvm_crc32(bytes + 4608, offset), bytes + 4608 + offset, n),
                                  bit_by_bit(bytes + 4608, offset + n));
                }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/changed.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/bitmap.h"
#include "model/raid1.h"
#include "model/superblock.h"
#include "plan/refusal.h"
#include "world/answer.h"
#include "world/evidence.h"
#include "world/session.h"

#define BITS_BYTES_MAX (64U << 20)

static const LogicalVolume *find_volume(const VolumeGroup *vg, const Uuid *id) {
        const LogicalVolume *lv = vg_find_lv_by_id(vg, id), *parent;
        size_t slot;

        if (!lv)
                return NULL;
        parent = lv_raid1_parent(vg, lv, &slot);
        return parent ?: lv;
}

static int read_bitmap(const Session *s, const LogicalVolume *meta, BitmapSuper *ret, unsigned char **ret_bits) {
        _cleanup_free_ unsigned char *bits = NULL;
        unsigned char block[BITMAP_SUPER_BYTES];
        int r;

        r = lv_read(s->w, s->vg, meta, BITMAP_OFFSET_BYTES, block, sizeof(block));
        if (r >= 0)
                r = bitmap_super_decode(block, ret);
        if (r < 0)
                return r;
        if (bitmap_bits_bytes(ret) > BITS_BYTES_MAX)
                return -EFBIG;
        bits = malloc(bitmap_bits_bytes(ret) + 1);
        if (!bits)
                return -ENOMEM;
        r = lv_read(s->w, s->vg, meta, BITMAP_OFFSET_BYTES + BITMAP_SUPER_BYTES, bits, bitmap_bits_bytes(ret));
        if (r < 0)
                return r;

        *ret_bits = TAKE_PTR(bits);
        return 0;
}

/* The log of what has changed since the split. *ret_why: a sentence, NULL if there is such a log; then the bits are set. */
static int read_log(const Session *s, const LogicalVolume *lv, BitmapSuper *ret, unsigned char **ret_bits, const char **ret_why) {
        unsigned tracked = (unsigned) lv_tracked_slot(lv), slot;
        _cleanup_free_ RaidSuperblock *all = NULL;
        size_t n;
        int r;

        *ret_why = NULL;
        if (!raid1_stayed(lv, tracked)) {
                *ret_why = "an image was added or replaced, perhaps since the split";
                return 0;
        }
        r = evidence_collect(s->w, s->vg, lv, &all, &n);
        if (r < 0)
                return r;
        if (!change_log_holds(all, n, tracked, &slot, ret_why))
                return 0;
        return read_bitmap(s, lv_raid1(lv)->raid1.images[slot].meta, ret, ret_bits);
}

static int list_ranges(const BitmapSuper *b, const unsigned char *bits, BitmapRange **ret, size_t *ret_n) {
        BitmapRange *ranges, range;
        uint64_t at = 0;
        size_t n = 0, i = 0;

        while (bitmap_next_range(b, bits, &at, &range))
                n++;
        ranges = calloc(n + 1, sizeof(*ranges));
        if (!ranges)
                return -ENOMEM;
        for (at = 0; i < n && bitmap_next_range(b, bits, &at, &ranges[i]); i++)
                ;
        *ret = ranges;
        *ret_n = n;
        return 0;
}

static int answer(const WorkerRequest *w, const BitmapSuper *b, const unsigned char *bits) {
        ChangedAnswer c = {
                .changed = bitmap_changed_bytes(b, bits),
                .total = b->sync_sectors * 512,
                .region = b->region_bytes,
        };
        int r = 0;

        if (w->want_ranges)
                r = list_ranges(b, bits, &c.ranges, &c.n_ranges);
        if (r >= 0)
                r = answer_changed(&c);
        free(c.ranges);
        return r;
}

int changed_bytes(const Session *s, const LogicalVolume *volume, uint64_t *ret) {
        _cleanup_free_ unsigned char *bits = NULL;
        const char *why;
        BitmapSuper b;
        int r;

        assert(s);
        assert(volume);
        assert(ret);

        r = read_log(s, volume, &b, &bits, &why);
        if (r < 0 || why)
                return r < 0 ? r : -ENODATA;

        *ret = bitmap_changed_bytes(&b, bits);
        return 0;
}

int changed_ranges(const Session *s, const Uuid *lv, BitmapRange **ret, size_t *ret_n) {
        _cleanup_free_ unsigned char *bits = NULL;
        const LogicalVolume *volume;
        const char *why;
        BitmapSuper b;
        int r;

        assert(s);
        assert(lv);
        assert(ret);
        assert(ret_n);

        volume = find_volume(s->vg, lv);
        if (!volume || !lv_raid1(volume) || lv_tracked_slot(volume) < 0)
                return -ENODATA;
        r = read_log(s, volume, &b, &bits, &why);
        if (r < 0 || why)
                return r < 0 ? r : -ENODATA;
        return list_ranges(&b, bits, ret, ret_n);
}

int changed_any(const Session *s, const LogicalVolume *volume, bool *ret) {
        const Segment *raid1 = lv_raid1(volume);
        int tracked = lv_tracked_slot(volume);

        assert(ret);

        *ret = false;
        for (size_t i = 0; !*ret && i < raid1->raid1.n_images; i++) {
                _cleanup_free_ unsigned char *bits = NULL;
                BitmapSuper b;
                int r;

                if ((int) i == tracked || !raid1->raid1.images[i].meta)
                        continue;
                r = read_bitmap(s, raid1->raid1.images[i].meta, &b, &bits);
                if (r == -ENOMEM)
                        return r;
                *ret = r >= 0 && bitmap_changed_bytes(&b, bits) > 0;
        }
        return 0;
}

static void refuse_unknown(const char *why) {
        char sentence[256];

        (void) snprintf(sentence, sizeof(sentence), "What has changed since the split is not known for certain: %s. A merge copies everything, and after "
                        "the next split it is known again.", why);
        answer_refused(REFUSAL_NOT_TRACKED, sentence);
}

int changed_run(const WorkerRequest *w) {
        _cleanup_(session_done) Session s = SESSION_CLOSED;
        _cleanup_free_ unsigned char *bits = NULL;
        const LogicalVolume *lv;
        const char *why;
        BitmapSuper b;
        int r;

        assert(w);

        r = session_read(&s, &w->vg, NULL, w->devices);
        if (r < 0)
                return r;
        lv = find_volume(s.vg, &w->request.lv);
        if (!lv) {
                answer_refused(REFUSAL_NO_SUCH_VOLUME, "There is no such volume any more; see 'raidctl list'.");
                return 0;
        }
        if (!lv_raid1(lv) || lv_tracked_slot(lv) < 0) {
                answer_refused(REFUSAL_NOT_TRACKED, "No image of the volume is tracked, so nothing is recorded; split one first.");
                return 0;
        }
        r = read_log(&s, lv, &b, &bits, &why);
        if (r >= 0 && why) {
                refuse_unknown(why);
                return 0;
        }
        return r < 0 ? r : answer(w, &b, bits);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/mda-io.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "base/units.h"
#include "model/vg-import.h"
#include "world/mda-internal.h"

static void area_done(Area *a) {
        free(a->text);
        free(a->commit_block);
}

MdaSet *mda_set_free(MdaSet *s) {
        if (!s)
                return NULL;

        for (size_t i = 0; i < s->n_areas; i++)
                area_done(&s->areas[i]);
        free(s->areas);
        free(s->text);
        free(s->pending);
        free(s->replaced);
        free(s);
        return NULL;
}

const char *mda_set_text(const MdaSet *s) {
        assert(s);

        return s->text;
}

uint64_t mda_set_seqno(const MdaSet *s) {
        assert(s);

        return s->seqno;
}

size_t mda_set_count(const MdaSet *s) {
        assert(s);

        return s->n_areas;
}

/* Writing ------------------------------------------------------------------------------------------------------ */

/* The block-aligned neighbourhood of a header, as it should be on the disk. */
static int header_block(const MdaSet *s, const Area *a, const MdaHeader *h, unsigned char **ret, uint64_t *ret_offset) {
        uint64_t block = s->w->devices[a->dev].where.block_bytes, start = align_down(h->start, block);
        _cleanup_free_ unsigned char *bytes = NULL;
        int r;

        bytes = aligned_alloc(4096, (block + 4095) / 4096 * 4096);
        if (!bytes)
                return -ENOMEM;
        if (block > MDA_HEADER_BYTES) {
                r = s->w->ops->read(s->w, a->dev, start, bytes, block);
                if (r < 0)
                        return r;
        }

        mda_header_encode(h, bytes + (h->start - start));
        *ret = TAKE_PTR(bytes);
        *ret_offset = start;
        return 0;
}

static int write_header(const MdaSet *s, const Area *a, const MdaHeader *h) {
        _cleanup_free_ unsigned char *bytes = NULL;
        uint64_t offset;
        int r;

        r = header_block(s, a, h, &bytes, &offset);
        if (r >= 0)
                r = s->w->ops->write(s->w, a->dev, offset, bytes, s->w->devices[a->dev].where.block_bytes);
        return r < 0 ? r : s->w->ops->flush(s->w, a->dev);
}

/* Into the free part of the ring; the rest of the last 512 bytes is zero, as LVM leaves it. */
static int write_text(MdaSet *s, const Area *a, const char *text, RawLocation *ret) {
        uint64_t size = strlen(text) + 1, padded = div_round_up(size, MDA_BLOCK_BYTES) * MDA_BLOCK_BYTES, offset;
        _cleanup_free_ char *bytes = NULL;
        MdaPiece pieces[2];
        uint64_t done = 0;
        unsigned n;
        int r;

        r = mda_next_location(&a->header, size, &offset);
        if (r < 0)
                return r;
        bytes = calloc(1, padded);
        if (!bytes)
                return -ENOMEM;
        memcpy(bytes, text, size);

        n = mda_pieces(&a->header, offset, padded, pieces);
        for (unsigned i = 0; i < n; i++) {
                r = world_write_bytes(s->w, a->dev, pieces[i].offset, bytes + done, pieces[i].size);
                if (r < 0)
                        return r;
                done += pieces[i].size;
        }

        *ret = (RawLocation) { .offset = offset, .size = size, .checksum = lvm_crc32(text, size) };
        return 0;
}

/* Each device once, though it may have two areas. */
static int flush_all(const MdaSet *s) {
        for (size_t i = 0; i < s->n_areas; i++) {
                int r;

                if (i > 0 && s->areas[i].dev == s->areas[i - 1].dev)
                        continue;
                r = s->w->ops->flush(s->w, s->areas[i].dev);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* PVs that the new text does not have are leaving: their areas keep the old one until their labels are cleared. */
static void drop_leaving(MdaSet *s, const VolumeGroup *vg) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_areas; i++)
                if (vg_find_pv_by_id(vg, &s->w->devices[s->areas[i].dev].pv))
                        s->areas[n++] = s->areas[i];
                else
                        area_done(&s->areas[i]);
        s->n_areas = n;
}

/* A set for a new VG learns here whose it is. */
static int take_text(MdaSet *s, const char *text, uint64_t *ret) {
        _cleanup_(vg_freep) VolumeGroup *vg = NULL;
        int r;

        r = vg_import(text, strlen(text), &vg);
        if (r < 0)
                return r;
        if (uuid_is_null(&s->vg))
                s->vg = vg->id;
        if (!uuid_equal(&s->vg, &vg->id))
                return -EINVAL;
        drop_leaving(s, vg);
        *ret = vg->seqno;
        return s->n_areas > 0 ? 0 : -ENODEV;
}

int mda_set_write(MdaSet *s, const char *text) {
        uint64_t seqno;
        char *copy;
        int r;

        assert(s);
        assert(text);

        r = take_text(s, text, &seqno);
        if (r < 0)
                return r;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(s->pending);
        s->pending = copy;
        s->pending_seqno = seqno;
        s->doubtful = true;

        /* Every area must take it: a text that goes to some of them only would leave the others stale from
         * the start, and now is the time to refuse (P6). */
        for (size_t i = 0; i < s->n_areas; i++) {
                r = write_text(s, &s->areas[i], text, &s->areas[i].next);
                if (r < 0)
                        return r;
        }

        return flush_all(s);
}

static int prepare_commit(MdaSet *s, Area *a) {
        MdaHeader h = a->header;

        h.committed = a->next;
        h.precommitted = (RawLocation) {};
        free(a->commit_block);
        a->commit_block = NULL;
        return header_block(s, a, &h, &a->commit_block, &a->commit_offset);
}

int mda_set_precommit(MdaSet *s) {
        int r;

        assert(s);

        if (!s->pending)
                return -EINVAL;
        for (size_t i = 0; i < s->n_areas; i++) {
                MdaHeader h = s->areas[i].header;

                h.precommitted = s->areas[i].next;
                r = write_header(s, &s->areas[i], &h);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < s->n_areas; i++) {
                r = prepare_commit(s, &s->areas[i]);
                if (r < 0)
                        return r;
        }

        return 0;
}

static int commit_area(const MdaSet *s, Area *a) {
        int r;

        r = s->w->ops->write(s->w, a->dev, a->commit_offset, a->commit_block, s->w->devices[a->dev].where.block_bytes);
        if (r >= 0)
                r = s->w->ops->flush(s->w, a->dev);
        if (r < 0)
                return r;

        a->header.committed = a->next;
        a->header.precommitted = (RawLocation) {};
        a->seqno = s->pending_seqno;
        return 0;
}

/* Runs inside critical sections: no allocation, so what is replaced is freed later. */
int mda_set_commit(MdaSet *s) {
        size_t n_committed = 0;
        int first = 0;

        assert(s);

        if (!s->pending)
                return -EINVAL;
        for (size_t i = 0; i < s->n_areas; i++) {
                int r = commit_area(s, &s->areas[i]);

                if (r < 0 && first == 0)
                        first = r;
                n_committed += r >= 0;
        }
        if (n_committed == 0)
                return first ?: -ENODEV;

        assert(!s->replaced);
        s->replaced = s->text;
        s->text = TAKE_PTR(s->pending);
        s->seqno = s->pending_seqno;
        s->doubtful = first < 0;
        return 0;
}

void mda_set_collect(MdaSet *s) {
        assert(s);

        free(s->replaced);
        s->replaced = NULL;
}

int mda_set_remove(MdaSet *s) {
        int first = 0;

        assert(s);

        if (s->incomplete)
                return -EIO; /* the VG would go on in an area that cannot be read just now */
        s->doubtful = true;
        for (size_t i = 0; i < s->n_areas; i++) {
                MdaHeader h = s->areas[i].header;
                int r;

                h.committed = h.precommitted = (RawLocation) {};
                r = write_header(s, &s->areas[i], &h);
                if (r < 0) {
                        first = first ?: r;
                        continue;
                }
                s->areas[i].header = h;
                s->areas[i].seqno = 0;
        }
        if (first < 0)
                return first; /* a VG that is still there on one PV is still there */

        free(s->text);
        s->text = NULL;
        s->seqno = 0;
        s->doubtful = false;
        return 0;
}

/* Healing ------------------------------------------------------------------------------------------------------ */

static bool area_is_current(const MdaSet *s, const Area *a) {
        return a->seqno == s->seqno && a->header.precommitted.offset == 0 && a->header.committed.offset != 0 &&
               a->header.committed.checksum == lvm_crc32(s->text, strlen(s->text) + 1);
}

static int heal_area(MdaSet *s, Area *a) {
        MdaHeader h = a->header;
        int r;

        h.precommitted = (RawLocation) {};
        if (a->seqno != s->seqno || h.committed.checksum != lvm_crc32(s->text, strlen(s->text) + 1)) {
                r = write_text(s, a, s->text, &h.committed);
                if (r >= 0)
                        r = s->w->ops->flush(s->w, a->dev);
                if (r < 0)
                        return r;
        }
        r = write_header(s, a, &h);
        if (r < 0)
                return r;

        a->header = h;
        a->seqno = s->seqno;
        return 0;
}

int mda_set_heal(MdaSet *s) {
        int first = 0, r;

        assert(s);

        if (s->doubtful) {
                r = mda_set_reread(s);
                if (r < 0)
                        return r;
        }
        if (!s->text)
                return 0;
        for (size_t i = 0; i < s->n_areas; i++) {
                if (area_is_current(s, &s->areas[i]))
                        continue;
                r = heal_area(s, &s->areas[i]);
                if (r < 0 && first == 0)
                        first = r;
        }

        s->doubtful = first < 0;
        return first;
}

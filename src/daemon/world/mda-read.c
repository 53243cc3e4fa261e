/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/mda-io.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc32.h"
#include "model/vg-import.h"
#include "model/vg-same.h"
#include "world/log.h"
#include "world/mda-internal.h"

#define TEXT_BYTES_MAX (64U << 20)

static int read_label(World *w, size_t dev, PvLabel *ret) {
        unsigned char scan[LABEL_SCAN_BYTES];
        int r;

        if (w->devices[dev].where.bytes < MDA_DEFAULT_START)
                return -ENOENT;
        r = w->ops->read(w, dev, 0, scan, sizeof(scan));
        return r < 0 ? r : label_decode(scan, ret);
}

/* The committed text of an area; *ret is NULL if it has none. -EBADMSG: one that is not valid. */
static int read_text(World *w, size_t dev, const MdaHeader *h, char **ret) {
        const RawLocation *l = &h->committed;
        _cleanup_free_ char *text = NULL;
        MdaPiece pieces[2];
        uint64_t done = 0;
        unsigned n;
        int r;

        if (l->offset == 0 || l->ignored) {
                *ret = NULL;
                return 0;
        }
        if (l->size == 0 || l->size > TEXT_BYTES_MAX)
                return -EBADMSG;
        text = malloc(l->size + 1);
        if (!text)
                return -ENOMEM;
        n = mda_pieces(h, l->offset, l->size, pieces);
        for (unsigned i = 0; i < n; i++) {
                r = w->ops->read(w, dev, pieces[i].offset, text + done, pieces[i].size);
                if (r < 0)
                        return r;
                done += pieces[i].size;
        }
        if (lvm_crc32(text, l->size) != l->checksum)
                return -EBADMSG;

        text[l->size] = 0;
        *ret = TAKE_PTR(text);
        return 0;
}

/* -EBADMSG: the header is not valid, so the area is left alone. */
static int read_area(World *w, size_t dev, const DiskArea *where, Area *ret) {
        unsigned char sector[MDA_HEADER_BYTES];
        Area area = { .dev = dev };
        int r;

        if (where->offset > w->devices[dev].where.bytes || where->size > w->devices[dev].where.bytes - where->offset)
                return -EBADMSG;
        r = w->ops->read(w, dev, where->offset, sector, sizeof(sector));
        if (r >= 0)
                r = mda_header_decode(sector, where->offset, where->size, &area.header);
        if (r < 0)
                return r;

        r = read_text(w, dev, &area.header, &area.text);
        if (r < 0 && r != -EBADMSG)
                return r;
        *ret = area;
        return 0;
}

static int add_area(MdaSet *s, Area *a) {
        Area *grown = reallocarray(s->areas, s->n_areas + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        s->areas = grown;
        grown[s->n_areas++] = *a;
        return 0;
}

static int read_device(MdaSet *s, size_t dev) {
        PvLabel label;
        int r;

        r = read_label(s->w, dev, &label);
        if (r < 0) {
                s->w->devices[dev].pv = (Uuid) {};
                return r == -ENOMEM ? r : 0;
        }
        s->w->devices[dev].pv = label.pv;

        for (size_t i = 0; i < label.n_metadata; i++) {
                Area area = { .dev = dev };

                r = read_area(s->w, dev, &label.metadata[i], &area);
                if (r == -ENOMEM)
                        return r;
                area.unusable = r < 0;
                if (area.unusable)
                        log_debug("%s: metadata area at %llu cannot be used.", s->w->devices[dev].where.path,
                                  (unsigned long long) label.metadata[i].offset);
                if (area.header.committed.ignored)
                        continue; /* LVM keeps it out of use */
                r = add_area(s, &area);
                if (r < 0) {
                        free(area.text);
                        return r;
                }
        }

        return 0;
}

/* Texts are compared before they are imported: all but one are usually the same. */
static int choose_newest(MdaSet *s, VolumeGroup **ret) {
        _cleanup_(vg_freep) VolumeGroup *newest = NULL;
        const char *text = NULL;
        const Uuid *from = NULL; /* the PV that has it */

        for (size_t i = 0; i < s->n_areas; i++) {
                Area *a = &s->areas[i];
                VolumeGroup *vg;
                int r;

                if (!a->text)
                        continue;
                if (text && strcmp(text, a->text) == 0) {
                        a->seqno = newest->seqno;
                        continue;
                }
                r = vg_import(a->text, strlen(a->text), &vg);
                if (r == -ENOMEM)
                        return r;
                if (r < 0)
                        continue; /* an area with rubbish under a right checksum: never the newest */
                if (!uuid_equal(&vg->id, &s->vg)) {
                        a->seqno = UINT64_MAX; /* another VG's: see keep_area() */
                        vg_free(vg);
                        continue;
                }
                a->seqno = vg->seqno;
                if (newest && !vg_supersedes(vg, &s->w->devices[a->dev].pv, newest, from)) {
                        vg_free(vg);
                        continue;
                }
                vg_free(newest);
                newest = vg;
                text = a->text;
                from = &s->w->devices[a->dev].pv;
        }

        if (newest) {
                free(s->text);
                s->text = strdup(text);
                if (!s->text)
                        return -ENOMEM;
                s->seqno = newest->seqno;
        }
        *ret = TAKE_PTR(newest);
        return 0;
}

/* An area is ours if its PV is one of the VG's, and it has not another VG's text. One that still has a text of
 * ours on a PV that has left the VG is outdated, and stays as it is (lvm2-compat 2.4). */
static bool keep_area(MdaSet *s, const Area *a, const VolumeGroup *vg) {
        if (a->unusable) {
                s->incomplete = s->incomplete || vg_find_pv_by_id(vg, &s->w->devices[a->dev].pv);
                return false;
        }
        return a->seqno != UINT64_MAX && vg_find_pv_by_id(vg, &s->w->devices[a->dev].pv);
}

static void drop_foreign(MdaSet *s, const VolumeGroup *vg) {
        size_t n = 0;

        for (size_t i = 0; i < s->n_areas; i++) {
                Area *a = &s->areas[i];

                free(a->text);
                a->text = NULL;
                if (keep_area(s, a, vg))
                        s->areas[n++] = *a;
                else
                        free(a->commit_block);
        }
        s->n_areas = n;
}

static int read_all(MdaSet *s) {
        _cleanup_(vg_freep) VolumeGroup *newest = NULL;
        int r;

        for (size_t i = 0; i < s->w->n_devices; i++) {
                r = read_device(s, i);
                if (r < 0)
                        return r;
        }
        if (uuid_is_null(&s->vg)) {
                for (size_t i = 0; i < s->n_areas; i++)
                        free(s->areas[i].text);
                s->n_areas = 0;
                return 0;
        }
        r = choose_newest(s, &newest);
        if (r < 0)
                return r;
        if (!newest)
                return -ENOENT;

        drop_foreign(s, newest);
        return 0;
}

int mda_set_open(World *w, const Uuid *vg, MdaSet **ret) {
        _cleanup_(mda_set_freep) MdaSet *s = NULL;
        int r;

        assert(w);
        assert(ret);

        s = calloc(1, sizeof(*s));
        if (!s)
                return -ENOMEM;
        s->w = w;
        if (vg)
                s->vg = *vg;
        r = read_all(s);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(s);
        return 0;
}

/* The areas stay the same; their headers, and which text is the newest, are read again. */
int mda_set_reread(MdaSet *s) {
        VolumeGroup *newest;
        int first = 0, r;

        assert(s);

        for (size_t i = 0; i < s->n_areas; i++) {
                Area *a = &s->areas[i], fresh;

                r = read_area(s->w, a->dev, &(DiskArea) { a->header.start, a->header.size }, &fresh);
                if (r < 0) {
                        first = first ?: r;
                        continue;
                }
                a->header = fresh.header;
                a->text = fresh.text;
                a->seqno = 0;
        }
        free(s->text);
        s->text = NULL;
        s->seqno = 0;
        r = choose_newest(s, &newest);
        if (r >= 0 && newest)
                drop_foreign(s, newest); /* that of a PV which was to join, but has not */
        for (size_t i = 0; i < s->n_areas; i++) {
                free(s->areas[i].text);
                s->areas[i].text = NULL;
        }
        if (r < 0)
                return r;

        vg_free(newest);
        return first;
}

/* Labels -------------------------------------------------------------------------------------------------------- */

int mda_set_label_write(MdaSet *s, size_t dev, const Uuid *pv, uint64_t pe_start_sectors) {
        WorldDevice *device;
        unsigned char sector[LABEL_SECTOR_BYTES], header[MDA_HEADER_BYTES];
        Area area = { .dev = dev };
        PvLabel label;
        int r;

        assert(s);
        assert(dev < s->w->n_devices);
        assert(pv);

        device = &s->w->devices[dev];
        r = label_for_new_pv(pv, device->where.bytes, pe_start_sectors, &label);
        if (r < 0)
                return r;
        area.header = (MdaHeader) { .start = label.metadata[0].offset, .size = label.metadata[0].size };
        mda_header_encode(&area.header, header);
        label_encode(&label, sector);

        /* The label last: what it points to is there by then. */
        r = world_write_bytes(s->w, dev, area.header.start, header, sizeof(header));
        if (r >= 0)
                r = s->w->ops->flush(s->w, dev);
        if (r >= 0)
                r = world_write_bytes(s->w, dev, (uint64_t) label.sector * LABEL_SECTOR_BYTES, sector, sizeof(sector));
        if (r >= 0)
                r = s->w->ops->flush(s->w, dev);
        if (r < 0)
                return r;

        device->pv = *pv;
        s->doubtful = true;
        return add_area(s, &area);
}

static int empty_area(MdaSet *s, size_t dev, const DiskArea *where) {
        unsigned char sector[MDA_HEADER_BYTES];
        MdaHeader h;
        int r;

        r = s->w->ops->read(s->w, dev, where->offset, sector, sizeof(sector));
        if (r >= 0)
                r = mda_header_decode(sector, where->offset, where->size, &h);
        if (r < 0)
                return r == -EBADMSG ? 0 : r; /* nothing that anybody would believe */
        h.committed = h.precommitted = (RawLocation) {};
        mda_header_encode(&h, sector);
        r = world_write_bytes(s->w, dev, where->offset, sector, sizeof(sector));
        return r < 0 ? r : s->w->ops->flush(s->w, dev);
}

int mda_set_label_clear(MdaSet *s, size_t dev) {
        unsigned char scan[LABEL_SCAN_BYTES];
        PvLabel label;
        int r;

        assert(s);
        assert(dev < s->w->n_devices);

        r = s->w->ops->read(s->w, dev, 0, scan, sizeof(scan));
        if (r >= 0)
                r = label_decode(scan, &label);
        for (size_t i = 0; r >= 0 && i < label.n_metadata; i++)
                r = empty_area(s, dev, &label.metadata[i]);
        if (r < 0)
                return r;
        r = label_set_used(scan + label.sector * LABEL_SECTOR_BYTES, &label, false);
        if (r < 0)
                return r == -ENOENT ? 0 : r; /* an old label knows no mark */
        r = world_write_bytes(s->w, dev, (uint64_t) label.sector * LABEL_SECTOR_BYTES,
                              scan + label.sector * LABEL_SECTOR_BYTES, LABEL_SECTOR_BYTES);
        return r < 0 ? r : s->w->ops->flush(s->w, dev);
}

/* For the scan -------------------------------------------------------------------------------------------------- */

void pv_probe_done(PvProbe *p) {
        free(p->text);
        *p = (PvProbe) {};
}

int pv_probe(World *w, size_t dev, PvProbe *ret) {
        _cleanup_(pv_probe_done) PvProbe probe = {};
        uint64_t newest = 0;
        PvLabel label;
        int r;

        assert(w);
        assert(dev < w->n_devices);
        assert(ret);

        r = read_label(w, dev, &label);
        if (r < 0)
                return r;
        probe.pv = label.pv;
        probe.used = label.used;

        for (size_t i = 0; i < label.n_metadata; i++) {
                _cleanup_(vg_freep) VolumeGroup *vg = NULL;
                Area area = {};

                r = read_area(w, dev, &label.metadata[i], &area);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 || (!area.text && area.header.committed.offset != 0 && !area.header.committed.ignored)) {
                        probe.damaged = true;
                        continue;
                }
                if (!area.text)
                        continue;
                /* With one area there is nothing to compare; importing is the scan's. */
                if (label.n_metadata > 1 && vg_import(area.text, strlen(area.text), &vg) >= 0 && vg->seqno <= newest) {
                        free(area.text);
                        continue;
                }
                newest = vg ? vg->seqno : 0;
                free(probe.text);
                probe.text = area.text;
        }

        *ret = probe;
        probe = (PvProbe) {};
        return 0;
}

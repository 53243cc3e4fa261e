/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which image is to be split off, and may it? */

#include "plan/planner-split.h"

#include <assert.h>
#include <string.h>

static bool image_is_on(const RaidImage *image, const Uuid *pv) {
        for (size_t i = 0; image->data && i < image->data->n_segments; i++) {
                const Segment *s = image->data->segments[i];

                if (s->kind == SEGMENT_LINEAR && uuid_equal(&s->linear.pv->id, pv))
                        return true;
        }

        return false;
}

static int choose_by_pv(Planning *p, const LogicalVolume *lv, const Uuid *pv, uint32_t *ret_slot) {
        const Segment *raid1 = lv_raid1(lv);
        char id[UUID_DASHED_CHARS + 1];

        for (size_t i = raid1->raid1.n_images; i > 0; i--)
                if (image_is_on(&raid1->raid1.images[i - 1], pv)) {
                        *ret_slot = (uint32_t) i - 1;
                        return 0;
                }

        return refuse(p, REFUSAL_NO_SUCH_IMAGE, "%s has no image on physical volume %s; 'raidctl list -a' shows where its "
                      "images are.", LV_LABEL(p->vg, lv), uuid_format(pv, id));
}

static int check_index(Planning *p, const LogicalVolume *lv, uint32_t slot) {
        size_t n = lv_raid1(lv)->raid1.n_images;

        if (slot < n)
                return 0;

        return refuse(p, REFUSAL_NO_SUCH_IMAGE, "%s has no image %u; its images are 0 to %zu.", LV_LABEL(p->vg, lv), slot,
                      n - 1);
}

int split_choose_asked(Planning *p, const LogicalVolume *lv, uint32_t *slot) {
        uint32_t by_pv = SLOT_ANY;
        int r;

        if (p->slot != SLOT_ANY) {
                r = check_index(p, lv, p->slot);
                if (r != 0)
                        return r;
                if (*slot != SLOT_ANY && *slot != p->slot)
                        return refuse(p, REFUSAL_NO_SUCH_IMAGE, "Image %u of %s was named, and image %u as well; name one.",
                                      *slot, LV_LABEL(p->vg, lv), p->slot);
                *slot = p->slot;
        }
        if (uuid_is_null(&p->request->pv))
                return 0;
        if (*slot != SLOT_ANY && image_is_on(&lv_raid1(lv)->raid1.images[*slot], &p->request->pv))
                return 0;
        r = choose_by_pv(p, lv, &p->request->pv, &by_pv);
        if (r != 0)
                return r;
        if (*slot != SLOT_ANY)
                return refuse(p, REFUSAL_NO_SUCH_IMAGE, "Image %u of %s is not on the physical volume that was named; "
                              "name the image or the device, not both.", *slot, LV_LABEL(p->vg, lv));

        *slot = by_pv;
        return 0;
}

/* Those that are named, each by whatever way. */
static int named_set(Planning *p, const LogicalVolume *lv, uint32_t slot, uint64_t *ret) {
        size_t n = lv_raid1(lv)->raid1.n_images;
        uint64_t named = p->request->slots;
        int r;

        r = split_choose_asked(p, lv, &slot);
        for (uint32_t i = 0; r == 0 && i < RAID1_IMAGES_MAX; i++)
                if (i >= n && named >> i & 1)
                        r = check_index(p, lv, i);
        if (r == 0 && slot != SLOT_ANY)
                named |= UINT64_C(1) << slot;
        for (size_t i = 0; r == 0 && i < p->request->n_pvs; i++) {
                r = choose_by_pv(p, lv, &p->request->pvs[i], &slot);
                if (r == 0)
                        named |= UINT64_C(1) << slot;
        }
        *ret = named;
        return r;
}

int split_choose_set(Planning *p, const LogicalVolume *lv, uint32_t slot, uint64_t *ret) {
        size_t n = lv_raid1(lv)->raid1.n_images, count;
        uint64_t named = 0;
        int r;

        r = named_set(p, lv, slot, &named);
        if (r != 0)
                return r;
        count = p->request->images ?: (size_t) __builtin_popcountll(named);
        if (named != 0 && count != (size_t) __builtin_popcountll(named))
                return refuse(p, REFUSAL_INVALID_SIZE, "%d images of %s were named, but %zu are to leave; name as many, or none.",
                              __builtin_popcountll(named), LV_LABEL(p->vg, lv), count);
        if (count > 1 && count >= n)
                return refuse(p, REFUSAL_LAST_IMAGE, "%s has %zu images, so at most %zu can leave; to give all of it another name use "
                              "'raidctl rename %s NEW'.", LV_LABEL(p->vg, lv), n, n - 1, LV_LABEL(p->vg, lv));
        if (named == 0 && count > 1)
                named = (UINT64_MAX >> (RAID1_IMAGES_MAX - count)) << (n - count); /* the highest */
        *ret = named;
        return 0;
}

/* Types that are no layer over something, merely no raid1. */
static bool is_plain_type(const LogicalVolume *lv) {
        const char *type = lv->n_segments > 0 ? lv->segments[0]->type : "striped";

        return !type || strncmp(type, "raid", 4) == 0 || strncmp(type, "striped", 7) == 0 ||
               strncmp(type, "mirror", 6) == 0 || strncmp(type, "error", 5) == 0 || strncmp(type, "zero", 4) == 0;
}

int split_find_raid1(Planning *p, const Uuid *id, const LogicalVolume **ret_lv, uint32_t *ret_slot) {
        const LogicalVolume *lv;
        int r;

        r = planning_find_volume(p, id, &lv, ret_slot);
        if (r != 0)
                return r;
        if (!lv_raid1(lv) && is_plain_type(lv))
                return refuse(p, REFUSAL_NOT_RAID1, "%s is not a raid1 volume, so it has no images.",
                              LV_LABEL(p->vg, lv));
        r = guard_lv(p, lv);
        if (r == 0)
                r = guard_lv_writable(p, lv);
        if (r != 0)
                return r;

        *ret_lv = lv;
        return 0;
}

int split_check_health(Planning *p, const LogicalVolume *lv, size_t slot, Health *ret) {
        Health h;
        int r;

        r = health_read(p, lv, &h);
        if (r != 0)
                return r;
        if (!h.complete || h.chars[slot] != 'A')
                return refuse(p, REFUSAL_NOT_IN_SYNC, "Image %zu cannot be split from %s while the volume is not in sync; wait "
                              "with 'raidctl wait %s' or look at 'raidctl status %s'.", slot, LV_LABEL(p->vg, lv),
                              LV_LABEL(p->vg, lv), LV_LABEL(p->vg, lv));
        r = health_check_rest(p, lv, &h, slot);
        if (r != 0)
                return r;

        *ret = h;
        return 0;
}

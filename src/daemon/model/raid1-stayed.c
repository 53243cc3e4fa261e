/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/crc32.h"
#include "base/str.h"
#include "model/raid1.h"
#include "model/vg-edit.h"

#define NOTE_PREFIX "raidd.stayed."
#define NOTE_SIZE (sizeof(NOTE_PREFIX) + 8)

/* As short as a tag: the identifiers of all other images. */
static void note_of(const LogicalVolume *lv, size_t slot, char ret[static NOTE_SIZE]) {
        const Segment *s = lv_raid1(lv);
        uint32_t crc = lvm_crc32(NOTE_PREFIX, strlen(NOTE_PREFIX));

        for (size_t i = 0; i < s->raid1.n_images; i++)
                if (i != slot && s->raid1.images[i].data)
                        crc = lvm_crc32_continue(crc, s->raid1.images[i].data->id.chars, UUID_CHARS);
        (void) snprintf(ret, NOTE_SIZE, NOTE_PREFIX "%08x", crc);
}

/* And not only a younger one: clocks go wrong. */
static bool any_is_of_another_age(const LogicalVolume *lv, size_t slot) {
        const Segment *s = lv_raid1(lv);

        for (size_t i = 0; i < s->raid1.n_images; i++)
                if (i != slot && s->raid1.images[i].data &&
                    s->raid1.images[i].data->creation_time != s->raid1.images[slot].data->creation_time)
                        return true;
        return false;
}

bool raid1_stayed(const LogicalVolume *lv, size_t slot) {
        char note[NOTE_SIZE];

        assert(lv_raid1(lv) && slot < lv_raid1(lv)->raid1.n_images);
        note_of(lv, slot, note);
        return !any_is_of_another_age(lv, slot) || lv_has_tag(lv_raid1(lv)->raid1.images[slot].data, note);
}

int raid1_note_stayed(const LogicalVolume *lv, size_t slot) {
        LogicalVolume *image = lv_raid1(lv)->raid1.images[slot].data;
        char note[NOTE_SIZE];

        raid1_forget_stayed(image); /* lvm2 merges an image and leaves it */
        if (!any_is_of_another_age(lv, slot))
                return 0;
        note_of(lv, slot, note);
        return lv_add_tag(image, note);
}

void raid1_forget_stayed(LogicalVolume *image) {
        lv_remove_tags(image, NOTE_PREFIX);
}

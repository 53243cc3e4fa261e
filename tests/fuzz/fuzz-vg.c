/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Metadata text: what can be imported is exported byte for byte, and every transform of it that succeeds is legal. */

#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "model/raid1.h"
#include "model/vg-check.h"
#include "model/vg-export.h"
#include "model/vg-import.h"

/* A text that our checks pass must stay one that they pass. */
static void transform(VolumeGroup *vg) {
        _cleanup_free_ char *text = NULL;
        _cleanup_(vg_freep) VolumeGroup *again = NULL;
        const char *rule;
        bool changed = false;
        size_t n;

        for (size_t i = 0; i < vg->n_lvs && !changed; i++) {
                LogicalVolume *lv = vg->lvs[i];

                if (lv_raid1(lv) && lv_tracked_slot(lv) < 0 && lv_raid1(lv)->raid1.n_images > 1 && lv_raid1(lv)->raid1.images[0].data &&
                    lv_raid1(lv)->raid1.images[0].meta)
                        changed = raid1_extract(vg, lv, 0, "fuzzed_new") >= 0;
        }
        if (!changed)
                return;
        FUZZ_ASSERT(vg_check(vg, &rule) != -EINVAL);
        if (vg_export(vg, NULL, &text, &n) < 0)
                return;
        FUZZ_ASSERT(vg_import(text, n, &again) >= 0);
        FUZZ_ASSERT(again->n_lvs == vg->n_lvs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(vg_freep) VolumeGroup *vg = NULL, *copy = NULL;
        _cleanup_free_ char *text = NULL;
        const char *rule;
        size_t m;

        if (vg_import((const char *) data, n, &vg) < 0)
                return 0;
        FUZZ_ASSERT(vg_export(vg, NULL, &text, &m) >= 0);
        FUZZ_ASSERT(m == strnlen((const char *) data, n) && memcmp(text, data, m) == 0);
        if (vg_check(vg, &rule) < 0)
                return 0;
        FUZZ_ASSERT(vg_clone(vg, &copy) >= 0);
        transform(copy);
        return 0;
}

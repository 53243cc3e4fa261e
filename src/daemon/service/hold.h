/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A tracked image that somebody needs as it is: it is neither merged nor split off for good while the descriptor that he
 * got is open anywhere. He need not clean up: the kernel closes it when his last process ends. Here the image's node is open
 * as well (not for reading, not for writing), so that lvm2 refuses too. Both outlive this process in systemd's descriptor store. */

#include "service/manager.h"

typedef struct HoldArgs {
        const char *who, *why; /* for people */
        const char *owner;     /* unique bus name: a merge that he asks for releases his own holds */
        uint32_t uid;
        bool merge; /* when the last hold on the image is released */
} HoldArgs;

/* *ret_fd is for the holder; the caller closes it. -ENXIO: the image has no node; -E2BIG: too many holds. */
int hold_new(Manager *m, const Object *image, const HoldArgs *args, int *ret_fd);
bool hold_any(const Manager *m, const Uuid *vg, const Uuid *image);
/* Without the merge that a hold may have asked for. */
void hold_drop_own(Manager *m, const Uuid *vg, const Uuid *image, const char *owner);
/* "who: why" of each, as the property Holders of the images in the list. */
int holds_describe(const Manager *m, ObjectList *l);
/* What the descriptor store kept over a restart. */
int holds_restore(Manager *m);
/* At the end of the process: the store keeps them. */
void holds_free(Manager *m);

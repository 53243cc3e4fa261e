/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* devices/filter of lvm.conf: which devices LVM looks at, by their names (lvm2-compat 6.4). LVM has a matcher of its own; its patterns
 * are translated to POSIX extended ones, which differ only inside brackets: there an escaped ']', '^' or '-' loses its escape. */

#include <stdbool.h>

#include "base/cleanup.h"

typedef struct NameFilter NameFilter;

NameFilter *name_filter_free(NameFilter *f);
DEFINE_CLEANUP(NameFilter, name_filter_free);
/* Patterns as "a|^/dev/sd|" or "r{.*}", a "strv". -EINVAL: LVM would not take one of them either. */
int name_filter_new(char *const *patterns, NameFilter **ret);
/* All names of one device. The first pattern that matches a name decides about that; one accepted name is enough, and so is none that is
 * rejected. */
bool name_filter_accepts(const NameFilter *f, char *const *names);

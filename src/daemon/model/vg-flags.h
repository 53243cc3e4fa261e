/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words of `status` and `flags` (LVM2 lib/format_text/flags.c; lvm2-compat 3.3, 3.4). */

#include <stdbool.h>
#include <stddef.h>

typedef struct FlagName {
        const char *word;
        unsigned flag;
        bool compatible; /* stands in `flags`: readers skip what they do not know */
} FlagName;

extern const FlagName vg_flag_names[];
extern const size_t n_vg_flag_names;
extern const FlagName pv_flag_names[];
extern const size_t n_pv_flag_names;
extern const FlagName lv_flag_names[];
extern const size_t n_lv_flag_names;

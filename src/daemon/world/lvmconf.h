/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What /etc/lvm/lvm.conf and lvmlocal.conf say, where it concerns us. No file: LVM's defaults. */

#include <stdbool.h>
#include <stdint.h>

/* "section/key" of lvm.conf; NULL or the default if it is not set there. */
char *lvmconf_string(const char *file, const char *section, const char *key);
uint64_t lvmconf_u64(const char *section, const char *key, uint64_t fallback);
bool lvmconf_bool(const char *section, const char *key, bool fallback);
/* A "strv", NULL if it is not set. -EBADMSG: not a list of strings. */
int lvmconf_strings(const char *section, const char *key, char ***ret);

/* activation/auto_activation_volume_list: is this LV to be activated at boot? Without the list: yes. */
bool lvmconf_auto_activates(const char *vg, const char *lv, char *const *tags);

/* This host's system ID as LVM makes it; NULL: none. */
char *lvmconf_system_id(void);

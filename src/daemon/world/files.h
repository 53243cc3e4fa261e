/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The small files of raidd: whole texts, replaced atomically. */

#include <stddef.h>

#define RUN_DIR "/run/raidd"

/* Makes RUN_DIR and the directory below it. */
int run_dir_make(const char *dir);
/* The whole file, NUL-terminated; at most 4 MiB. */
int file_read(const char *path, char **ret);
/* Readers see the old text or the new one. Not synced: see file_replace_durable(). */
int file_replace(const char *path, const char *text);
int file_replace_durable(const char *path, const char *text);

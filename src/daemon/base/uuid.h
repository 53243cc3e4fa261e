/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* LVM2 identifiers: 32 characters of [0-9a-zA-Z!#], written 6-4-4-4-4-4-6 with dashes in texts
 * and without in headers and dm UUIDs (LVM2 lib/id/id.c). */

#include <stdbool.h>

#define UUID_CHARS 32
#define UUID_DASHED_CHARS 38

/* Plain form, NUL terminated: compare with strcmp, copy by assignment. */
typedef struct Uuid {
        char chars[UUID_CHARS + 1];
} Uuid;

/* Accepts the dashed or the plain form. Returns 0 or -EINVAL. */
int uuid_parse(const char *text, Uuid *ret);
/* Writes the dashed form; out holds UUID_DASHED_CHARS + 1 bytes. Returns out. */
char *uuid_format(const Uuid *id, char out[static UUID_DASHED_CHARS + 1]);
bool uuid_equal(const Uuid *a, const Uuid *b);
bool uuid_is_null(const Uuid *id);
/* Makes an identifier out of 32 random bytes; pure, the caller brings the randomness. */
Uuid uuid_from_random(const unsigned char random[static UUID_CHARS]);

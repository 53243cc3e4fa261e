/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/uuid.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* LVM2 lib/id/id.c: 64 characters; fresh identifiers use the first 62 only. */
static const char alphabet[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ!#";
#define N_FRESH_CHARS 62

/* Characters before each dash: 6-4-4-4-4-4-6. */
static bool dash_follows(unsigned n) {
        return n >= 6 && n <= 26 && (n - 6) % 4 == 0;
}

int uuid_parse(const char *text, Uuid *ret) {
        Uuid id = {};
        unsigned n = 0;

        assert(text && ret);
        for (const char *p = text; *p; p++) {
                if (*p == '-') {
                        if (!dash_follows(n))
                                return -EINVAL;
                        continue;
                }
                if (n == UUID_CHARS || !strchr(alphabet, *p))
                        return -EINVAL;
                id.chars[n++] = *p;
        }
        if (n != UUID_CHARS)
                return -EINVAL;
        *ret = id;
        return 0;
}

char *uuid_format(const Uuid *id, char out[static UUID_DASHED_CHARS + 1]) {
        char *p = out;

        assert(id);
        for (unsigned n = 0; n < UUID_CHARS; n++) {
                if (dash_follows(n))
                        *p++ = '-';
                *p++ = id->chars[n];
        }
        *p = '\0';
        return out;
}

bool uuid_equal(const Uuid *a, const Uuid *b) {
        return strcmp(a->chars, b->chars) == 0;
}

bool uuid_is_null(const Uuid *id) {
        return id->chars[0] == '\0';
}

Uuid uuid_from_random(const unsigned char random[static UUID_CHARS]) {
        Uuid id = {};

        for (unsigned n = 0; n < UUID_CHARS; n++)
                id.chars[n] = alphabet[random[n] % N_FRESH_CHARS];
        return id;
}

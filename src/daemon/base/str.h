/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"

/* NULL terminated arrays of strings ("strv"); NULL is an empty one. */
char **strv_free(char **v);
size_t strv_length(char *const *v);
bool strv_contains(char *const *v, const char *s);
int strv_clone(char *const *v, char ***ret);
/* Appends a copy of s. Returns 0 or -ENOMEM; *v stays valid. */
int strv_extend(char ***v, const char *s);
/* Takes all occurrences of s out. */
void strv_remove(char **v, const char *s);

static inline void strv_freep(char ***v) {
        *v = strv_free(*v);
}

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}

/* Frees *p and puts a copy of s (may be NULL) there; -ENOMEM leaves it alone. */
int free_and_strdup(char **p, const char *s);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A string that grows. Errors stick: add as much as you like and look at the end, at buf_take(). */

#include <stdbool.h>
#include <stddef.h>

typedef struct Buf {
        char *data; /* NUL terminated once anything was added */
        size_t size, allocated;
        bool failed; /* out of memory */
} Buf;

void buf_done(Buf *b);
void buf_add_n(Buf *b, const char *text, size_t n);
void buf_add(Buf *b, const char *text);
void buf_addf(Buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The string, now the caller's, and the buffer empty; NULL if memory ran out. Never NULL for an empty one. */
char *buf_take(Buf *b);

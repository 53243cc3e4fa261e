/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

void buf_done(Buf *b) {
        free(b->data);
        *b = (Buf) {};
}

/* Room for n more bytes and the NUL. */
static bool reserve(Buf *b, size_t n) {
        size_t want;
        char *data;

        if (b->failed)
                return false;
        if (b->allocated - b->size > n)
                return true;
        if (__builtin_add_overflow(b->size, n, &want) || __builtin_add_overflow(want, want / 2 + 64, &want)) {
                b->failed = true;
                return false;
        }
        data = realloc(b->data, want);
        if (!data) {
                b->failed = true;
                return false;
        }
        b->data = data;
        b->allocated = want;
        return true;
}

void buf_add_n(Buf *b, const char *text, size_t n) {
        assert(b && (text || n == 0));
        if (!reserve(b, n))
                return;
        if (n > 0)
                memcpy(b->data + b->size, text, n);
        b->size += n;
        b->data[b->size] = '\0';
}

void buf_add(Buf *b, const char *text) {
        buf_add_n(b, text, strlen(text));
}

void buf_addf(Buf *b, const char *format, ...) {
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(NULL, 0, format, args);
        va_end(args);
        if (n < 0 || !reserve(b, (size_t) n)) {
                b->failed = true;
                return;
        }
        va_start(args, format);
        (void) vsnprintf(b->data + b->size, (size_t) n + 1, format, args);
        va_end(args);
        b->size += (size_t) n;
}

char *buf_take(Buf *b) {
        char *taken;

        buf_add_n(b, NULL, 0);
        if (b->failed) {
                buf_done(b);
                return NULL;
        }
        taken = TAKE_PTR(b->data);
        *b = (Buf) {};
        return taken;
}

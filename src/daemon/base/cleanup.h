/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Ownership by attribute: declare with _cleanup_(foo_freep), hand over with TAKE_PTR(). */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

#define TAKE_PTR(p)                              \
        ({                                       \
                __typeof__(p) _taken = (p);      \
                (p) = NULL;                      \
                _taken;                          \
        })

#define TAKE_FD(fd)                              \
        ({                                       \
                int _taken_fd = (fd);            \
                (fd) = -EBADF;                   \
                _taken_fd;                       \
        })

/* Defines foo_freep() for _cleanup_; foo_free() takes NULL and returns NULL. */
#define DEFINE_CLEANUP(type, func)               \
        static inline void func##p(type **p) {   \
                if (*p)                          \
                        *p = func(*p);           \
        }

static inline void freep(void *p) {
        free(*(void **) p);
}

static inline void closep(const int *fd) {
        if (*fd >= 0)
                (void) close(*fd); /* nothing was written that close() could still lose */
}

static inline void fclosep(FILE **f) {
        if (*f)
                (void) fclose(*f);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)

#define ELEMENTSOF(a) (sizeof(a) / sizeof((a)[0]))

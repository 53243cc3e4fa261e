/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One target: whatever the bytes are, it returns. Linked with libFuzzer, or with main.c, which tries seeds and their
 * mutations, the same ones each time. */

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A bug that the fuzzer should report; also with -D NDEBUG. */
#define FUZZ_ASSERT(e)                  \
        do {                            \
                if (!(e))               \
                        __builtin_trap(); \
        } while (0)

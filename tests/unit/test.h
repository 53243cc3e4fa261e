/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* TEST(name) { … } registers itself in a linker section; main() runs them all, or those named on the command line. */

#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct TestCase {
        const char *name;
        void (*run)(void);
} TestCase;

#define TEST(n)                                                                          \
        static void test_##n(void);                                                      \
        static const TestCase case_##n                                                   \
                __attribute__((used, section("test_cases"), aligned(sizeof(void *)))) = { #n, test_##n }; \
        static void test_##n(void)

extern const TestCase __start_test_cases[], __stop_test_cases[];

#define TEST_FAIL(...)                                                                   \
        do {                                                                             \
                fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                          \
                fprintf(stderr, __VA_ARGS__);                                            \
                fputc('\n', stderr);                                                     \
                abort();                                                                 \
        } while (0)

#define ASSERT_TRUE(e) do { if (!(e)) TEST_FAIL("%s is false", #e); } while (0)
#define ASSERT_FALSE(e) ASSERT_TRUE(!(e))
#define ASSERT_NULL(e) ASSERT_TRUE((e) == NULL)
#define ASSERT_NOT_NULL(e) ASSERT_TRUE((e) != NULL)
#define ASSERT_EQ(a, b)                                                                  \
        do {                                                                             \
                long long _a = (long long) (a), _b = (long long) (b);                    \
                if (_a != _b)                                                            \
                        TEST_FAIL("%s is %lld, %s is %lld", #a, _a, #b, _b);             \
        } while (0)
#define ASSERT_OK(e)                                                                     \
        do {                                                                             \
                long long _r = (long long) (e);                                          \
                if (_r < 0)                                                              \
                        TEST_FAIL("%s: %s", #e, strerror((int) -_r));                    \
        } while (0)
#define ASSERT_STREQ(a, b)                                                               \
        do {                                                                             \
                const char *_a = (a), *_b = (b);                                         \
                if (!_a || !_b || strcmp(_a, _b) != 0)                                   \
                        TEST_FAIL("%s is \"%s\", %s is \"%s\"", #a, _a ? _a : "(null)", #b, _b ? _b : "(null)"); \
        } while (0)

int main(int argc, char **argv) {
        size_t n = 0;

        for (const TestCase *t = __start_test_cases; t < __stop_test_cases; t++) {
                if (argc > 1 && strcmp(argv[1], t->name) != 0)
                        continue;
                fprintf(stderr, "%s\n", t->name);
                t->run();
                n++;
        }
        return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

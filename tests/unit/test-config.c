/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parser of LVM's text format, against what LVM2's own does with the same text (lvm2-compat 3.1). */

#include "test.h"

#include <errno.h>

#include "base/cleanup.h"
#include "model/config-tree.h"

static ConfigTree *parse(const char *text) {
        ConfigTree *t = NULL;
        int r = config_parse(text, strlen(text), &t);

        if (r < 0)
                TEST_FAIL("\"%s\": %s", text, strerror(-r));
        return t;
}

TEST(refuses_what_is_no_text) {
        static const char *const bad[] = {
                "a", "a =", "= 1", "a = \"x", "a = [", "a = [1", "a {", "a { b = 1", "}", "a = 1 }", "a { } }",
                "\"\" = 1", "a = ]", "[1]", "a = [[1]]", "a = {",
        };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                ConfigTree *t = NULL;
                int r = config_parse(bad[i], strlen(bad[i]), &t);

                if (r != -EBADMSG)
                        TEST_FAIL("\"%s\" gives %d", bad[i], r);
                ASSERT_NULL(t);
        }
}

TEST(accepts) {
        static const char *const good[] = {
                "", "\n\n", "# only a comment", "a=1", "a = 1 # behind\nb = 2", "a { }", "a { b { c = 1 } }", "a = []",
                "a = [1]", "a = [1,2,]", "a = [1 2]", "a = [\n1,\n# in between\n\"x\"\n]", "a = \"with # and } and ]\"", "a='single'",
                "\"quoted key\" = 1", "a = -1", "a = \"\"", "a\n{\n}\n", "a = 1\nb {\n}\nc = [\"x\"]",
        };

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                config_tree_unref(parse(good[i]));
}

TEST(finds_values) {
        _cleanup_(config_tree_unrefp) ConfigTree *t = parse("top {\n n = 42 # comment\n s = \"a\\\"b\\\\c\"\n raw = 'a\\b'\n"
                                                            " one = [7]\n none = []\n deep { n = 0x }\n}\nlast = 010");
        const ConfigNode *top = config_top(t, "top");
        _cleanup_free_ char *s = NULL, *raw = NULL;
        uint64_t n = 0;

        ASSERT_NOT_NULL(top);
        ASSERT_EQ(top->type, CONFIG_SECTION);
        ASSERT_OK(config_get_u64(top, "n", &n));
        ASSERT_EQ(n, 42);
        ASSERT_OK(config_get_string(top, "s", &s));
        ASSERT_STREQ(s, "a\"b\\c");
        ASSERT_OK(config_get_string(top, "raw", &raw));
        ASSERT_STREQ(raw, "a\\b");
        ASSERT_OK(config_get_u64(top, "one", &n)); /* to LVM2 the same as one = 7 */
        ASSERT_EQ(n, 7);
        ASSERT_EQ(config_get_u64(top, "none", &n), -EBADMSG);
        ASSERT_EQ(config_get_u64(top, "missing", &n), -ENOENT);
        ASSERT_EQ(config_get_u64(top, "s", &n), -EBADMSG);
        ASSERT_EQ(config_get_u64(config_child(top, "deep"), "n", &n), -EBADMSG);
        ASSERT_OK(config_get_u64(config_root(t), "last", &n)); /* strtoll() with base 0: octal */
        ASSERT_EQ(n, 8);
        ASSERT_NULL(config_top(t, "n"));
}

TEST(numbers) {
        static const struct {
                const char *text;
                int r;
                uint64_t n;
        } cases[] = {
                { "0", 0, 0 }, { "18446744073709551615", 0, UINT64_MAX }, { "18446744073709551616", -EBADMSG, 0 },
                { "99999999999999999999", -EBADMSG, 0 }, { "-1", -EBADMSG, 0 }, { "", -EBADMSG, 0 }, { "1x", -EBADMSG, 0 },
                { "+5", 0, 5 }, { "+", -EBADMSG, 0 }, { "017", 0, 15 }, { "08", -EBADMSG, 0 },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                uint64_t n = 1;
                int r = span_to_u64((Span) { cases[i].text, strlen(cases[i].text) }, &n);

                if (r != cases[i].r || (r == 0 && n != cases[i].n))
                        TEST_FAIL("\"%s\" gives %d, %llu", cases[i].text, r, (unsigned long long) n);
        }
}

TEST(arrays) {
        _cleanup_(config_tree_unrefp) ConfigTree *t = parse("a = [ \"x, y\", 2 ,\n# no\n 'z' ]");
        ConfigIter i = config_iter(config_top(t, "a"));
        static const char *const wanted[] = { "\"x, y\"", "2", "'z'" };
        size_t n = 0;
        Span e;

        while (config_next(&i, &e) > 0) {
                ASSERT_TRUE(n < 3);
                ASSERT_EQ(e.size, strlen(wanted[n]));
                ASSERT_EQ(memcmp(e.data, wanted[n], e.size), 0);
                n++;
        }
        ASSERT_EQ(n, 3);
}

/* The source of a node is what an export copies when it has not changed. */
TEST(sources_cover_the_text) {
        const char *text = "a = 1 # one\nb {\n c = [1, 2]\n} 'd' = \"x\"";
        _cleanup_(config_tree_unrefp) ConfigTree *t = parse(text);
        static const char *const wanted[] = { "a = 1", "b {\n c = [1, 2]\n}", "'d' = \"x\"" };
        size_t n = 0;

        ASSERT_EQ(config_text(t).size, strlen(text));
        for (const ConfigNode *c = config_root(t)->child; c; c = c->next, n++) {
                Span s = config_source(c);

                ASSERT_TRUE(n < 3);
                ASSERT_EQ(s.size, strlen(wanted[n]));
                ASSERT_EQ(memcmp(s.data, wanted[n], s.size), 0);
        }
        ASSERT_EQ(n, 3);
}

TEST(depth_is_limited) {
        for (int depth = CONFIG_MAX_DEPTH - 1; depth <= CONFIG_MAX_DEPTH + 1; depth++) {
                char text[4 * CONFIG_MAX_DEPTH + 16] = "";
                ConfigTree *t = NULL;
                int r;

                for (int i = 0; i < depth; i++)
                        strcat(text, "a{");
                for (int i = 0; i < depth; i++)
                        strcat(text, "}");
                r = config_parse(text, strlen(text), &t);
                ASSERT_EQ(r, depth <= CONFIG_MAX_DEPTH ? 0 : -EBADMSG);
                config_tree_unref(t);
        }
}

/* What stands behind a NUL in a metadata area is not text. */
TEST(ends_at_nul) {
        static const char text[] = "a = 1\0b = ";
        ConfigTree *t = NULL;

        ASSERT_OK(config_parse(text, sizeof(text), &t));
        ASSERT_NOT_NULL(config_top(t, "a"));
        ASSERT_NULL(config_top(t, "b"));
        config_tree_unref(t);
}

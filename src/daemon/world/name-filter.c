/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/name-filter.h"

#include <assert.h>
#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"

typedef struct Pattern {
        regex_t regex;
        bool accept;
} Pattern;

struct NameFilter {
        Pattern *patterns;
        size_t n;
};

NameFilter *name_filter_free(NameFilter *f) {
        if (!f)
                return NULL;

        for (size_t i = 0; i < f->n; i++)
                regfree(&f->patterns[i].regex);
        free(f->patterns);
        free(f);
        return NULL;
}

static char closing(char opening) {
        return opening == '(' ? ')' : opening == '[' ? ']' : opening == '{' ? '}' : opening;
}

static char unescaped(char c) {
        return c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
}

/* Inside brackets POSIX has no escapes. */
static const char *add_brackets(Buf *b, const char *p, const char *end) {
        const char *begin = p;

        for (; p < end; p++) {
                bool first = p == begin + 1 || (p == begin + 2 && begin[1] == '^');

                if (*p == '\\' && p + 1 < end) {
                        buf_addf(b, "%c", unescaped(*++p));
                        continue;
                }
                buf_addf(b, "%c", *p);
                if (*p == ']' && p > begin && !first)
                        return p;
        }
        return p - 1; /* regcomp() will say that it is not closed */
}

/* LVM has no repetition counts: a brace is one. */
static int translate(const char *p, const char *end, char **ret) {
        _cleanup_(buf_done) Buf b = {};

        for (; p < end; p++) {
                if (*p == '[')
                        p = add_brackets(&b, p, end);
                else if (*p == '\\' && p + 1 < end) {
                        p++;
                        buf_addf(&b, strchr("nrt", *p) || !strchr(".[]{}()\\*+?^$|", *p) ? "%c" : "\\%c", unescaped(*p));
                } else
                        buf_addf(&b, *p == '{' || *p == '}' ? "\\%c" : "%c", *p);
        }
        *ret = buf_take(&b);
        return *ret ? 0 : -ENOMEM;
}

static int add(NameFilter *f, const char *pattern) {
        _cleanup_free_ char *regex = NULL;
        size_t n = strlen(pattern);
        int r;

        if (n < 3 || (pattern[0] != 'a' && pattern[0] != 'r') || pattern[n - 1] != closing(pattern[1]))
                return -EINVAL;
        r = translate(pattern + 2, pattern + n - 1, &regex);
        if (r < 0)
                return r;
        if (regcomp(&f->patterns[f->n].regex, regex, REG_EXTENDED | REG_NOSUB) != 0)
                return -EINVAL;
        f->patterns[f->n++].accept = pattern[0] == 'a';
        return 0;
}

int name_filter_new(char *const *patterns, NameFilter **ret) {
        _cleanup_(name_filter_freep) NameFilter *f = calloc(1, sizeof(*f));
        int r = 0;

        assert(ret);

        if (!f)
                return -ENOMEM;
        f->patterns = calloc(strv_length(patterns) + 1, sizeof(*f->patterns));
        if (!f->patterns)
                return -ENOMEM;
        for (char *const *p = patterns; r >= 0 && p && *p; p++)
                r = add(f, *p);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

/* 1 accepted, 0 rejected, -1 nobody has said anything. */
static int judge(const NameFilter *f, const char *name) {
        for (size_t i = 0; i < f->n; i++)
                if (regexec(&f->patterns[i].regex, name, 0, NULL, 0) == 0)
                        return f->patterns[i].accept;
        return -1;
}

bool name_filter_accepts(const NameFilter *f, char *const *names) {
        bool rejected = false;

        assert(f);

        for (char *const *name = names; name && *name; name++) {
                int verdict = judge(f, *name);

                if (verdict > 0)
                        return true;
                rejected = rejected || verdict == 0;
        }
        return !rejected;
}

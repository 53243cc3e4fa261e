/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/config-tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

bool config_key_is(const ConfigNode *node, const char *key) {
        size_t n = strlen(key);

        return node->key_size == n && memcmp(node->key, key, n) == 0;
}

const ConfigNode *config_child(const ConfigNode *section, const char *key) {
        assert(section && key);
        for (const ConfigNode *c = section->child; c; c = c->next)
                if (config_key_is(c, key))
                        return c;
        return NULL;
}

const ConfigNode *config_top(const ConfigTree *t, const char *key) {
        return config_child(config_root(t), key);
}

bool span_is_string(Span e) {
        return e.size >= 2 && (*e.data == '"' || *e.data == '\'');
}

int span_to_string(Span e, char **ret) {
        bool escapes;
        char *s, *to;

        if (!span_is_string(e))
                return -EBADMSG;
        escapes = *e.data == '"';
        s = to = malloc(e.size - 1);
        if (!s)
                return -ENOMEM;
        for (const char *p = e.data + 1; p < e.data + e.size - 1; p++) {
                if (escapes && *p == '\\' && (p[1] == '"' || p[1] == '\\')) /* "\n" is two characters */
                        p++;
                *to++ = *p;
        }
        *to = '\0';
        *ret = s;
        return 0;
}

/* As strtoll() with base 0 reads what LVM2's tokenizer passes to it: a sign, digits, and a leading zero means octal. */
int span_to_u64(Span e, uint64_t *ret) {
        size_t i = e.size > 1 && *e.data == '+';
        unsigned base = e.size > i + 1 && e.data[i] == '0' ? 8 : 10;
        uint64_t n = 0;

        if (e.size == 0)
                return -EBADMSG;
        for (; i < e.size; i++) {
                unsigned digit = (unsigned) (unsigned char) e.data[i] - '0';

                if (digit >= base || __builtin_mul_overflow(n, base, &n) || __builtin_add_overflow(n, digit, &n))
                        return -EBADMSG;
        }
        *ret = n;
        return 0;
}

static int first_value(const ConfigNode *section, const char *key, Span *ret) {
        const ConfigNode *c = config_child(section, key);
        ConfigIter i;
        int r;

        if (!c)
                return -ENOENT;
        i = config_iter(c);
        r = config_next(&i, ret);
        return r == 0 ? -EBADMSG : r;
}

int config_get_u64(const ConfigNode *section, const char *key, uint64_t *ret) {
        Span e;
        int r;

        r = first_value(section, key, &e);
        return r < 0 ? r : span_to_u64(e, ret);
}

int config_get_u32(const ConfigNode *section, const char *key, uint32_t *ret) {
        uint64_t n;
        int r;

        r = config_get_u64(section, key, &n);
        if (r < 0)
                return r;
        if (n > UINT32_MAX)
                return -EBADMSG;
        *ret = (uint32_t) n;
        return 0;
}

int config_get_string(const ConfigNode *section, const char *key, char **ret) {
        Span e;
        int r;

        r = first_value(section, key, &e);
        return r < 0 ? r : span_to_string(e, ret);
}

int config_key_dup(const ConfigNode *node, char **ret) {
        char *s = strndup(node->key, node->key_size);

        if (!s)
                return -ENOMEM;
        *ret = s;
        return 0;
}

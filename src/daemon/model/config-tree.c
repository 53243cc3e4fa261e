/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/config-tree.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

bool config_key_is(const ConfigNode *node, const char *key) {
        size_t n = strlen(key);

        return node->key.size == n && memcmp(node->key.data, key, n) == 0;
}

static const ConfigNode *find(const ConfigNode *first, const char *key) {
        for (const ConfigNode *c = first; c; c = c->next)
                if (config_key_is(c, key))
                        return c;
        return NULL;
}

const ConfigNode *config_child(const ConfigNode *section, const char *key) {
        assert(section && key);
        return find(section->child, key);
}

const ConfigNode *config_top(const ConfigTree *t, const char *key) {
        return find(config_first(t), key);
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
                if (escapes && *p == '\\')
                        p++;
                *to++ = *p;
        }
        *to = '\0';
        *ret = s;
        return 0;
}

int span_to_u64(Span e, uint64_t *ret) {
        uint64_t n = 0;

        if (e.size == 0)
                return -EBADMSG;
        for (size_t i = 0; i < e.size; i++) {
                unsigned digit = (unsigned) (unsigned char) e.data[i] - '0';

                if (digit > 9 || __builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digit, &n))
                        return -EBADMSG;
        }
        *ret = n;
        return 0;
}

int config_get_u64(const ConfigNode *section, const char *key, uint64_t *ret) {
        const ConfigNode *c = config_child(section, key);

        if (!c)
                return -ENOENT;
        return c->type == CONFIG_NUMBER ? span_to_u64(c->value, ret) : -EBADMSG;
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
        const ConfigNode *c = config_child(section, key);

        if (!c)
                return -ENOENT;
        return c->type == CONFIG_STRING ? span_to_string(c->value, ret) : -EBADMSG;
}

int config_key_dup(const ConfigNode *node, char **ret) {
        char *s = strndup(node->key.data, node->key.size);

        if (!s)
                return -ENOMEM;
        *ret = s;
        return 0;
}

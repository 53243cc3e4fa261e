/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/config-tree.h"

#define NODES_PER_CHUNK 1022 /* 40 KiB */

typedef struct Chunk Chunk;
struct Chunk {
        Chunk *next;
        size_t n;
        ConfigNode nodes[NODES_PER_CHUNK];
};

struct ConfigTree {
        unsigned n_ref;
        char *text;
        size_t size;
        Chunk *chunks;
        size_t n_nodes;
        ConfigNode root;
};

/* Where the next sibling goes, for each open section; an explicit stack, so that depth costs no C stack. */
typedef struct Level {
        ConfigNode *section;
        const ConfigNode **tail;
} Level;

typedef struct Parser {
        ConfigTree *tree;
        const char *p, *end;
        Level levels[CONFIG_MAX_DEPTH + 1];
        unsigned depth;
} Parser;

enum { SPACE = 1, KEY_END = 2, VALUE_END = 4 };

static const unsigned char classes[256] = {
        [' '] = SPACE | KEY_END | VALUE_END,  ['\t'] = SPACE | KEY_END | VALUE_END,
        ['\n'] = SPACE | KEY_END | VALUE_END, ['\r'] = SPACE | KEY_END | VALUE_END,
        ['\v'] = SPACE | KEY_END | VALUE_END, ['\f'] = SPACE | KEY_END | VALUE_END,
        ['#'] = KEY_END | VALUE_END,          ['='] = KEY_END | VALUE_END,
        ['{'] = KEY_END | VALUE_END,          ['}'] = KEY_END | VALUE_END,
        ['['] = VALUE_END,                    [']'] = VALUE_END,
        [','] = VALUE_END,                    ['"'] = VALUE_END,
        ['\0'] = KEY_END | VALUE_END,
};

static const char *skip_blank(const char *p, const char *end) {
        while (p < end) {
                if (classes[(unsigned char) *p] & SPACE)
                        p++;
                else if (*p == '#') {
                        p = memchr(p, '\n', (size_t) (end - p));
                        if (!p)
                                return end;
                } else
                        break;
        }
        return p;
}

/* p stands on the opening quote; returns behind the closing one, or NULL. Only "…" knows escapes. */
static const char *skip_string(const char *p, const char *end) {
        char quote = *p++;

        for (; p < end; p++) {
                if (*p == '\\' && quote == '"') {
                        if (++p == end)
                                return NULL;
                } else if (*p == quote)
                        return p + 1;
        }
        return NULL;
}

static const char *skip_word(const char *p, const char *end, unsigned char stop) {
        while (p < end && !(classes[(unsigned char) *p] & stop))
                p++;
        return p;
}

static bool is_quote(char c) {
        return c == '"' || c == '\'';
}

static const char *skip_scalar(const char *p, const char *end) {
        const char *q;

        if (p == end)
                return NULL;
        if (is_quote(*p))
                return skip_string(p, end);
        q = skip_word(p, end, VALUE_END);
        return q == p ? NULL : q;
}

/* p stands on '['; returns behind ']'. */
static const char *skip_array(const char *p, const char *end) {
        for (p++;;) {
                p = skip_blank(p, end);
                if (p == end)
                        return NULL;
                if (*p == ']')
                        return p + 1;
                if (*p == ',') {
                        p++;
                        continue;
                }
                p = skip_scalar(p, end);
                if (!p)
                        return NULL;
        }
}

static ConfigNode *node_new(ConfigTree *t) {
        Chunk *c = t->chunks;

        if (!c || c->n == NODES_PER_CHUNK) {
                c = malloc(sizeof(Chunk));
                if (!c)
                        return NULL;
                c->next = t->chunks;
                c->n = 0;
                t->chunks = c;
        }
        t->n_nodes++;
        c->nodes[c->n] = (ConfigNode) {};
        return &c->nodes[c->n++];
}

static Span span_between(const char *begin, const char *end) {
        return (Span) { begin, (size_t) (end - begin) };
}

static int open_section(Parser *s, ConfigNode *node) {
        if (s->depth == CONFIG_MAX_DEPTH)
                return -EBADMSG;
        node->type = CONFIG_SECTION;
        node->value = ++s->p; /* behind '{'; sized when it closes */
        s->depth++;
        s->levels[s->depth] = (Level) { node, &node->child };
        return 0;
}

static int close_section(Parser *s) {
        ConfigNode *node;

        if (s->depth == 0)
                return -EBADMSG;
        node = s->levels[s->depth--].section;
        node->value_size = (uint32_t) (s->p - node->value);
        s->p++;
        return 0;
}

static int parse_value(Parser *s, ConfigNode *node) {
        const char *begin, *end;

        begin = skip_blank(s->p + 1, s->end);
        if (begin == s->end)
                return -EBADMSG;
        if (*begin == '[') {
                node->type = CONFIG_ARRAY;
                end = skip_array(begin, s->end);
        } else {
                node->type = is_quote(*begin) ? CONFIG_STRING : CONFIG_NUMBER;
                end = skip_scalar(begin, s->end);
        }
        if (!end)
                return -EBADMSG;
        node->value = begin;
        node->value_size = (uint32_t) (end - begin);
        s->p = end;
        return 0;
}

/* Appends an empty node to the section that is open. p is left behind the key. */
static int parse_key(Parser *s, ConfigNode **ret) {
        Level *level = &s->levels[s->depth];
        bool quoted = is_quote(*s->p);
        const char *begin = s->p, *end;
        ConfigNode *node;

        end = quoted ? skip_string(begin, s->end) : skip_word(begin, s->end, KEY_END);
        if (!end || end - begin <= 2 * quoted || s->tree->n_nodes == CONFIG_MAX_NODES)
                return -EBADMSG;
        node = node_new(s->tree);
        if (!node)
                return -ENOMEM;
        node->key = begin + quoted;
        node->key_size = (uint32_t) (end - begin - 2 * quoted) & 0x1fffffffU; /* CONFIG_MAX_BYTES is less */
        node->quoted = quoted;
        *level->tail = node;
        level->tail = &node->next;
        s->p = end;
        *ret = node;
        return 0;
}

static int parse_node(Parser *s) {
        ConfigNode *node;
        int r;

        r = parse_key(s, &node);
        if (r < 0)
                return r;
        s->p = skip_blank(s->p, s->end);
        if (s->p == s->end)
                return -EBADMSG;
        if (*s->p == '{')
                return open_section(s, node);
        if (*s->p == '=')
                return parse_value(s, node);
        return -EBADMSG;
}

static int parse_all(Parser *s) {
        int r;

        for (;;) {
                s->p = skip_blank(s->p, s->end);
                if (s->p == s->end)
                        return s->depth == 0 ? 0 : -EBADMSG;
                r = *s->p == '}' ? close_section(s) : parse_node(s);
                if (r < 0)
                        return r;
        }
}

int config_parse(const char *text, size_t n, ConfigTree **ret) {
        _cleanup_(config_tree_unrefp) ConfigTree *t = NULL;
        Parser s = {};
        int r;

        assert(text && ret);
        n = strnlen(text, n);
        if (n > CONFIG_MAX_BYTES)
                return -EBADMSG;
        t = calloc(1, sizeof(ConfigTree));
        if (!t)
                return -ENOMEM;
        t->n_ref = 1;
        t->text = malloc(n + 1);
        if (!t->text)
                return -ENOMEM;
        memcpy(t->text, text, n);
        t->text[n] = '\0';
        t->size = n;
        s.tree = t;
        s.p = t->text;
        s.end = t->text + n;
        t->root = (ConfigNode) { .type = CONFIG_SECTION, .key = t->text, .value = t->text, .value_size = (uint32_t) n };
        s.levels[0] = (Level) { &t->root, &t->root.child };
        r = parse_all(&s);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(t);
        return 0;
}

ConfigTree *config_tree_ref(ConfigTree *t) {
        if (t)
                t->n_ref++;
        return t;
}

ConfigTree *config_tree_unref(ConfigTree *t) {
        Chunk *next;

        if (!t || --t->n_ref > 0)
                return NULL;
        for (Chunk *c = t->chunks; c; c = next) {
                next = c->next;
                free(c);
        }
        free(t->text);
        free(t);
        return NULL;
}

const ConfigNode *config_root(const ConfigTree *t) {
        return &t->root;
}

Span config_text(const ConfigTree *t) {
        return (Span) { t->text, t->size };
}

ConfigIter config_iter(const ConfigNode *node) {
        Span v = config_value(node);

        if (node->type == CONFIG_SECTION)
                v = (Span) { node->value, 0 };
        else if (node->type == CONFIG_ARRAY)
                v = (Span) { v.data + 1, v.size - 2 };
        return (ConfigIter) { v };
}

int config_next(ConfigIter *i, Span *ret) {
        const char *p = i->rest.data, *end = p + i->rest.size, *q;

        for (;;) {
                p = skip_blank(p, end);
                if (p == end)
                        return 0;
                if (*p != ',')
                        break;
                p++;
        }
        q = skip_scalar(p, end);
        if (!q)
                return -EBADMSG;
        *ret = span_between(p, q);
        i->rest = span_between(q, end);
        return 1;
}

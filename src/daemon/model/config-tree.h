/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The LVM2 text format (lvm2-compat 3.1), as a tree over the text it came from.
 *
 *   - Nodes hold spans of the text, no copies: what nobody changes is printed back byte for byte.
 *   - Nodes come from an arena; parsing is linear, without recursion, bounded in depth, nodes and size.
 *   - Values are decoded when asked for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* A volume group with 10,000 LVs has 3 MB of text and 140,000 nodes. */
#define CONFIG_MAX_DEPTH 32
#define CONFIG_MAX_NODES (2U << 20)
#define CONFIG_MAX_BYTES (64U << 20)

typedef struct Span {
        const char *data;
        size_t size;
} Span;

typedef enum ConfigType {
        CONFIG_SECTION,
        CONFIG_NUMBER, /* integer, float or bare word */
        CONFIG_STRING,
        CONFIG_ARRAY,
} ConfigType;

/* There are many of these: use the functions below. */
typedef struct ConfigNode ConfigNode;
struct ConfigNode {
        const char *key, *value;
        uint32_t value_size;
        uint32_t key_size : 29;
        uint32_t quoted : 1; /* the key is */
        uint32_t type : 2;
        const ConfigNode *child; /* first of a section */
        const ConfigNode *next;
};

static inline Span config_key(const ConfigNode *n) {
        return (Span) { n->key, n->key_size };
}

/* Behind '=' without surrounding blanks; of a section what stands between its braces. */
static inline Span config_value(const ConfigNode *n) {
        return (Span) { n->value, n->value_size };
}

/* From the key to the end of the value or the closing brace. */
static inline Span config_source(const ConfigNode *n) {
        const char *begin = n->key - n->quoted, *end = n->value + n->value_size + (n->type == CONFIG_SECTION);

        return (Span) { begin, (size_t) (end - begin) };
}

typedef struct ConfigTree ConfigTree;

/* Parses n bytes (a NUL ends the text early) into a tree with its own copy of the text.
 * -EBADMSG: not in the format or beyond a limit; -ENOMEM. */
int config_parse(const char *text, size_t n, ConfigTree **ret);
ConfigTree *config_tree_ref(ConfigTree *t);
ConfigTree *config_tree_unref(ConfigTree *t);
DEFINE_CLEANUP(ConfigTree, config_tree_unref);

const ConfigNode *config_root(const ConfigTree *t); /* a section without a key, around everything */
Span config_text(const ConfigTree *t);

bool config_key_is(const ConfigNode *node, const char *key);
/* The child of a section with that key, or NULL. */
const ConfigNode *config_child(const ConfigNode *section, const char *key);
/* The same in the root. */
const ConfigNode *config_top(const ConfigTree *t, const char *key);

/* -ENOENT if there is no such child, -EBADMSG if it is of another type or out of range. Of an array, the first
 * element: to LVM2 a value and an array of one are the same. */
int config_get_u64(const ConfigNode *section, const char *key, uint64_t *ret);
int config_get_u32(const ConfigNode *section, const char *key, uint32_t *ret);
int config_get_string(const ConfigNode *section, const char *key, char **ret);
int config_key_dup(const ConfigNode *node, char **ret);

/* The elements of an array; a single value counts as an array of one (lvm2-compat 3.1). */
typedef struct ConfigIter {
        Span rest;
} ConfigIter;
ConfigIter config_iter(const ConfigNode *value_node);
/* 1 and the raw element, 0 at the end, -EBADMSG. */
int config_next(ConfigIter *i, Span *ret);
bool span_is_string(Span element);
int span_to_string(Span element, char **ret); /* -EBADMSG if it is not a string */
int span_to_u64(Span element, uint64_t *ret); /* -EBADMSG if it is not a whole number */

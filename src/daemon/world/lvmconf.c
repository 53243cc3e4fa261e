/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/lvmconf.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "model/config-tree.h"
#include "world/files.h"

#define CONF_FILE "/etc/lvm/lvm.conf"
#define LOCAL_FILE "/etc/lvm/lvmlocal.conf"

static int conf_open(const char *file, ConfigTree **ret) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = file_read(file, &text);
        return r < 0 ? r : config_parse(text, strlen(text), ret);
}

char *lvmconf_string(const char *file, const char *section, const char *key) {
        _cleanup_(config_tree_unrefp) ConfigTree *tree = NULL;
        const ConfigNode *node;
        char *value = NULL;

        assert(section);
        assert(key);

        if (conf_open(file ?: CONF_FILE, &tree) < 0)
                return NULL;
        node = config_top(tree, section);
        if (!node || config_get_string(node, key, &value) < 0)
                return NULL;
        return value;
}

uint64_t lvmconf_u64(const char *section, const char *key, uint64_t fallback) {
        _cleanup_(config_tree_unrefp) ConfigTree *tree = NULL;
        const ConfigNode *node;
        uint64_t value;

        assert(section);
        assert(key);

        if (conf_open(CONF_FILE, &tree) < 0)
                return fallback;
        node = config_top(tree, section);
        return node && config_get_u64(node, key, &value) >= 0 ? value : fallback;
}

bool lvmconf_bool(const char *section, const char *key, bool fallback) {
        return lvmconf_u64(section, key, fallback) != 0;
}

int lvmconf_strings(const char *section, const char *key, char ***ret) {
        _cleanup_(config_tree_unrefp) ConfigTree *tree = NULL;
        _cleanup_(strv_freep) char **values = NULL;
        const ConfigNode *node;
        ConfigIter i;
        Span element;
        int r;

        assert(section);
        assert(key);
        assert(ret);

        *ret = NULL;
        if (conf_open(CONF_FILE, &tree) < 0)
                return 0;
        node = config_top(tree, section);
        node = node ? config_child(node, key) : NULL;
        if (!node)
                return 0;
        for (i = config_iter(node); (r = config_next(&i, &element)) > 0;) {
                _cleanup_free_ char *value = NULL;

                r = span_to_string(element, &value);
                if (r >= 0)
                        r = strv_extend(&values, value);
                if (r < 0)
                        return r;
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(values);
        return 0;
}

/* "vg", "vg/lv", "@tag"; "@*" asks for a tag of this host, which we do not know, so it allows nothing. */
static bool entry_matches(const char *entry, const char *vg, const char *lv, char *const *tags) {
        size_t n = strlen(vg);

        if (entry[0] == '@')
                return strv_contains(tags, entry + 1);
        if (strncmp(entry, vg, n) != 0)
                return false;
        return entry[n] == 0 || (entry[n] == '/' && strcmp(entry + n + 1, lv) == 0);
}

static bool list_matches(const ConfigNode *list, const char *vg, const char *lv, char *const *tags) {
        ConfigIter i = config_iter(list);
        bool found = false;
        Span element;

        while (!found && config_next(&i, &element) > 0) {
                _cleanup_free_ char *entry = NULL;

                found = span_to_string(element, &entry) >= 0 && entry_matches(entry, vg, lv, tags);
        }

        return found;
}

bool lvmconf_auto_activates(const char *vg, const char *lv, char *const *tags) {
        _cleanup_(config_tree_unrefp) ConfigTree *tree = NULL;
        const ConfigNode *section, *list;

        assert(vg);
        assert(lv);

        if (conf_open(CONF_FILE, &tree) < 0)
                return true;
        section = config_top(tree, "activation");
        list = section ? config_child(section, "auto_activation_volume_list") : NULL;
        return !list || list_matches(list, vg, lv, tags);
}

static char *machine_id(void) {
        char *text;

        if (file_read("/etc/machine-id", &text) < 0)
                return NULL;
        text[strcspn(text, "\n")] = 0;
        return text;
}

char *lvmconf_system_id(void) {
        _cleanup_free_ char *source = lvmconf_string(NULL, "global", "system_id_source");
        struct utsname host;

        if (!source || strcmp(source, "none") == 0)
                return NULL;
        if (strcmp(source, "uname") == 0)
                return uname(&host) < 0 ? NULL : strdup(host.nodename);
        if (strcmp(source, "machineid") == 0)
                return machine_id();
        if (strcmp(source, "lvmlocal") == 0)
                return lvmconf_string(LOCAL_FILE, "local", "system_id");
        return NULL; /* unknown: VGs that have an ID count as foreign, which is the safe side */
}

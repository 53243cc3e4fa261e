/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/dm-observe.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "world/dm-ioctl.h"

#define LIST_HAS_UUID 1U     /* DM_NAME_LIST_FLAG_HAS_UUID and DM_NAME_LIST_FLAG_DOESNT_HAVE_UUID of */
#define LIST_HAS_NO_UUID 2U  /* linux/dm-ioctl.h since 5.13; older headers lack them */

static int append(char **text, size_t *n, const char *line, int line_n) {
        char *grown;

        if (line_n < 0)
                return -ENOMEM;
        grown = realloc(*text, *n + (size_t) line_n + 1);
        if (!grown)
                return -ENOMEM;
        memcpy(grown + *n, line, (size_t) line_n + 1);
        *text = grown;
        *n += (size_t) line_n;
        return 0;
}

/* Calls back for every target of a table or status answer. Offsets come from the kernel, and are
 * checked all the same: the answer may have been cut. */
typedef int (*TargetFunc)(const struct dm_target_spec *spec, const char *params, void *userdata);

static int targets_foreach(const struct dm_ioctl *answer, TargetFunc func, void *userdata) {
        const char *base = (const char *) answer + answer->data_start;
        size_t offset = 0, size = answer->data_size > answer->data_start ? answer->data_size - answer->data_start : 0;

        for (uint32_t i = 0; i < answer->target_count; i++) {
                const struct dm_target_spec *spec = (const struct dm_target_spec *) (const void *) (base + offset);
                const char *params;
                int r;

                if (offset + sizeof(*spec) >= size)
                        return -EBADMSG;
                params = (const char *) (spec + 1);
                if (!memchr(params, 0, size - offset - sizeof(*spec)))
                        return -EBADMSG;
                r = func(spec, params, userdata);
                if (r < 0)
                        return r;
                if (spec->next <= offset)
                        break;
                offset = spec->next;
        }

        return 0;
}

typedef struct TableText {
        char *text;
        size_t n;
        bool raid;
} TableText;

static int add_table_line(const struct dm_target_spec *spec, const char *params, void *userdata) {
        TableText *t = userdata;
        char *line = NULL;
        int n, r;

        n = asprintf(&line, "%s%" PRIu64 " %" PRIu64 " %.*s %s", t->n > 0 ? "\n" : "", (uint64_t) spec->sector_start,
                     (uint64_t) spec->length, DM_MAX_TYPE_NAME, spec->target_type, params);
        r = append(&t->text, &t->n, n < 0 ? "" : line, n);
        if (n >= 0)
                free(line);
        if (strncmp(spec->target_type, "raid", DM_MAX_TYPE_NAME) == 0)
                t->raid = true;
        return r;
}

static int add_raid_status(const struct dm_target_spec *spec, const char *params, void *userdata) {
        char **status = userdata;

        if (*status || strncmp(spec->target_type, "raid", DM_MAX_TYPE_NAME) != 0)
                return 0;
        *status = strdup(params);
        return *status ? 0 : -ENOMEM;
}

static int read_table(int control, const char *name, uint32_t flags, struct dm_ioctl **ret_answer, TableText *ret) {
        _cleanup_free_ struct dm_ioctl *answer = NULL;
        struct dm_ioctl request;
        TableText table = {};
        int r;

        r = dm_request_init(&request, name, NULL, DM_STATUS_TABLE_FLAG | DM_NOFLUSH_FLAG | flags);
        if (r >= 0)
                r = dm_request_query(control, DM_TABLE_STATUS, &request, &answer);
        if (r >= 0)
                r = targets_foreach(answer, add_table_line, &table);
        if (r < 0) {
                free(table.text);
                return r;
        }

        *ret = table;
        if (ret_answer)
                *ret_answer = TAKE_PTR(answer);
        return 0;
}

static int read_raid_status(int control, const char *name, char **ret) {
        _cleanup_free_ struct dm_ioctl *answer = NULL;
        _cleanup_free_ char *status = NULL;
        struct dm_ioctl request;
        int r;

        r = dm_request_init(&request, name, NULL, DM_NOFLUSH_FLAG);
        if (r >= 0)
                r = dm_request_query(control, DM_TABLE_STATUS, &request, &answer);
        if (r >= 0)
                r = targets_foreach(answer, add_raid_status, &status);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(status);
        return 0;
}

/* BLKROSET shows here as well as a read-only table; opening the node to ask would count as an opener. */
static bool sysfs_read_only(uint32_t maj, uint32_t min) {
        _cleanup_fclose_ FILE *f = NULL;
        char path[64];

        (void) snprintf(path, sizeof(path), "/sys/dev/block/%" PRIu32 ":%" PRIu32 "/ro", maj, min);
        f = fopen(path, "re");
        return f && fgetc(f) == '1';
}

static void node_done(DmNode *n) {
        free(n->name);
        free(n->uuid);
        free(n->live_table);
        free(n->inactive_table);
        free(n->raid_status);
}

static int read_node(int control, const char *name, DmNode *ret) {
        _cleanup_free_ struct dm_ioctl *info = NULL;
        TableText live = {}, inactive = {};
        DmNode node = {};
        int r;

        r = read_table(control, name, 0, &info, &live);
        if (r < 0)
                return r;

        node = (DmNode) {
                .name = strdup(name),
                .uuid = strdup(info->uuid),
                .major = major((dev_t) info->dev),
                .minor = minor((dev_t) info->dev),
                .live_table = live.text,
                .suspended = info->flags & DM_SUSPEND_FLAG,
                .open_count = info->open_count > 0 ? (uint32_t) info->open_count : 0,
        };
        node.read_only = (info->flags & DM_READONLY_FLAG) || sysfs_read_only(node.major, node.minor);
        r = node.name && node.uuid ? 0 : -ENOMEM;

        if (r >= 0 && info->flags & DM_INACTIVE_PRESENT_FLAG) {
                r = read_table(control, name, DM_QUERY_INACTIVE_TABLE_FLAG, NULL, &inactive);
                if (r >= 0 && !inactive.text)
                        inactive.text = strdup(""); /* taken into use or cleared this very moment */
                node.inactive_table = inactive.text;
        }
        if (r >= 0 && live.raid)
                r = read_raid_status(control, name, &node.raid_status);
        if (r < 0) {
                node_done(&node);
                return r;
        }

        *ret = node;
        return 0;
}

static size_t align8(size_t n) {
        return (n + 7) & ~(size_t) 7;
}

/* The UUID of a list entry, NULL if this kernel does not tell it there. */
static const char *entry_uuid(const struct dm_name_list *entry) {
        const char *after = (const char *) entry + align8(offsetof(struct dm_name_list, name) + strlen(entry->name) + 1);
        const uint32_t *event = (const uint32_t *) (const void *) after;

        if (event[1] & LIST_HAS_UUID)
                return after + align8(2 * sizeof(uint32_t));
        return event[1] & LIST_HAS_NO_UUID ? "" : NULL;
}

static int add_node(DmObserved *o, int control, const char *name, const char *prefix) {
        DmNode node;
        DmNode *grown;
        int r;

        r = read_node(control, name, &node);
        if (r == -ENXIO)
                return 0; /* removed between the list and the question */
        if (r < 0)
                return r;
        if (strncmp(node.uuid, prefix, strlen(prefix)) != 0) {
                node_done(&node);
                return 0;
        }

        if ((o->n_nodes & (o->n_nodes - 1)) == 0) {
                grown = reallocarray(o->nodes, o->n_nodes ? o->n_nodes * 2 : 1, sizeof(*grown));
                if (!grown) {
                        node_done(&node);
                        return -ENOMEM;
                }
                o->nodes = grown;
        }
        o->nodes[o->n_nodes++] = node;
        return 0;
}

static int read_nodes(int control, const char *prefix, DmObserved *o) {
        _cleanup_free_ struct dm_ioctl *list = NULL;
        const struct dm_name_list *entry;
        struct dm_ioctl request;
        int r;

        /* Kernels since 5.13 filter by the UUID's beginning, and tell the UUIDs; older ones list everything. */
        r = dm_request_init(&request, NULL, prefix, DM_UUID_FLAG);
        if (r >= 0)
                r = dm_request_query(control, DM_LIST_DEVICES, &request, &list);
        if (r < 0)
                return r;

        entry = (const struct dm_name_list *) (const void *) ((const char *) list + list->data_start);
        if (list->data_size <= list->data_start || entry->dev == 0)
                return 0;
        for (;;) {
                const char *uuid = entry_uuid(entry);

                if (!uuid || strncmp(uuid, prefix, strlen(prefix)) == 0) {
                        r = add_node(o, control, entry->name, prefix);
                        if (r < 0)
                                return r;
                }
                if (entry->next == 0)
                        return 0;
                entry = (const struct dm_name_list *) (const void *) ((const char *) entry + entry->next);
        }
}

int dm_observe(const char *vg_id, DmObserved **ret) {
        _cleanup_(dm_observed_freep) DmObserved *o = NULL;
        _cleanup_close_ int control = -EBADF;
        char prefix[DM_UUID_LEN];
        int r;

        assert(ret);

        if (snprintf(prefix, sizeof(prefix), "LVM-%s", vg_id ? vg_id : "") >= (int) sizeof(prefix))
                return -EINVAL;
        o = calloc(1, sizeof(*o));
        if (!o)
                return -ENOMEM;

        control = dm_control_open();
        if (control < 0 && control != -ENXIO)
                return control;
        if (control >= 0) {
                r = read_nodes(control, prefix, o);
                if (r < 0)
                        return r;
        }

        *ret = TAKE_PTR(o);
        return 0;
}

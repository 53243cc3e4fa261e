/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-dm.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DM_MAJOR 253
#define LEGS_MAX 64
#define SUPERBLOCK_MAGIC 0x64526D44U

static void *must(void *p) {
        if (!p)
                abort();
        return p;
}

void fake_node_done(FakeNode *n) {
        free(n->name);
        free(n->uuid);
        free(n->live);
        free(n->inactive);
}

FakeNode *fake_world_node(FakeWorld *f, const char *name) {
        for (size_t i = 0; i < f->n_nodes; i++)
                if (strcmp(f->nodes[i].name, name) == 0)
                        return &f->nodes[i];

        return NULL;
}

static FakeNode *fake_world_node_by_uuid(FakeWorld *f, const char *uuid) {
        for (size_t i = 0; i < f->n_nodes; i++)
                if (strcmp(f->nodes[i].uuid, uuid) == 0)
                        return &f->nodes[i];

        return NULL;
}

/* Does the table have a word MAJOR:MINOR? */
static bool refers(const char *table, uint32_t major, uint32_t minor) {
        char word[32];
        size_t n = (size_t) snprintf(word, sizeof(word), "%u:%u", major, minor);

        for (const char *at = table; at && (at = strstr(at, word)); at += n)
                if ((at == table || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\n' || at[n] == '\0'))
                        return true;

        return false;
}

unsigned fake_world_open_count(const FakeWorld *f, const FakeNode *node) {
        unsigned n = node->n_external;

        for (size_t i = 0; i < f->n_nodes; i++)
                n += (refers(f->nodes[i].live, DM_MAJOR, node->minor) ? 1U : 0U) +
                     (refers(f->nodes[i].inactive, DM_MAJOR, node->minor) ? 1U : 0U);

        return n;
}

static const FakeNode *by_minor(const FakeWorld *f, uint32_t minor) {
        for (size_t i = 0; i < f->n_nodes; i++)
                if (f->nodes[i].minor == minor)
                        return &f->nodes[i];

        return NULL;
}

/* Raid ---------------------------------------------------------------------------------------------------------- */

typedef struct Legs {
        size_t n;
        bool there[LEGS_MAX];
        uint32_t meta_minor[LEGS_MAX];
        uint64_t rebuild, sectors;
} Legs;

/* "0 LEN raid raid1 N_PARAMS … N_DEVS META DATA …" with major:minor or "-". */
static bool parse_legs(const char *table, Legs *ret) {
        char *copy, *save = NULL, *word;
        Legs legs = {};
        long params;
        bool ok = false;

        if (!table || !strstr(table, " raid raid1 ") || strchr(table, '\n'))
                return false;
        copy = must(strdup(table));
        (void) strtok_r(copy, " ", &save);
        legs.sectors = strtoull(strtok_r(NULL, " ", &save), NULL, 10);
        (void) strtok_r(NULL, " ", &save);
        (void) strtok_r(NULL, " ", &save);
        params = atol(strtok_r(NULL, " ", &save));
        for (long i = 0; i < params && (word = strtok_r(NULL, " ", &save)); i++)
                if (strcmp(word, "rebuild") == 0 && ++i < params)
                        legs.rebuild |= UINT64_C(1) << atol(strtok_r(NULL, " ", &save));
        word = strtok_r(NULL, " ", &save);
        legs.n = word ? (size_t) atol(word) : 0;
        for (size_t i = 0; i < legs.n && i < LEGS_MAX; i++) {
                const char *meta = strtok_r(NULL, " ", &save), *data = strtok_r(NULL, " ", &save);

                if (!meta || !data)
                        break;
                legs.there[i] = strcmp(meta, "-") != 0;
                if (legs.there[i])
                        legs.meta_minor[i] = (uint32_t) atol(strchr(meta, ':') + 1);
                ok = i + 1 == legs.n;
        }

        free(copy);
        *ret = legs;
        return ok;
}

/* Where the first sector behind a linear node is; the fake kernel keeps its superblocks there, without a cache. */
static unsigned char *at_meta(FakeWorld *f, uint32_t minor, uint64_t offset) {
        const FakeNode *node = by_minor(f, minor);
        unsigned major, pv_minor;
        unsigned long long start;

        if (!node || !node->live || sscanf(node->live, "0 %*u linear %u:%u %llu", &major, &pv_minor, &start) != 3)
                return NULL;
        for (size_t i = 0; i < f->world.n_devices; i++)
                if (f->world.devices[i].where.major == major && f->world.devices[i].where.minor == pv_minor &&
                    start * 512 + offset + 4096 <= f->disks[i].n)
                        return fake_world_platter(f, i, start * 512 + offset);

        return NULL;
}

static unsigned char *superblock_at(FakeWorld *f, uint32_t minor) {
        return at_meta(f, minor, 0);
}

static void put32(unsigned char *at, uint32_t v) {
        v = htole32(v);
        memcpy(at, &v, sizeof(v));
}

static void put64(unsigned char *at, uint64_t v) {
        v = htole64(v);
        memcpy(at, &v, sizeof(v));
}

static uint64_t get64(const unsigned char *at) {
        uint64_t v;

        memcpy(&v, at, sizeof(v));
        return le64toh(v);
}

/* The header of the bitmap, in the next page. */
static void put_bitmap(FakeWorld *f, uint32_t minor, uint64_t events) {
        unsigned char *bitmap = at_meta(f, minor, 4096);

        if (!bitmap)
                return;
        memcpy(bitmap, "bitm", 4);
        put32(bitmap + 4, 4);
        put64(bitmap + 24, events);
        put64(bitmap + 40, 8); /* sectors */
        put32(bitmap + 52, 4096);
}

/* What a suspend of a running array does: every attached leg gets one more event, and the holes are marked. */
static void write_superblocks(FakeWorld *f, const Legs *legs) {
        uint64_t events = 0, failed = 0;

        for (size_t i = 0; i < legs->n; i++) {
                const unsigned char *sb = legs->there[i] ? superblock_at(f, legs->meta_minor[i]) : NULL;

                if (!legs->there[i])
                        failed |= UINT64_C(1) << i;
                if (sb && get64(sb + 16) > events)
                        events = get64(sb + 16);
        }
        for (size_t i = 0; i < legs->n; i++) {
                unsigned char *sb = legs->there[i] ? superblock_at(f, legs->meta_minor[i]) : NULL;

                if (!sb)
                        continue;
                put32(sb, SUPERBLOCK_MAGIC);
                put32(sb + 8, (uint32_t) legs->n);
                put32(sb + 12, (uint32_t) i);
                put64(sb + 16, events + 1);
                put64(sb + 24, failed);
                put64(sb + 32, UINT64_MAX);
                put_bitmap(f, legs->meta_minor[i], events + 1);
        }
}

/* Every leg that is attached is in sync at once: the data is no part of this machine. */
static char *raid_status(const char *table) {
        char health[LEGS_MAX + 1] = {}, *text;
        Legs legs;

        if (!parse_legs(table, &legs))
                return NULL;
        for (size_t i = 0; i < legs.n; i++)
                health[i] = legs.there[i] ? 'A' : '-';
        if (asprintf(&text, "raid1 %zu %s %llu/%llu idle 0 0 -", legs.n, health, (unsigned long long) legs.sectors,
                     (unsigned long long) legs.sectors) < 0)
                abort();

        return text;
}

/* Observation --------------------------------------------------------------------------------------------------- */

static char *copy_text(const char *s) {
        return s ? must(strdup(s)) : NULL;
}

static void observe_node(const FakeWorld *f, const FakeNode *from, DmNode *to) {
        *to = (DmNode) {
                .name = copy_text(from->name),
                .uuid = copy_text(from->uuid),
                .major = DM_MAJOR,
                .minor = from->minor,
                .live_table = copy_text(from->live),
                .inactive_table = copy_text(from->inactive),
                .suspended = from->suspended,
                .read_only = from->guarded || from->live_read_only,
                .open_count = fake_world_open_count(f, from),
                .raid_status = raid_status(from->live),
        };
}

int fake_observe(World *w, const Uuid *vg, DmObserved **ret) {
        FakeWorld *f = (FakeWorld *) w;
        DmObserved *o;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        o = must(calloc(1, sizeof(*o)));
        o->nodes = must(calloc(f->n_nodes + 1, sizeof(DmNode)));
        for (size_t i = 0; i < f->n_nodes; i++)
                if (!vg || strncmp(f->nodes[i].uuid + strlen("LVM-"), vg->chars, UUID_CHARS) == 0)
                        observe_node(f, &f->nodes[i], &o->nodes[o->n_nodes++]);

        r = fake_leave(f);
        if (r < 0)
                dm_observed_free(o);
        else
                *ret = o;
        return r;
}

int fake_dm_devno(World *w, const char *uuid, uint32_t *ret_major, uint32_t *ret_minor) {
        FakeWorld *f = (FakeWorld *) w;
        const FakeNode *n;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        n = fake_world_node_by_uuid(f, uuid);
        if (!n)
                return -ENXIO;

        *ret_major = DM_MAJOR;
        *ret_minor = n->minor;
        return fake_leave(f);
}

/* Changes ------------------------------------------------------------------------------------------------------- */

int fake_dm_create(World *w, const char *node, const char *uuid) {
        FakeWorld *f = (FakeWorld *) w;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        if (fake_world_node(f, node) || fake_world_node_by_uuid(f, uuid))
                return -EBUSY;

        f->nodes = must(reallocarray(f->nodes, f->n_nodes + 1, sizeof(FakeNode)));
        f->nodes[f->n_nodes++] = (FakeNode) {
                .name = copy_text(node),
                .uuid = copy_text(uuid),
                .minor = f->next_minor++,
        };
        return fake_leave(f);
}

/* Every word with a colon must be a disk or a node with a live table. */
static bool references_exist(const FakeWorld *f, const char *table) {
        char *copy = must(strdup(table)), *save = NULL;
        bool ok = true;

        for (char *word = strtok_r(copy, " \n", &save); word && ok; word = strtok_r(NULL, " \n", &save)) {
                unsigned major, minor;

                if (sscanf(word, "%u:%u", &major, &minor) != 2)
                        continue;
                if (major == DM_MAJOR) {
                        const FakeNode *node = by_minor(f, minor);

                        ok = node && node->live;
                        continue;
                }
                ok = false;
                for (size_t i = 0; i < f->world.n_devices && !ok; i++)
                        ok = f->world.devices[i].where.major == major && f->world.devices[i].where.minor == minor;
        }

        free(copy);
        return ok;
}

int fake_dm_load(World *w, const char *node, const char *table, bool read_only) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        Legs legs;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (!n || !references_exist(f, table) || strchr(table, '{'))
                return -ENXIO;

        if (f->restless > 0 && n->live && parse_legs(n->live, &legs)) {
                write_superblocks(f, &legs);
                f->restless--;
        }
        free(n->inactive);
        n->inactive = copy_text(table);
        n->inactive_read_only = read_only;
        return fake_leave(f);
}

int fake_dm_clear(World *w, const char *node) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        int r;

        r = fake_enter(f, true);
        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (!n)
                return -ENXIO;

        free(n->inactive);
        n->inactive = NULL;
        return fake_leave(f);
}

int fake_dm_suspend(World *w, const char *node, bool lockfs) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        Legs legs;
        int r;

        r = fake_enter(f, true);
        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (!n)
                return -ENXIO;
        if (n->suspended || !n->live)
                return -EINVAL;

        n->suspended = true;
        if (parse_legs(n->live, &legs))
                write_superblocks(f, &legs);
        return fake_leave(f);
}

int fake_dm_resume(World *w, const char *node, uint16_t udev_flags) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        int r;

        r = fake_enter(f, true);
        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (!n)
                return -ENXIO;
        if (!n->live && !n->inactive)
                return -EINVAL;

        if (n->inactive) {
                free(n->live);
                n->live = TAKE_PTR(n->inactive);
                n->live_read_only = n->inactive_read_only;
        }
        n->suspended = false;
        n->udev_flags = udev_flags;
        return fake_leave(f);
}

int fake_dm_rename(World *w, const char *node, const char *name) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (!n)
                return -ENXIO;
        if (fake_world_node(f, name))
                return -EBUSY;

        free(n->name);
        n->name = copy_text(name);
        return fake_leave(f);
}

int fake_dm_remove(World *w, const char *node) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (!n)
                return -ENXIO;
        if (fake_world_open_count(f, n) > 0)
                return -EBUSY;

        fake_node_done(n);
        memmove(n, n + 1, (size_t) (&f->nodes[--f->n_nodes] - n) * sizeof(FakeNode));
        return fake_leave(f);
}

int fake_dm_message(World *w, const char *node, const char *text) {
        FakeWorld *f = (FakeWorld *) w;
        int r;

        (void) text; /* nothing that a table or a superblock would show */
        r = fake_enter(f, false);
        if (r < 0)
                return r;
        return fake_world_node(f, node) ? fake_leave(f) : -ENXIO;
}

void fake_dm_age_bitmap(FakeWorld *f, const char *node) {
        const FakeNode *n = fake_world_node(f, node);
        unsigned char *bitmap = n ? at_meta(f, n->minor, 4096) : NULL;

        if (!bitmap)
                abort();
        put64(bitmap + 24, get64(bitmap + 24) - 1);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-world.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake-dm.h"

/* The machine runs out of memory never; a test that does has failed anyway. */
static void *must(void *p) {
        if (!p)
                abort();
        return p;
}

/* Faults -------------------------------------------------------------------------------------------------------- */

int fake_enter(FakeWorld *f, bool allowed_in_section) {
        if (f->dead)
                return -EIO;
        if (f->critical && !allowed_in_section)
                f->violation = "W3: a call that does not belong into a critical section";
        f->n_primitives++;
        if (f->n_primitives == f->open_at) {
                FakeNode *node = fake_world_node(f, f->open_node);

                if (node)
                        node->n_external++;
        }
        if (f->n_primitives == f->kill_at) {
                f->dead = true;
                return -EIO;
        }
        if (f->about_to)
                f->about_to(f, f->userdata);
        if (f->n_primitives == f->fail_at)
                return -f->fail_errno;

        return 0;
}

int fake_leave(FakeWorld *f) {
        return f->n_primitives == f->fail_after ? -f->fail_errno : 0;
}

/* Block devices ------------------------------------------------------------------------------------------------- */

unsigned char *fake_world_platter(FakeWorld *f, size_t dev, uint64_t offset) {
        FakePage **page = &f->disks[dev].pages[offset / 4096];

        if (!*page) {
                *page = must(calloc(1, sizeof(FakePage)));
                (*page)->n_refs = 1;
        } else if ((*page)->n_refs > 1) {
                FakePage *copy = must(malloc(sizeof(*copy)));

                *copy = **page;
                copy->n_refs = 1;
                (*page)->n_refs--;
                *page = copy;
        }

        (*page)->digest = 0;
        return (*page)->bytes + offset % 4096;
}

static void read_platter(const FakeWorld *f, size_t dev, uint64_t offset, unsigned char *buffer, size_t n) {
        while (n > 0) {
                const FakePage *page = f->disks[dev].pages[offset / 4096];
                size_t chunk = 4096 - offset % 4096 < n ? 4096 - offset % 4096 : n;

                if (page)
                        memcpy(buffer, page->bytes + offset % 4096, chunk);
                else
                        memset(buffer, 0, chunk);
                buffer += chunk;
                offset += chunk;
                n -= chunk;
        }
}

static int check_range(const FakeWorld *f, size_t dev, uint64_t offset, size_t n) {
        if (dev >= f->world.n_devices || offset > f->disks[dev].n || n > f->disks[dev].n - offset)
                return -EIO;

        return 0;
}

static int fake_read(World *w, size_t dev, uint64_t offset, void *buffer, size_t n) {
        FakeWorld *f = (FakeWorld *) w;
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        r = check_range(f, dev, offset, n);
        if (r < 0)
                return r;

        read_platter(f, dev, offset, buffer, n);
        for (size_t i = 0; i < f->n_cache; i++) {
                const FakeSector *s = &f->cache[i];
                uint64_t start = s->sector * 512, from = start > offset ? start : offset;
                uint64_t to = start + 512 < offset + n ? start + 512 : offset + n;

                if (s->dev == dev && from < to)
                        memcpy((unsigned char *) buffer + (from - offset), s->bytes + (from - start), to - from);
        }
        return fake_leave(f);
}

static int fake_write(World *w, size_t dev, uint64_t offset, const void *buffer, size_t n) {
        FakeWorld *f = (FakeWorld *) w;
        int r;

        r = fake_enter(f, true);
        if (r < 0)
                return r;
        r = check_range(f, dev, offset, n);
        if (r < 0)
                return r;
        if (offset % 512 || n % 512 || (uintptr_t) buffer % 512)
                f->violation = "write is not aligned";

        for (size_t i = 0; i < n / 512; i++) {
                if (f->n_cache == f->n_cache_allocated) {
                        f->n_cache_allocated = f->n_cache_allocated * 2 + 32;
                        f->cache = must(reallocarray(f->cache, f->n_cache_allocated, sizeof(FakeSector)));
                }
                FakeSector *s = &f->cache[f->n_cache++];

                s->dev = dev;
                s->sector = offset / 512 + i;
                memcpy(s->bytes, (const unsigned char *) buffer + i * 512, 512);
        }
        return fake_leave(f);
}

static void persist(FakeWorld *f, const FakeSector *s) {
        memcpy(fake_world_platter(f, s->dev, s->sector * 512), s->bytes, 512);
}

static int fake_flush(World *w, size_t dev) {
        FakeWorld *f = (FakeWorld *) w;
        size_t n = 0;
        int r;

        r = fake_enter(f, true);
        if (r < 0)
                return r;

        for (size_t i = 0; i < f->n_cache; i++)
                if (f->cache[i].dev == dev)
                        persist(f, &f->cache[i]);
                else
                        f->cache[n++] = f->cache[i];
        f->n_cache = n;
        return fake_leave(f);
}

#define SIGNATURE "SIGNATUR"

static bool has_signature(const FakeWorld *f, size_t dev, uint64_t offset) {
        unsigned char sector[512];

        read_platter(f, dev, offset, sector, sizeof(sector));
        return memcmp(sector, SIGNATURE, strlen(SIGNATURE)) == 0;
}

void fake_world_sign(FakeWorld *f, size_t dev) {
        memcpy(fake_world_platter(f, dev, 0), SIGNATURE, strlen(SIGNATURE));
        memcpy(fake_world_platter(f, dev, f->disks[dev].n - 512), SIGNATURE, strlen(SIGNATURE));
}

bool fake_world_signed(const FakeWorld *f, size_t dev) {
        return has_signature(f, dev, 0) || has_signature(f, dev, f->disks[dev].n - 512);
}

static int fake_erase(World *w, size_t dev) {
        FakeWorld *f = (FakeWorld *) w;
        uint64_t last = f->disks[dev].n - 512;
        bool found = fake_world_signed(f, dev);
        int r;

        r = fake_enter(f, false);
        if (r < 0)
                return r;
        if (found)
                memset(fake_world_platter(f, dev, has_signature(f, dev, 0) ? 0 : last), 0, 512);
        r = fake_leave(f);
        return r < 0 ? r : found;
}

/* Filesystem, guard, files -------------------------------------------------------------------------------------- */

static int fake_udev_wait(World *w) {
        int r = fake_enter((FakeWorld *) w, false);

        return r < 0 ? r : fake_leave((FakeWorld *) w);
}

static int fake_critical_enter(World *w, const Step *steps, size_t n_steps) {
        FakeWorld *f = (FakeWorld *) w;
        int r;

        assert(steps && n_steps > 0);
        r = fake_enter(f, false);
        if (r < 0)
                return r;
        f->critical = true; /* of our own process: there is no answer that could get lost */
        return 0;
}

static void fake_critical_leave(World *w) {
        ((FakeWorld *) w)->critical = false;
}

static int fake_sync_fs(World *w, const char *node) {
        FakeWorld *f = (FakeWorld *) w;
        int r = fake_enter(f, false);

        if (r < 0)
                return r;
        return fake_world_node(f, node) ? fake_leave(f) : -ENXIO;
}

static int fake_freeze(World *w, const char *node) {
        FakeWorld *f = (FakeWorld *) w;
        int r = fake_enter(f, false);

        if (r < 0)
                return r;
        if (!fake_world_node(f, node))
                return -ENXIO;
        f->frozen = true;
        return fake_leave(f);
}

static int fake_thaw(World *w) {
        FakeWorld *f = (FakeWorld *) w;
        int r = fake_enter(f, false);

        if (r < 0)
                return r;
        f->frozen = false;
        return fake_leave(f);
}

static int fake_guard(World *w, const char *node, bool read_only) {
        FakeWorld *f = (FakeWorld *) w;
        FakeNode *n;
        int r = fake_enter(f, false);

        if (r < 0)
                return r;
        n = fake_world_node(f, node);
        if (n)
                n->guarded = read_only;
        return fake_leave(f);
}

static int fake_guard_set(World *w, const char *node) {
        return fake_guard(w, node, true);
}

static int fake_guard_clear(World *w, const char *node) {
        return fake_guard(w, node, false);
}

static void intent_drop(FakeWorld *f, const Uuid *vg) {
        for (size_t i = 0; i < f->n_intents; i++)
                if (uuid_equal(&f->intents[i].vg, vg)) {
                        free(f->intents[i].text);
                        f->intents[i] = f->intents[--f->n_intents];
                        return;
                }
}

static int fake_intent_write(World *w, const Uuid *vg, const char *text) {
        FakeWorld *f = (FakeWorld *) w;
        int r = fake_enter(f, false);

        if (r < 0)
                return r;
        intent_drop(f, vg);
        f->intents = must(reallocarray(f->intents, f->n_intents + 1, sizeof(FakeFile)));
        f->intents[f->n_intents++] = (FakeFile) { .vg = *vg, .text = must(strdup(text)) };
        return fake_leave(f);
}

static int fake_intent_remove(World *w, const Uuid *vg) {
        FakeWorld *f = (FakeWorld *) w;
        int r = fake_enter(f, false);

        if (r < 0)
                return r;
        intent_drop(f, vg);
        return fake_leave(f);
}

static int fake_backup(World *w, const char *vg_name, const char *text, bool before) {
        int r = fake_enter((FakeWorld *) w, false);

        return r < 0 ? r : fake_leave((FakeWorld *) w);
}

static const WorldOps fake_ops = {
        .read = fake_read,
        .write = fake_write,
        .flush = fake_flush,
        .erase = fake_erase,
        .observe = fake_observe,
        .dm_devno = fake_dm_devno,
        .dm_create = fake_dm_create,
        .dm_load = fake_dm_load,
        .dm_clear = fake_dm_clear,
        .dm_suspend = fake_dm_suspend,
        .dm_resume = fake_dm_resume,
        .dm_rename = fake_dm_rename,
        .dm_remove = fake_dm_remove,
        .dm_message = fake_dm_message,
        .udev_wait = fake_udev_wait,
        .critical_enter = fake_critical_enter,
        .critical_leave = fake_critical_leave,
        .sync_fs = fake_sync_fs,
        .freeze = fake_freeze,
        .thaw = fake_thaw,
        .guard_set = fake_guard_set,
        .guard_clear = fake_guard_clear,
        .intent_write = fake_intent_write,
        .intent_remove = fake_intent_remove,
        .backup = fake_backup,
};

/* Life of the machine ------------------------------------------------------------------------------------------- */

FakeWorld *fake_world_new(size_t n_devices, size_t bytes_each) {
        FakeWorld *f = must(calloc(1, sizeof(*f)));

        f->world.ops = &fake_ops;
        f->world.freeze_limit_ms = 1000;
        f->world.n_devices = n_devices;
        f->world.devices = must(calloc(n_devices, sizeof(WorldDevice)));
        f->disks = must(calloc(n_devices, sizeof(FakeDevice)));
        for (size_t i = 0; i < n_devices; i++) {
                char path[32];

                (void) snprintf(path, sizeof(path), "/dev/vd%c", (char) ('b' + i));
                f->world.devices[i].where = (PvDevice) {
                        .path = must(strdup(path)),
                        .major = 254,
                        .minor = (uint32_t) (16 * (i + 1)),
                        .bytes = bytes_each,
                        .block_bytes = 512,
                };
                f->disks[i] = (FakeDevice) { .pages = must(calloc(bytes_each / 4096, sizeof(FakePage *))), .n = bytes_each };
        }

        return f;
}

static void drop_run(FakeWorld *f) {
        for (size_t i = 0; i < f->n_nodes; i++)
                fake_node_done(&f->nodes[i]);
        for (size_t i = 0; i < f->n_intents; i++)
                free(f->intents[i].text);
        free(f->nodes);
        free(f->intents);
        f->nodes = NULL;
        f->intents = NULL;
        f->n_nodes = f->n_intents = 0;
        f->frozen = false;
}

static void drop_pages(FakeDevice *d) {
        for (size_t i = 0; i < d->n / 4096; i++)
                if (d->pages[i] && --d->pages[i]->n_refs == 0)
                        free(d->pages[i]);
        free(d->pages);
}

FakeWorld *fake_world_free(FakeWorld *f) {
        if (!f)
                return NULL;

        drop_run(f);
        for (size_t i = 0; i < f->world.n_devices; i++) {
                free(f->world.devices[i].where.path);
                drop_pages(&f->disks[i]);
        }
        free(f->world.devices);
        free(f->disks);
        free(f->cache);
        free(f);
        return NULL;
}

static char *copy_text(const char *s) {
        return s ? must(strdup(s)) : NULL;
}

FakeWorld *fake_world_clone(const FakeWorld *f) {
        FakeWorld *c = fake_world_new(f->world.n_devices, f->disks[0].n);

        for (size_t i = 0; i < f->world.n_devices; i++) {
                for (size_t j = 0; j < f->disks[i].n / 4096; j++) {
                        c->disks[i].pages[j] = f->disks[i].pages[j];
                        if (c->disks[i].pages[j])
                                c->disks[i].pages[j]->n_refs++;
                }
                c->world.devices[i].pv = f->world.devices[i].pv;
        }
        c->cache = must(calloc(f->n_cache + 1, sizeof(FakeSector)));
        c->n_cache = f->n_cache;
        c->n_cache_allocated = f->n_cache + 1;
        if (f->n_cache > 0)
                memcpy(c->cache, f->cache, f->n_cache * sizeof(FakeSector));
        c->nodes = must(calloc(f->n_nodes + 1, sizeof(FakeNode)));
        for (c->n_nodes = 0; c->n_nodes < f->n_nodes; c->n_nodes++) {
                FakeNode *n = &c->nodes[c->n_nodes];

                *n = f->nodes[c->n_nodes];
                n->name = copy_text(n->name);
                n->uuid = copy_text(n->uuid);
                n->live = copy_text(n->live);
                n->inactive = copy_text(n->inactive);
        }
        c->intents = must(calloc(f->n_intents + 1, sizeof(FakeFile)));
        for (c->n_intents = 0; c->n_intents < f->n_intents; c->n_intents++)
                c->intents[c->n_intents] = (FakeFile) { f->intents[c->n_intents].vg, copy_text(f->intents[c->n_intents].text) };
        c->world.vg = f->world.vg;
        c->next_minor = f->next_minor;
        c->random = f->random;
        c->frozen = f->frozen;
        c->violation = f->violation;
        return c;
}

void fake_world_restart(FakeWorld *f) {
        f->n_primitives = f->kill_at = f->fail_at = f->fail_after = 0;
        f->fail_errno = 0;
        f->dead = f->critical = false;
}

void fake_world_settle(FakeWorld *f) {
        for (size_t i = 0; i < f->n_cache; i++)
                persist(f, &f->cache[i]);
        f->n_cache = 0;
}

/* Which sectors are lost: up to 4 unflushed ones, every subset; more, none, each one alone missing, and every
 * prefix (a queue that was cut off); a great many, only prefixes in 8 steps. */
#define FEW 4U
#define MANY 64U

size_t fake_world_n_subsets(const FakeWorld *f) {
        if (f->n_cache <= FEW)
                return (size_t) 1 << f->n_cache;

        return f->n_cache <= MANY ? 1 + 2 * f->n_cache : 9;
}

static bool survives(const FakeWorld *f, size_t subset, size_t i) {
        if (f->n_cache <= FEW)
                return subset >> i & 1;
        if (f->n_cache > MANY)
                return i < subset * f->n_cache / 8;
        if (subset < f->n_cache)
                return i != subset;

        return i < subset - f->n_cache;
}

void fake_world_power_cut(FakeWorld *f, size_t subset) {
        for (size_t i = 0; i < f->n_cache; i++)
                if (survives(f, subset, i))
                        persist(f, &f->cache[i]);
        f->n_cache = 0;
        drop_run(f);
        fake_world_restart(f);
}

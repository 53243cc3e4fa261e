/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "digest.h"

#include <stdlib.h>
#include <string.h>

static uint64_t mix(uint64_t state, uint64_t word) {
        state = (state ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        return state ^ state >> 32;
}

static uint64_t mix_bytes(uint64_t state, const void *bytes, size_t n) {
        const unsigned char *p = bytes;

        for (; n >= sizeof(uint64_t); p += sizeof(uint64_t), n -= sizeof(uint64_t)) {
                uint64_t word;

                memcpy(&word, p, sizeof(word));
                state = mix(state, word);
        }
        for (; n > 0; p++, n--)
                state = mix(state, *p);
        return state;
}

static uint64_t mix_text(uint64_t state, const char *text) {
        size_t n = text ? strlen(text) + 1 : 0;

        return mix_bytes(mix(state, n), text, n);
}

static uint64_t mix_disk(uint64_t state, const FakeDevice *d) {
        for (size_t i = 0; i < d->n / sizeof(d->pages[0]->bytes); i++) {
                FakePage *page = d->pages[i];

                if (!page)
                        continue;
                if (page->digest == 0)
                        page->digest = mix_bytes(1, page->bytes, sizeof(page->bytes)) | 1;
                state = mix(mix(state, i), page->digest);
        }
        return state;
}

static uint64_t mix_node(uint64_t state, const FakeNode *n) {
        state = mix_text(mix_text(mix_text(mix_text(state, n->name), n->uuid), n->live), n->inactive);
        state = mix(state, (uint64_t) n->minor << 32 | n->udev_flags);
        return mix(state, n->n_external << 4 | (unsigned) n->suspended << 3 | (unsigned) n->guarded << 2 |
                                  (unsigned) n->live_read_only << 1 | n->inactive_read_only);
}

uint64_t fake_world_digest(const FakeWorld *f) {
        uint64_t state = mix(1, f->next_minor);

        for (size_t i = 0; i < f->world.n_devices; i++)
                state = mix_bytes(mix_disk(mix(state, i), &f->disks[i]), &f->world.devices[i].pv, sizeof(Uuid));
        for (size_t i = 0; i < f->n_cache; i++) {
                state = mix(mix(state, f->cache[i].dev), f->cache[i].sector);
                state = mix_bytes(state, f->cache[i].bytes, sizeof(f->cache[i].bytes));
        }
        for (size_t i = 0; i < f->n_nodes; i++)
                state = mix_node(state, &f->nodes[i]);
        for (size_t i = 0; i < f->n_intents; i++)
                state = mix_text(mix_bytes(state, &f->intents[i].vg, sizeof(Uuid)), f->intents[i].text);
        state = mix_bytes(state, &f->world.vg, sizeof(Uuid));
        state = mix_text(mix(mix(state, f->frozen), f->random), f->violation);
        return state;
}

static bool add(DigestSet *set, uint64_t digest) {
        size_t i = digest & (set->n_slots - 1);

        for (; set->slots[i] != 0; i = (i + 1) & (set->n_slots - 1))
                if (set->slots[i] == digest)
                        return true;
        set->slots[i] = digest;
        set->n++;
        return false;
}

bool digest_set_add(DigestSet *set, uint64_t digest) {
        if (set->n * 2 >= set->n_slots) {
                DigestSet larger = { .n_slots = set->n_slots ? set->n_slots * 2 : 1024 };

                larger.slots = calloc(larger.n_slots, sizeof(uint64_t));
                if (!larger.slots)
                        abort();
                for (size_t i = 0; i < set->n_slots; i++)
                        if (set->slots[i] != 0)
                                (void) add(&larger, set->slots[i]);
                free(set->slots);
                *set = larger;
        }
        return add(set, digest | 1); /* 0 is no digest */
}

void digest_set_done(DigestSet *set) {
        free(set->slots);
        *set = (DigestSet) {};
}

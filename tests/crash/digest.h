/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Which machines have been looked at already. What reads only leaves the machine as it was: whoever is killed before it, and whoever is
 * killed behind it, leave the same state, and what becomes of it needs to be seen once. */

#include "fake-world.h"

/* Of everything that fake_world_restart() lets be: disks, caches, nodes, /run, and what the machine makes up next. */
uint64_t fake_world_digest(const FakeWorld *f);

typedef struct DigestSet {
        uint64_t *slots; /* 0: free */
        size_t n, n_slots;
} DigestSet;

/* True if it was in the set already. Aborts when there is no memory. */
bool digest_set_add(DigestSet *set, uint64_t digest);
void digest_set_done(DigestSet *set);

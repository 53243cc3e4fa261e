/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon is told by the helper of the kernel's nodes. */

#include "fuzz.h"

#include <string.h>

#include "model/dm-wire.h"

/* What was taken is complete, and as good as what is made of it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(dm_observed_freep) DmObserved *o = NULL, *again = NULL;
        _cleanup_(buf_done) Buf first = {}, second = {};

        if (dm_wire_decode((const char *) data, n, &o) < 0)
                return 0;
        for (size_t i = 0; i < o->n_nodes; i++)
                FUZZ_ASSERT(o->nodes[i].name && o->nodes[i].uuid);
        dm_wire_encode(o, &first);
        FUZZ_ASSERT(first.failed || dm_wire_decode(first.data, first.size, &again) >= 0);
        if (!again)
                return 0;
        FUZZ_ASSERT(again->n_nodes == o->n_nodes);
        dm_wire_encode(again, &second);
        FUZZ_ASSERT(second.failed || (second.size == first.size && (first.size == 0 || memcmp(first.data, second.data, first.size) == 0)));
        return 0;
}

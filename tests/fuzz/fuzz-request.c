/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the worker is asked, and what it remembers of itself across a crash. */

#include "fuzz.h"

#include <string.h>

#include "world/intent.h"
#include "world/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(worker_request_freep) WorkerRequest *request = NULL;
        _cleanup_(intent_freep) Intent *intent = NULL, *again = NULL;
        _cleanup_free_ char *text = malloc(n + 1), *printed = NULL;

        if (!text)
                return 0;
        memcpy(text, data, n);
        text[n] = '\0';
        (void) worker_request_parse(text, &request);
        if (intent_from_json(text, &intent) >= 0 && intent_to_json(intent, &printed) >= 0) {
                FUZZ_ASSERT(intent_from_json(printed, &again) >= 0);
                FUZZ_ASSERT(again->seqno == intent->seqno && again->n_before == intent->n_before);
        }
        return 0;
}

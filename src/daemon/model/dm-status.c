/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/dm-status.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "model/config-tree.h"

static const char *const action_names[_RAID_SYNC_MAX] = {
        [RAID_SYNC_IDLE] = "idle",     [RAID_SYNC_FROZEN] = "frozen", [RAID_SYNC_RESHAPE] = "reshape",
        [RAID_SYNC_RESYNC] = "resync", [RAID_SYNC_CHECK] = "check",   [RAID_SYNC_REPAIR] = "repair",
        [RAID_SYNC_RECOVER] = "recover", [RAID_SYNC_UNKNOWN] = "unknown",
};

const char *raid_sync_action_to_string(RaidSyncAction a) {
        return a >= 0 && a < _RAID_SYNC_MAX ? action_names[a] : NULL;
}

/* The next word between blanks; size 0 at the end. */
static Span next_word(const char **p) {
        Span w;

        *p += strspn(*p, " \n");
        w = (Span) { *p, strcspn(*p, " \n") };
        *p += w.size;
        return w;
}

static RaidSyncAction action_from_span(Span w) {
        for (RaidSyncAction a = 0; a < _RAID_SYNC_MAX; a++)
                if (strlen(action_names[a]) == w.size && memcmp(action_names[a], w.data, w.size) == 0)
                        return a;
        return RAID_SYNC_UNKNOWN;
}

static int parse_health(Span w, RaidStatus *s) {
        if (w.size != s->n_devices || strspn(w.data, "AaD-") < w.size)
                return -EBADMSG;
        memcpy(s->health, w.data, w.size);
        return 0;
}

static int parse_ratio(Span w, RaidStatus *s) {
        const char *slash = memchr(w.data, '/', w.size);
        size_t n = slash ? (size_t) (slash - w.data) : 0;

        if (!slash)
                return -EBADMSG;
        if (span_to_u64((Span) { w.data, n }, &s->done) < 0 ||
            span_to_u64((Span) { slash + 1, w.size - n - 1 }, &s->total) < 0)
                return -EBADMSG;
        return 0;
}

int raid_status_parse(const char *params, RaidStatus *ret) {
        RaidStatus s = { .action = RAID_SYNC_UNKNOWN };
        const char *p = params;
        uint64_t n;
        Span w;

        assert(params && ret);
        if (next_word(&p).size == 0) /* raid type */
                return -EBADMSG;
        if (span_to_u64(next_word(&p), &n) < 0 || n < 1 || n > RAID_DEVICES_MAX)
                return -EBADMSG;
        s.n_devices = (unsigned) n;
        if (parse_health(next_word(&p), &s) < 0 || parse_ratio(next_word(&p), &s) < 0)
                return -EBADMSG;
        w = next_word(&p);
        if (w.size > 0)
                s.action = action_from_span(w);
        w = next_word(&p);
        if (w.size > 0 && span_to_u64(w, &s.mismatches) < 0)
                return -EBADMSG;
        *ret = s;
        return 0;
}

bool raid_status_in_sync(const RaidStatus *s) {
        return s->total > 0 && s->done == s->total;
}

bool raid_status_resyncs(const RaidStatus *s) {
        return s->action == RAID_SYNC_RESYNC || s->action == RAID_SYNC_REPAIR;
}

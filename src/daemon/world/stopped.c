/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/stopped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "model/dm-status.h"
#include "world/dm-observe.h"
#include "world/files.h"
#include "world/log.h"

/* On the root filesystem, which is all that there is when volumes are activated. */
#define NOTE_DIR "/etc/lvm"
#define NOTE_PATH NOTE_DIR "/raidd-stopped"
#define PREPARED_PATH RUN_DIR "/unfinished"

#define LV_ID_AT (strlen("LVM-") + UUID_CHARS)

void stopped_note_done(StoppedNote *n) {
        free(n->unfinished);
        *n = (StoppedNote) {};
}

static bool is_repaired(const DmNode *node) {
        RaidStatus status;

        return node->raid_status && raid_status_parse(node->raid_status, &status) >= 0 && status.action == RAID_SYNC_REPAIR &&
               strlen(node->uuid) >= LV_ID_AT + UUID_CHARS;
}

/* A line for each volume that is being repaired, after those in before. */
static int list_repairs(const char *before, char **ret) {
        _cleanup_(dm_observed_freep) DmObserved *observed = NULL;
        size_t size;
        FILE *f;
        int r;

        r = dm_observe(NULL, &observed);
        if (r < 0)
                return r;
        f = open_memstream(ret, &size);
        if (!f)
                return -errno;
        (void) fputs(before, f); /* fclose() tells */
        for (size_t i = 0; i < observed->n_nodes; i++)
                if (is_repaired(&observed->nodes[i]))
                        (void) fprintf(f, "%.*s\n", UUID_CHARS, observed->nodes[i].uuid + LV_ID_AT); /* fclose() tells */
        return fclose(f) == 0 ? 0 : -ENOMEM;
}

int stopped_note_prepare(void) {
        _cleanup_free_ char *text = NULL;
        int r;

        r = list_repairs("", &text);
        if (r >= 0)
                r = file_replace(PREPARED_PATH, text);
        if (r < 0)
                (void) unlink(PREPARED_PATH); /* of an earlier stop: it must not be taken for what is so now */
        return r;
}

int stopped_note_write(void) {
        _cleanup_free_ char *prepared = NULL, *text = NULL;
        int r;

        r = file_read(PREPARED_PATH, &prepared);
        if (r >= 0)
                r = list_repairs(prepared, &text);
        return r < 0 ? r : file_replace_durable(NOTE_PATH, text);
}

bool stopped_note_is_there(void) {
        return access(NOTE_PATH, F_OK) >= 0;
}

static int parse(char *text, StoppedNote *n) {
        char *rest = text;

        n->unfinished = calloc(strlen(text) / UUID_CHARS + 1, sizeof(Uuid));
        if (!n->unfinished)
                return -ENOMEM;
        for (char *line; (line = strsep(&rest, "\n")) && *line;)
                if (uuid_parse(line, &n->unfinished[n->n_unfinished++]) < 0)
                        return -EBADMSG;
        return 0;
}

static int unlink_note(void) {
        _cleanup_close_ int fd = open(NOTE_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 || unlink(NOTE_PATH) < 0 || fsync(fd) < 0 ? -errno : 0;
}

StoppedNote stopped_note_take(void) {
        _cleanup_free_ char *text = NULL;
        StoppedNote n = {};
        int r;

        r = file_read(NOTE_PATH, &text);
        if (r >= 0)
                r = parse(text, &n);
        if (r != -ENOENT) {
                int q = unlink_note();

                r = r < 0 ? r : q;
        }
        if (r < 0 && r != -ENOENT)
                log_warning("%s: %s; volumes that were written a moment ago are compared.", NOTE_PATH, strerror(-r));
        if (r < 0)
                stopped_note_done(&n);
        n.there = r >= 0;
        return n;
}

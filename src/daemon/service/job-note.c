/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/job-note.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "service/json.h"
#include "world/files.h"
#include "world/log.h"

#define FOLDER "job"

static void json_putp(json_object **o) {
        json_object_put(*o);
}

/* lv NULL: the folder. */
static char *note_path(const Uuid *lv) {
        const char *folders = getenv("RUNTIME_DIRECTORY");
        size_t n = folders ? strcspn(folders, ":") : 0;
        char *path;

        if (n == 0 || asprintf(&path, "%.*s/" FOLDER "%s%s", (int) n, folders, lv ? "/" : "", lv ? lv->chars : "") < 0)
                return NULL;
        return path;
}

static uint64_t seqno_of(const Manager *m, const Uuid *vg) {
        const VgState *s = manager_find_vg(m, vg);

        return s ? s->vg->seqno : 0;
}

static json_object *ranges_to_json(const Job *j) {
        json_object *list = json_object_new_array();

        for (size_t i = 0; list && i < j->n_copied; i++) {
                json_object *range = json_object_new_array();

                if (!range || json_object_array_add(list, range) < 0 ||
                    json_object_array_add(range, json_object_new_uint64(j->copied[i].offset)) < 0 ||
                    json_object_array_add(range, json_object_new_uint64(j->copied[i].size)) < 0) {
                        json_object_put(list);
                        return NULL;
                }
        }
        return list;
}

static json_object *note_to_json(const Manager *m, const Job *j) {
        json_object *o = json_object_new_object(), *ranges;

        if (!o)
                return NULL;
        (void) json_object_object_add(o, "seqno", json_object_new_uint64(seqno_of(m, &j->vg)));
        (void) json_object_object_add(o, "operation", json_object_new_string(j->operation));
        (void) json_object_object_add(o, "uid", json_object_new_uint64(j->uid));
        (void) json_object_object_add(o, "start", json_object_new_uint64(j->start));
        ranges = j->copied ? ranges_to_json(j) : NULL;
        if (ranges)
                (void) json_object_object_add(o, "ranges", ranges);
        return o;
}

void job_note_write(const Manager *m, const Job *j) {
        _cleanup_(json_putp) json_object *o = NULL;
        _cleanup_free_ char *folder = note_path(NULL), *path = note_path(&j->lv);
        const char *text;
        int r = -ENOMEM;

        assert(m && j);

        if (!folder || !path)
                return;
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
                r = -errno;
        else if ((o = note_to_json(m, j)) && (text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN)))
                r = file_replace(path, text);
        if (r < 0)
                log_warning("A restarted daemon will not know whose job %u is, ignoring: %s", j->id, strerror(-r));
}

/* A map that is longer than this is as good as everything. */
#define COPIED_MAX 65536U

void job_take_ranges(json_object *o, Job *j) {
        json_object *list;
        BitmapRange *ranges;
        size_t n;

        assert(j);

        if (!json_object_object_get_ex(o, "ranges", &list) || !json_object_is_type(list, json_type_array) ||
            json_object_array_length(list) > COPIED_MAX)
                return;
        n = json_object_array_length(list);
        ranges = calloc(n + 1, sizeof(*ranges));
        for (size_t i = 0; ranges && i < n; i++) {
                json_object *range = json_object_array_get_idx(list, i);

                if (!json_object_is_type(range, json_type_array)) {
                        free(ranges);
                        return;
                }
                ranges[i] = (BitmapRange) { json_object_get_uint64(json_object_array_get_idx(range, 0)),
                                            json_object_get_uint64(json_object_array_get_idx(range, 1)) };
        }
        if (ranges) /* else the position has to do */
                job_set_copied(j, ranges, n);
}

void job_note_read(const Manager *m, Job *j) {
        _cleanup_(json_putp) json_object *o = NULL;
        _cleanup_free_ char *path = note_path(&j->lv), *text = NULL;
        json_object *operation;
        char *copy;

        assert(m && j);

        if (!path || file_read(path, &text) < 0)
                return;
        o = json_tokener_parse(text);
        if (!o || !json_object_object_get_ex(o, "operation", &operation) || !json_object_is_type(operation, json_type_string) ||
            get_number(o, "seqno") != seqno_of(m, &j->vg) || !(copy = strdup(json_object_get_string(operation))))
                return;
        free(j->operation);
        j->operation = copy;
        j->uid = (uint32_t) get_number(o, "uid");
        j->start = get_number(o, "start");
        job_take_ranges(o, j);
}

void job_note_remove(const Uuid *lv) {
        _cleanup_free_ char *path = note_path(lv);

        if (path && unlink(path) < 0 && errno != ENOENT)
                log_warning("%s cannot be removed, ignoring: %s", path, strerror(errno));
}

static bool runs(const Manager *m, const char *lv) {
        for (const Job *j = m->jobs; j; j = j->next)
                if (j->end == 0 && streq(j->lv.chars, lv))
                        return true;
        return false;
}

void job_notes_prune(const Manager *m) {
        _cleanup_free_ char *folder = note_path(NULL);
        struct dirent *entry;
        DIR *d = folder ? opendir(folder) : NULL;

        while (d && (entry = readdir(d)))
                if (entry->d_name[0] != '.' && !runs(m, entry->d_name) && unlinkat(dirfd(d), entry->d_name, 0) < 0)
                        log_warning("%s/%s cannot be removed, ignoring: %s", folder, entry->d_name, strerror(errno));
        if (d)
                (void) closedir(d);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/answer.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#include "base/cleanup.h"
#include "world/lvmconf.h"

/* json-c fails only for lack of memory, and then returns NULL; a NULL object accepts nothing, so the error
 * sticks until put_line(). */
typedef struct Line {
        json_object *object;
        bool failed;
} Line;

static void json_putp(json_object **o) {
        json_object_put(*o);
}

static Line line_new(void) {
        json_object *o = json_object_new_object();

        return (Line) { o, !o };
}

static void line_done(Line *l) {
        json_object_put(l->object);
}

static void add(Line *l, json_object *o, const char *key, json_object *value) {
        if (!value || l->failed || json_object_object_add(o, key, value) < 0) {
                json_object_put(value);
                l->failed = true;
        }
}

static void add_string(Line *l, json_object *o, const char *key, const char *value) {
        add(l, o, key, json_object_new_string(value));
}

static void append(Line *l, json_object *array, json_object *value) {
        if (!value || l->failed || json_object_array_add(array, value) < 0) {
                json_object_put(value);
                l->failed = true;
        }
}

static int line_put(Line *l) {
        const char *text = l->failed ? NULL : json_object_to_json_string_ext(l->object, JSON_C_TO_STRING_PLAIN);

        if (!text)
                return -ENOMEM;
        if (fputs(text, stdout) < 0 || fputc('\n', stdout) == EOF || fflush(stdout) == EOF)
                return -EPIPE;
        return 0;
}

void answer_started(void) {
        _cleanup_(line_done) Line l = line_new();

        add_string(&l, l.object, "event", "started");
        (void) line_put(&l); /* whoever asked may be gone; the work goes on */
}

void answer_refused(Refusal refusal, const char *sentence) {
        _cleanup_(line_done) Line l = line_new();

        add_string(&l, l.object, "result", "refused");
        add_string(&l, l.object, "error", refusal_to_string(refusal));
        add_string(&l, l.object, "message", sentence);
        (void) line_put(&l);
}

void answer_failed(int error, const char *message, bool recovered) {
        _cleanup_(line_done) Line l = line_new();

        add_string(&l, l.object, "result", "failed");
        add(&l, l.object, "errno", json_object_new_int(error < 0 ? -error : error));
        add_string(&l, l.object, "message", message);
        add(&l, l.object, "recovered", json_object_new_boolean(recovered));
        (void) line_put(&l);
}

static json_object *pv_new(Line *l, const FoundPv *pv) {
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        add_string(l, o, "uuid", pv->pv.chars);
        add_string(l, o, "device", pv->where.path);
        add(l, o, "major", json_object_new_int64(pv->where.major));
        add(l, o, "minor", json_object_new_int64(pv->where.minor));
        add(l, o, "size", json_object_new_uint64(pv->where.bytes));
        return o;
}

static bool is_foreign(const VolumeGroup *vg) {
        _cleanup_free_ char *local = NULL;

        if (!vg->system_id || !*vg->system_id)
                return false;
        local = lvmconf_system_id();
        return vg_is_foreign(vg, local);
}

static json_object *vg_new(Line *l, const FoundVg *v) {
        _cleanup_(json_putp) json_object *o = json_object_new_object();
        json_object *pvs = json_object_new_array();

        if (!o || !pvs) {
                json_object_put(pvs);
                return NULL;
        }
        add_string(l, o, "name", v->vg->name);
        add_string(l, o, "uuid", v->vg->id.chars);
        add(l, o, "seqno", json_object_new_uint64(v->vg->seqno));
        add_string(l, o, "text", v->text);
        for (size_t i = 0; i < v->n_pvs; i++)
                append(l, pvs, pv_new(l, &v->pvs[i]));
        add(l, o, "pvs", pvs);
        add(l, o, "duplicates", json_object_new_boolean(v->duplicates));
        add_string(l, o, "problem", v->damaged ? "corrupt-metadata" : is_foreign(v->vg) ? "foreign-system-id" : "");
        return TAKE_PTR(o);
}

static void add_warnings(Line *l, char *const *warnings) {
        json_object *array = json_object_new_array();

        for (; array && warnings && *warnings; warnings++)
                append(l, array, json_object_new_string(*warnings));
        add(l, l->object, "warnings", array);
}

static void add_plan(Line *l, const Plan *plan) {
        _cleanup_free_ char *text = NULL;

        if (plan_to_json(plan, &text) < 0)
                l->failed = true;
        else
                add(l, l->object, "plan", json_tokener_parse(text));
}

static void add_ranges(Line *l, const BitmapRange *all, size_t n) {
        json_object *ranges = json_object_new_array();

        for (size_t i = 0; ranges && i < n; i++) {
                json_object *range = json_object_new_array();

                if (range) {
                        append(l, range, json_object_new_uint64(all[i].offset));
                        append(l, range, json_object_new_uint64(all[i].size));
                }
                append(l, ranges, range);
        }
        add(l, l->object, "ranges", ranges);
}

int answer_done(const DoneAnswer *d) {
        _cleanup_(line_done) Line l = line_new();
        bool no_evidence;

        assert(d);
        assert(d->plan);

        no_evidence = d->outcome && d->outcome->no_evidence;
        add_string(&l, l.object, "result", "done");
        add_string(&l, l.object, "object", d->plan->result.chars);
        add_string(&l, l.object, "summary", d->plan->summary);
        add_string(&l, l.object, "job_lv", d->plan->job_lv.chars);
        add_warnings(&l, d->plan->warnings);
        add(&l, l.object, "rebuild", json_object_new_boolean(d->plan->rebuild_slots != 0));
        add(&l, l.object, "full_recovery", json_object_new_boolean(d->plan->rebuild_slots != 0 || no_evidence));
        if (d->copied && d->plan->rebuild_slots == 0)
                add_ranges(&l, d->copied, d->n_copied);
        if (d->vg)
                add(&l, l.object, "vg", vg_new(&l, d->vg));
        else if (!l.failed)
                (void) json_object_object_add(l.object, "vg", NULL);
        if (d->dry_run) {
                add_plan(&l, d->plan);
                add(&l, l.object, "resync_bytes", json_object_new_uint64(d->plan->resync_bytes));
        }
        return line_put(&l);
}

static json_object *orphan_new(Line *l, const FoundOrphan *orphan) {
        json_object *o = json_object_new_object();

        if (!o)
                return NULL;
        add_string(l, o, "uuid", orphan->pv.chars);
        add_string(l, o, "device", orphan->path);
        add_string(l, o, "problem", orphan->problem);
        return o;
}

int answer_scanned(const Scan *s) {
        _cleanup_(line_done) Line l = line_new();
        json_object *vgs = json_object_new_array(), *foreign = json_object_new_array();

        assert(s);

        add_string(&l, l.object, "result", "scanned");
        for (size_t i = 0; vgs && i < s->n_vgs; i++)
                append(&l, vgs, vg_new(&l, &s->vgs[i]));
        for (size_t i = 0; foreign && i < s->n_orphans; i++)
                append(&l, foreign, orphan_new(&l, &s->orphans[i]));
        add(&l, l.object, "vgs", vgs);
        add(&l, l.object, "foreign", foreign);
        return line_put(&l);
}

int answer_changed(const ChangedAnswer *c) {
        _cleanup_(line_done) Line l = line_new();

        assert(c);

        add_string(&l, l.object, "result", "changed");
        add(&l, l.object, "changed", json_object_new_uint64(c->changed));
        add(&l, l.object, "total", json_object_new_uint64(c->total));
        add(&l, l.object, "region", json_object_new_uint64(c->region));
        if (c->ranges)
                add_ranges(&l, c->ranges, c->n_ranges);
        return line_put(&l);
}

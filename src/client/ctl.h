/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the verbs share: the options of the command line, the bus, the ways to end. */

#include "objects.h"

/* Exit codes; documented in raidctl(1). */
enum {
        EXIT_PLANNED = -1, /* between verbs and main() only: a plan was printed, which is 0 */
        EXIT_OK = 0,
        EXIT_FAILED = 1,
        EXIT_USAGE = 2,
        EXIT_NOT_FOUND = 3,
        EXIT_NOT_AUTHORIZED = 4,
        EXIT_NO_SERVICE = 5,
        EXIT_BUSY = 6,
        EXIT_REFUSED = 7,
        EXIT_UNCONFIRMED = 8,
        EXIT_PLAN_STALE = 9,
        EXIT_JOB_FAILED = 10,
};

typedef struct Ctl {
        sd_bus *bus;
        json_object *all; /* snapshot */
        int json;         /* 0 off, else flags of json_object_to_json_string_ext() | 1 << 30 */
        bool all_lvs, quiet, yes, no_legend, wait, degraded, no_quiesce, permanent, no_ask, regions, dry_run, repair, shrink, wipe;
        bool want_mount; /* at mount, or in a place of our own */
        bool planning; /* the call under way is one of Manager.Plan */
        const char *name, *pv, *size, *images, *count, *image, *extent_size, *region_size, *lock_timeout, *plan, *mount, *min, *max;
        const char *named_images[64], *named_pvs[64]; /* split: all of them; image and pv are the last */
        unsigned n_named_images, n_named_pvs;
        int argc;         /* words behind the verb */
        char **argv;
} Ctl;

#define CTL_JSON (1 << 30)

/* advice.c: lines of status; name is the volume's. */
bool is_tracked(json_object *volume, json_object *image);
void advise_on_image(Ctl *c, json_object *v, json_object *image, const char *name);
void advise_on_volume(Ctl *c, json_object *v, const char *name);
/* check.c: the line and the exit code of a check that could not be made, whatever hindered it. */
int check_unknown(const char *why);
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* That belongs to an error of the bus. */
int exit_code(const sd_bus_error *error);
/* Says what the service said about the object; returns the exit code that belongs to the error. */
int bus_failed(const char *object, const sd_bus_error *error, int r);
int snapshot(Ctl *c);
/* The same after a rescan: what was made by lvm2 a moment ago may not have been noticed yet. */
int look_again(Ctl *c);
/* The object that argv[i] names, or NULL with *ret_exit set and the reason printed. */
json_object *named_vg(Ctl *c, const char *name, int *ret_exit);
json_object *named_object(Ctl *c, int i, int *ret_exit);
/* 0 to go on. Asks on a terminal, wants --yes elsewhere. */
int confirm(const Ctl *c, const char *question);
void print_json(const Ctl *c, const char *key, json_object *value);
int parse_size(const char *text, uint64_t *ret);
void format_size(uint64_t bytes, char out[static 32]);

/* A call under way: arguments are appended after call_new(), by their names in the XML, and options between
 * call_open_options() and call_run(). With --dry-run it is a plan that is asked for, and printed by call_run(). */
sd_bus_message *call_new(Ctl *c, const char *path, const char *interface, const char *member);
int call_text(const Ctl *c, sd_bus_message *m, const char *key, const char *value);
int call_number(const Ctl *c, sd_bus_message *m, const char *key, uint64_t value);
int call_u32(const Ctl *c, sd_bus_message *m, const char *key, uint32_t value);
int call_path(const Ctl *c, sd_bus_message *m, const char *key, const char *value);
/* type: s or o */
int call_list(const Ctl *c, sd_bus_message *m, const char *key, char type, char **value);
int call_open_options(const Ctl *c, sd_bus_message *m);
int option_bool(sd_bus_message *m, const char *key, bool value);
int option_u32(sd_bus_message *m, const char *key, uint32_t value);
int option_u64(sd_bus_message *m, const char *key, uint64_t value);
int option_path(sd_bus_message *m, const char *key, const char *value);
/* --lock-timeout, which was given. */
uint64_t lock_timeout_usec(const Ctl *c);
/* The object path of a physical volume of the object's group, by device or identifier; NULL if it is none. Borrowed from the snapshot. */
const char *pv_path(Ctl *c, json_object *of, const char *name);
/* --pv, as the physical volume of the volume's group; -ENXIO if it is none. */
int option_pv(Ctl *c, sd_bus_message *m, json_object *volume);
/* Closes the options, calls, frees m. Returns an exit code; *ret_reply is the caller's, may be NULL. */
int call_run(Ctl *c, sd_bus_message *m, const char *object, sd_bus_message **ret_reply);
/* A method of the object that takes nothing but options. */
int simple_call(Ctl *c, json_object *o, const char *member, sd_bus_message **ret_reply);

/* split.c: the split that the options ask for; *ret_path is the image or the new volume, to be freed. */
int split_one(Ctl *c, json_object *o, const char *name, char **ret_path);
/* plan.c: prints what Manager.Plan replied; EXIT_PLANNED, or the exit code of the refusal. */
int print_plan(Ctl *c, const char *object, sd_bus_message *reply);

int verb_rename(Ctl *c);
int verb_resize(Ctl *c);
int verb_refresh(Ctl *c);
int verb_sync_rate(Ctl *c);
int verb_add_image(Ctl *c);
int verb_remove_image(Ctl *c);
int verb_replace_image(Ctl *c);
int verb_verify(Ctl *c);
int verb_check(Ctl *c);
int verb_list(Ctl *c);
int verb_monitor(Ctl *c);
int verb_status(Ctl *c);
int verb_show(Ctl *c);
int verb_run(Ctl *c);
int verb_scrub(Ctl *c);
int verb_split(Ctl *c);
int verb_merge(Ctl *c);
int verb_changed(Ctl *c);
int verb_create(Ctl *c);
int verb_remove(Ctl *c);
int verb_vg_create(Ctl *c);
int verb_vg_remove(Ctl *c);
int verb_vg_extend(Ctl *c);
int verb_vg_reduce(Ctl *c);
int verb_vg_rename(Ctl *c);
int verb_activate(Ctl *c);
int verb_deactivate(Ctl *c);
int verb_jobs(Ctl *c);
int verb_wait(Ctl *c);
int verb_pause(Ctl *c);
int verb_resume(Ctl *c);
int verb_cancel(Ctl *c);
/* Follows a job by its signals until it ends; draws a bar on a terminal. */
int wait_for_job(Ctl *c, const char *path);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Following jobs by their signals: no polling. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ctl.h"

#define BAR_MAX 30
#define BAR_MIN 5

typedef struct Follow {
        Ctl *c;
        json_object *job; /* the properties as last heard */
        bool tty, drawn, paused, gone; /* gone: the service is */
        int last_tenth;
} Follow;

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
        interrupted = number;
}

/* A line that is longer than the terminal is wide would stay, and the next one begin below. */
static void draw_line(double ratio, const char *text) {
        struct winsize size;
        int columns = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) >= 0 && size.ws_col > 0 ? size.ws_col : 80;
        int bar = columns - 1 - (int) strlen("  [] ") - (int) strlen(text);

        bar = bar > BAR_MAX ? BAR_MAX : bar;
        if (bar < BAR_MIN)
                printf("\r%.*s\033[K", columns - 1, text);
        else {
                int full = (int) (ratio * bar);

                printf("\r  [%.*s%.*s] %s\033[K", full, "##############################", bar - full, "..............................", text);
        }
        (void) fflush(stdout);
}

static void draw(Follow *f) {
        double ratio = get_real(f->job, "Progress");
        uint64_t rate = get_number(f->job, "Rate"), bytes = get_number(f->job, "Bytes"), done = get_number(f->job, "BytesDone");
        char a[32], b[32], speed[32], text[160];
        int tenth = (int) (ratio * 10), used;

        if (f->c->quiet || f->c->json)
                return;
        format_size(done, a);
        format_size(bytes, b);
        format_size(rate, speed);
        if (!f->tty) {
                if (tenth > f->last_tenth)
                        printf("  %3.0f %%  %s of %s\n", ratio * 100, a, b);
                f->last_tenth = tenth > f->last_tenth ? tenth : f->last_tenth;
                (void) fflush(stdout); /* a reader follows us; if it is gone we go on waiting */
                return;
        }
        used = snprintf(text, sizeof(text), "%3.0f %%  %s/%s  %s/s", ratio * 100, a, b, speed);
        if (rate > 0)
                (void) snprintf(text + used, sizeof(text) - (size_t) used, "  %llu s left", (unsigned long long) ((bytes - done) / rate));
        draw_line(ratio, text);
        f->drawn = true;
}

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        Follow *f = userdata;
        const char *interface;

        if (sd_bus_message_read(m, "s", &interface) >= 0 && strcmp(interface, RAIDD_INTERFACE("Job")) == 0 &&
            properties_read(m, f->job) >= 0)
                draw(f);
        return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *name, *old, *new;
        Follow *f = userdata;

        if (sd_bus_message_read(m, "sss", &name, &old, &new) >= 0 && strcmp(name, RAIDD_NAME) == 0 && *old)
                f->gone = true;
        return 0;
}

/* Once for each pause: nobody should wait without knowing that nothing happens. */
static void tell_pause(Follow *f) {
        bool paused = strcmp(get_text(f->job, "State"), "paused") == 0;
        unsigned long long id = get_number(f->job, "Id");

        if (paused && !f->paused)
                fprintf(stderr, "%sJob %llu is paused; 'raidctl resume %llu' lets it go on.\n", f->drawn ? "\n" : "", id, id);
        f->paused = paused;
}

static int follow(Follow *f, const char *path) {
        struct sigaction action = { .sa_handler = on_interrupt };
        unsigned long long id = get_number(f->job, "Id");

        (void) sigaction(SIGINT, &action, NULL); /* cannot fail with these arguments */
        draw(f);
        while (strcmp(get_text(f->job, "State"), "finished") != 0) {
                int r;

                tell_pause(f);
                r = sd_bus_process(f->c->bus, NULL);

                if (r == 0)
                        r = sd_bus_wait(f->c->bus, UINT64_MAX);
                if (interrupted) {
                        fprintf(stderr, "%sJob %llu goes on; 'raidctl wait %llu' follows it again.\n", f->drawn ? "\n" : "", id, id);
                        return EXIT_OK;
                }
                if (r < 0 && r != -EINTR)
                        return bus_failed(path, &SD_BUS_ERROR_NULL, r);
                if (f->gone) {
                        fprintf(stderr, "%sraidctl: raidd has gone away; the kernel goes on by itself, 'raidctl jobs' shows it when "
                                        "raidd is back.\n", f->drawn ? "\n" : "");
                        return EXIT_NO_SERVICE;
                }
        }
        if (f->drawn)
                puts("");
        return strcmp(get_text(f->job, "Result"), "done") == 0 ? EXIT_OK : EXIT_JOB_FAILED;
}

int wait_for_job(Ctl *c, const char *path) {
        Follow f = { .c = c, .tty = isatty(STDOUT_FILENO), .last_tenth = -1 };
        sd_bus_slot *slot = NULL, *owner = NULL; /* end with f, which they write to; verb_wait() comes here for each job */
        int r;

        r = sd_bus_match_signal(c->bus, &slot, RAIDD_NAME, path, "org.freedesktop.DBus.Properties", "PropertiesChanged",
                                on_changed, &f);
        if (r >= 0)
                r = sd_bus_match_signal(c->bus, &owner, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                        "NameOwnerChanged", on_owner, &f);
        if (r < 0) {
                sd_bus_slot_unref(slot);
                return bus_failed(path, &SD_BUS_ERROR_NULL, r);
        }
        r = snapshot(c); /* after the match: nothing is missed in between */
        if (r == 0)
                f.job = json_object_get(object_by_path(c->all, path));
        if (f.job) /* else finished and gone */
                r = follow(&f, path);
        sd_bus_slot_unref(slot);
        sd_bus_slot_unref(owner);
        json_object_put(f.job);
        return r;
}

static bool concerns(Ctl *c, json_object *job, const char *spec) {
        json_object *o = object_by_spec(c->all, spec);
        char id[24];

        (void) snprintf(id, sizeof(id), "%llu", (unsigned long long) get_number(job, "Id"));
        return strcmp(spec, id) == 0 || (o && strcmp(list_item(job, "Objects", 0), get_text(o, "path")) == 0);
}

static bool is_job(Ctl *c, const char *spec) {
        for (size_t i = 0; i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                if (is_kind(o, "Job") && concerns(c, o, spec))
                        return true;
        }
        return *spec && strspn(spec, "0123456789") == strlen(spec); /* a number that has ended by now */
}

int verb_wait(Ctl *c) {
        int r = snapshot(c), worst = EXIT_OK;
        json_object *all;

        if (r != 0)
                return r;
        if (c->argc > 1)
                return usage_error("Wait for one job or volume, or without a name for all.");
        if (c->argc == 1 && !is_job(c, c->argv[0]) && !object_by_spec(c->all, c->argv[0])) {
                fprintf(stderr, "%s: There is no such job or volume; 'raidctl jobs' and 'raidctl list' show those there are.\n", c->argv[0]);
                return EXIT_NOT_FOUND;
        }
        all = json_object_get(c->all);
        for (size_t i = 0; i < json_object_array_length(all); i++) {
                json_object *job = json_object_array_get_idx(all, i);

                if (!is_kind(job, "Job") || strcmp(get_text(job, "State"), "finished") == 0 ||
                    (c->argc > 0 && !concerns(c, job, c->argv[0])))
                        continue;
                r = wait_for_job(c, get_text(job, "path"));
                worst = r != EXIT_OK ? r : worst;
        }
        json_object_put(all);
        return worst;
}

/* By number, or the one of a volume that has not ended; NULL with the exit code. */
static json_object *named_job(Ctl *c, int *ret_exit) {
        if (c->argc != 1) {
                *ret_exit = usage_error("Name one job by its number, or its volume.");
                return NULL;
        }
        *ret_exit = snapshot(c);
        for (size_t i = 0; *ret_exit == EXIT_OK && i < json_object_array_length(c->all); i++) {
                json_object *o = json_object_array_get_idx(c->all, i);

                if (is_kind(o, "Job") && strcmp(get_text(o, "State"), "finished") != 0 && concerns(c, o, c->argv[0]))
                        return o;
        }
        if (*ret_exit == EXIT_OK) {
                fprintf(stderr, "%s: There is no such job, or it has ended; 'raidctl jobs' shows those there are.\n", c->argv[0]);
                *ret_exit = EXIT_NOT_FOUND;
        }
        return NULL;
}

static int change_job(Ctl *c, const char *member, const char *done) {
        sd_bus_message *m;
        json_object *job;
        int r;

        job = named_job(c, &r);
        if (!job)
                return r;
        m = call_new(c, get_text(job, "path"), RAIDD_INTERFACE("Job"), member);
        if (!m || call_open_options(c, m) < 0)
                return EXIT_FAILED;
        r = call_run(c, m, c->argv[0], NULL);
        if (r == EXIT_OK && !c->quiet && !c->json && !c->dry_run)
                printf("  Job %llu %s\n", (unsigned long long) get_number(job, "Id"), done);
        return r;
}

int verb_pause(Ctl *c) {
        return change_job(c, "Pause", "paused");
}

int verb_resume(Ctl *c) {
        return change_job(c, "Resume", "goes on");
}

int verb_cancel(Ctl *c) {
        return change_job(c, "Cancel", "cancelled");
}

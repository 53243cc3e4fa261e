/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every verb, stopped at every primitive in every way, on the fake machine: the planner, the executor, the metadata
 * I/O and the recovery are the real ones.
 *
 *   killed       the process dies before the primitive; a new one recovers
 *   power lost   the same, and of the unflushed sectors a subset survives; the machine boots
 *   fails        the primitive returns EIO, ENOMEM, EBUSY, EINTR or ENOSPC once, or EIO although it has had its effect; the executor makes
 *                good by itself
 *   in use       somebody opens a node just before the primitive and closes it when all is over; the process may be killed meanwhile
 *
 * and the recovery is stopped or fails at each of its primitives as well. Machines that are the same are looked at once: of the stops, many
 * lead to the same state. Afterwards, always: metadata is the old or the new,
 * the same on every PV, nothing announced; nothing is suspended, half-loaded or frozen; kernel and metadata agree;
 * tracked images are read-only; and the next operation works. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence.h"
#include "judge.h"
#include "scenarios.h"
#include "world/log.h"

static bool arg_shallow;
static size_t arg_every = 1;

/* Whether the recovery of this stop is to be stopped at that call: of each all, or a part that differs from stop to stop. */
static bool is_due(const Run *run, size_t at) {
        return (at + run->n_aftermaths) % arg_every == 0;
}

/* The VG in hand may not exist (any more), and then there is nothing to recover. */
static const char *recovery_problem(FakeWorld *f, int r) {
        _cleanup_free_ char *now = NULL;

        if (r == 0)
                return NULL;
        fake_world_restart(f);
        now = describe(f);
        return now ? "the recovery failed" : NULL;
}

/* Where a recovery can be killed: the machines that this leaves, of those that have not been. */
typedef struct Stops {
        Run *run;
        struct Stop {
                FakeWorld *machine;
                size_t at;
        } *stops;
        size_t n;
} Stops;

/* All of them come from one recovery, as it goes by: to begin a new one for each is most of the work. */
static void remember_stop(FakeWorld *f, void *userdata) {
        Stops *s = userdata;

        if (!is_due(s->run, f->n_primitives))
                return;
        if (has_been(s->run, f, FATE_RECOVERED_AGAIN)) {
                s->run->n_stops += 1 + fake_world_n_subsets(f);
                return;
        }
        s->stops = reallocarray(s->stops, s->n + 1, sizeof(*s->stops));
        if (!s->stops)
                abort();
        s->stops[s->n++] = (struct Stop) { fake_world_clone(f), f->n_primitives };
}

/* The recovery is stopped in its turn: killed, or the power goes; then there is another one. */
static void stop_recovery(Run *run, const struct Stop *stop, bool booted) {
        size_t length = strlen(run->trail), n_subsets = fake_world_n_subsets(stop->machine);

        for (size_t power = 0; power <= n_subsets; power++) {
                FakeWorld *again = fake_world_clone(stop->machine);
                int r;

                (void) snprintf(run->trail + length, sizeof(run->trail) - length, ", %s %zu at %zu of the recovery",
                                power > 0 ? "power lost, subset" : "killed,", power > 0 ? power - 1 : 0, stop->at);
                if (power > 0)
                        fake_world_power_cut(again, power - 1);
                r = come_back(again, run->scenario, booted || power > 0);
                run->booted = booted || power > 0;
                judge(run, again, recovery_problem(again, r));
        }
        run->trail[length] = '\0';
}

static void stops_done(Stops *s) {
        for (size_t i = 0; i < s->n; i++)
                s->stops[i].machine = fake_world_free(s->stops[i].machine);
        free(s->stops);
}

/* A primitive of the recovery fails once, and the daemon has it repeated. */
static void fail_recovery(Run *run, const FakeWorld *crashed, bool booted, size_t at) {
        FakeWorld *f = fake_world_clone(crashed);
        size_t length = strlen(run->trail);
        int r;

        f->fail_at = at;
        f->fail_errno = EIO;
        (void) come_back(f, run->scenario, booted);
        fake_world_restart(f);
        run->booted = booted;
        run->faulty = run->blind = true;
        if (has_been(run, f, FATE_RECOVERED_AGAIN)) {
                run->n_stops++;
                f = fake_world_free(f);
        } else {
                (void) snprintf(run->trail + length, sizeof(run->trail) - length, ", EIO at %zu of the recovery", at);
                r = come_back(f, run->scenario, booted);
                judge(run, f, recovery_problem(f, r));
        }
        run->faulty = run->blind = false;
        run->trail[length] = '\0';
}

/* crashed is borrowed. */
static void aftermath(Run *run, const FakeWorld *crashed, bool booted, bool again) {
        Stops stops = { .run = run };
        FakeWorld *f;
        size_t n;
        int r;

        run->booted = booted;
        if (has_been(run, crashed, again ? FATE_RECOVERED_AND_STOPPED : FATE_RECOVERED)) {
                run->n_stops++;
                return;
        }
        run->n_aftermaths++;
        f = fake_world_clone(crashed);
        if (again && !arg_shallow) {
                f->about_to = remember_stop;
                f->userdata = &stops;
        }
        r = come_back(f, run->scenario, booted);
        f->about_to = NULL;
        n = f->n_primitives;
        judge(run, f, recovery_problem(f, r));
        for (size_t i = 0; i < stops.n; i++)
                stop_recovery(run, &stops.stops[i], booted);
        for (size_t at = 1; again && !arg_shallow && at <= n; at++)
                if (is_due(run, at))
                        fail_recovery(run, crashed, booted, at);
        stops_done(&stops);
}

static void stop_by_kill(Run *run, const FakeWorld *base, size_t at) {
        _cleanup_(fake_world_freep) FakeWorld *f = fake_world_clone(base);
        bool recovered;

        run->faulty = false;
        f->kill_at = at;
        (void) operate(f, run->scenario, &run->scenario->ask, &recovered);
        fake_world_restart(f);
        (void) snprintf(run->trail, sizeof(run->trail), "killed at %zu", at);
        aftermath(run, f, false, true);

        for (size_t subset = 0; subset < fake_world_n_subsets(f); subset++) {
                _cleanup_(fake_world_freep) FakeWorld *dark = fake_world_clone(f);

                fake_world_power_cut(dark, subset);
                (void) snprintf(run->trail, sizeof(run->trail), "power lost at %zu, subset %zu", at, subset);
                aftermath(run, dark, true, true);
        }
}

static void stop_by_failure(Run *run, const FakeWorld *base, size_t at, int error, bool after) {
        FakeWorld *f = fake_world_clone(base);
        bool recovered = false;
        int r;

        run->booted = false;
        *(after ? &f->fail_after : &f->fail_at) = at;
        f->fail_errno = error;
        run->faulty = true;
        r = operate(f, run->scenario, &run->scenario->ask, &recovered);
        f->fail_at = f->fail_after = 0;
        (void) snprintf(run->trail, sizeof(run->trail), "%s %s %zu (%d)", strerrorname_np(error), after ? "after" : "at", at, r);
        /* A device that could not be read counts as missing: an area may be behind, a leg be an error target. And what
         * could not be put right by the executor, the daemon has put right. */
        if (r == 0 || !recovered || f->n_intents > 0) {
                fake_world_restart(f);
                r = come_back(f, run->scenario, false);
                if (r == 0 && run->scenario->ask.verb == VERB_VG_ACTIVATE)
                        r = operate(f, run->scenario, &run->scenario->ask, &recovered); /* the device is back */
                judge(run, f, recovery_problem(f, r));
        } else
                judge(run, f, NULL);
}

/* Somebody opens a node in the middle of it, and closes it when the operation has ended, or its process been killed. */
static void stop_by_opener(Run *run, const FakeWorld *base, size_t at, const char *node, bool killed) {
        FakeWorld *f = fake_world_clone(base);
        bool recovered = false;
        int r;

        run->booted = false;
        run->faulty = true;
        f->open_at = at;
        f->open_node = node;
        f->kill_at = killed ? at + 1 : 0;
        (void) operate(f, run->scenario, &run->scenario->ask, &recovered);
        f->open_at = 0;
        fake_world_restart(f);
        (void) come_back(f, run->scenario, false); /* with the node open still */
        for (size_t i = 0; i < f->n_nodes; i++)
                f->nodes[i].n_external = 0;
        fake_world_restart(f);
        (void) snprintf(run->trail, sizeof(run->trail), "%s opened before %zu%s", node, at, killed ? ", and killed" : "");
        r = come_back(f, run->scenario, false);
        judge(run, f, recovery_problem(f, r));
}

static void stop_by_openers(Run *run, const FakeWorld *base, size_t at) {
        for (size_t i = 0; i < base->n_nodes && !run->failed; i++)
                if (fake_world_open_count(base, &base->nodes[i]) == 0) /* what arrays do not have open themselves */
                        for (int killed = 0; killed < 2; killed++)
                                stop_by_opener(run, base, at, base->nodes[i].name, killed);
}

static char *describe_after_boot(const FakeWorld *f, const Scenario *s) {
        FakeWorld *booted = fake_world_clone(f);
        char *text = NULL;

        if (come_back(booted, s, true) == 0) {
                fake_world_restart(booted);
                text = describe(booted);
        }
        booted = fake_world_free(booted);
        return text;
}

static size_t run_undisturbed(Run *run, const FakeWorld *base) {
        FakeWorld *f = fake_world_clone(base);
        bool recovered;
        size_t n;
        int r;

        r = operate(f, run->scenario, &run->scenario->ask, &recovered);
        n = f->n_primitives;
        fake_world_restart(f);
        run->after = describe(f);
        run->nodes_after = describe_nodes(f);
        run->after_boot = describe_after_boot(f, run->scenario);
        (void) snprintf(run->trail, sizeof(run->trail), "undisturbed (%d)", r);
        judge(run, f, r == 0 ? NULL : "the operation failed");
        return n;
}

static bool run_scenario(const Scenario *s, size_t *n_stops, size_t *n_states) {
        static const int errors[] = { EIO, ENOMEM, EBUSY, EINTR, ENOSPC };
        _cleanup_(fake_world_freep) FakeWorld *base = set_up(s);
        Run run = { .scenario = s };
        size_t n;

        if (!base)
                return false;
        run.before = describe(base);
        run.nodes_before = describe_nodes(base);
        fake_world_restart(base);
        n = run_undisturbed(&run, base);
        for (size_t at = 1; at <= n && !run.failed; at++) {
                stop_by_kill(&run, base, at);
                for (size_t i = 0; i < ELEMENTSOF(errors); i++)
                        stop_by_failure(&run, base, at, errors[i], false);
                stop_by_failure(&run, base, at, EIO, true);
                stop_by_openers(&run, base, at);
        }

        printf("%s %s: %zu primitives, %zu stops, %zu states\n", run.failed ? "FAIL" : "ok  ", s->name, n, run.n_stops, run.n_states);
        *n_stops += run.n_stops;
        *n_states += run.n_states;
        digest_set_done(&run.seen);
        free(run.before);
        free(run.after);
        free(run.nodes_before);
        free(run.nodes_after);
        free(run.after_boot);
        return !run.failed;
}

/* Without arguments everything. --shallow: the recovery is not stopped in its turn; CRASH_EVERY=N in the environment: at every N-th call. --part=K/N: every N-th
 * scenario from the K-th. A word: the scenarios with it in their name. */
int main(int argc, char **argv) {
        size_t n_stops = 0, n_states = 0, n_failed = 0, part = 1, n_parts = 1;
        const char *word = "";

        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], "--shallow") == 0)
                        arg_shallow = true;
                else if (sscanf(argv[i], "--part=%zu/%zu", &part, &n_parts) != 2)
                        word = argv[i];
        if (getenv("CRASH_EVERY"))
                arg_every = strtoul(getenv("CRASH_EVERY"), NULL, 10) ?: 1;
        log_set_level(getenv("CRASH_VERBOSE") ? LOG_DEBUG : LOG_EMERG);

        for (size_t i = 0; i < n_scenarios; i++) {
                if (!strstr(scenarios[i].name, word) || i % n_parts != part - 1)
                        continue;
                n_failed += !run_scenario(&scenarios[i], &n_stops, &n_states);
                (void) fflush(stdout);
        }

        if (part == 1 && strstr("restless", word))
                n_failed += !run_restless();
        printf("%zu stops, %zu states, %zu scenarios failed\n", n_stops, n_states, n_failed);
        return n_failed > 0;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What must be true of a machine after it was stopped and came back. */

#include "digest.h"
#include "operate.h"

typedef struct Run {
        const Scenario *scenario;
        char *before, *after; /* the metadata in short; NULL: no VG */
        char *nodes_before, *nodes_after;
        char *after_boot; /* the metadata after it, when all has been activated: an image that was to be copied whole is being copied */
        bool faulty; /* a primitive has failed: a PV may have been missing to the plan, and be outdated now */
        bool booted; /* what was active before a power cut is not known any more */
        bool blind;  /* a device could not be read by the recovery: it took the text of the others, and let that one's label be */
        size_t n_states, n_stops, n_aftermaths;
        DigestSet seen; /* the machines that this scenario has come to so far */
        char trail[128];
        bool failed;
} Run;

/* What is about to become of a machine. */
typedef enum Fate { FATE_JUDGED, FATE_RECOVERED, FATE_RECOVERED_AND_STOPPED, FATE_RECOVERED_AGAIN } Fate;

/* Another stop has led to the same machine, and the same was done with it. */
bool has_been(Run *run, const FakeWorld *f, Fate fate);
/* Takes the machine. problem: what is known to be wrong already, or NULL. */
void judge(Run *run, FakeWorld *f, const char *problem);

/* The metadata without numbers, identifiers and times; NULL: no VG. */
char *describe(FakeWorld *f);
/* Two of these; NULL is the same as NULL only. */
bool same(const char *a, const char *b);
/* Which nodes there are. */
char *describe_nodes(const FakeWorld *f);
/* Metadata by its rules, the same in all areas, and the kernel as it says. NULL, or what is wrong. */
const char *check_vg(FakeWorld *f, const Scenario *s);

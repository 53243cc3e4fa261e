/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Resyncs, recoveries and checks that outlive a call, ours and other people's (lvchange, a reboot). A job ends when
 * the kernel says that the array is idle and every attached image in sync; it stays on the bus for a minute. */

#include "base/rate.h"
#include "model/bitmap.h"
#include "service/manager.h"

struct Job {
        Job *next;
        unsigned id;
        Uuid vg, lv;
        char *operation; /* raid-merge, raid-resync, raid-recover, raid-check, raid-repair */
        uint32_t uid;
        uint64_t start, end; /* µs since the epoch; end 0 while it runs */
        uint64_t done, total; /* bytes */
        BitmapRange *copied;  /* what is copied, where that is not everything and we know it; or NULL */
        size_t n_copied;
        Rate samples;
        uint64_t rate;        /* bytes/s, of late */
        unsigned failed_before; /* images, when it began: they are not its failure */
        bool success;
        bool recovers;        /* single images; else all of the volume is resynced, or compared */
        bool paused;          /* by a message to the kernel, whoever sent it */
        bool canceled;        /* somebody has asked for its end */
        bool releasing;       /* the old image of a replacement is going */
        char **warnings; /* what whoever started it has to know, e.g. that everything is copied (S1, S4) */
};

/* The job of a volume that runs, claimed for this operation and user, or a new one. NULL if memory ran out. */
Job *job_start(Manager *m, const Uuid *vg, const Uuid *lv, const char *operation, uint32_t uid);
/* What the job copies of all that it passes, in order. Takes the ranges. */
void job_set_copied(Job *j, BitmapRange *ranges, size_t n);
/* The running job of the volume, if there is one, ends like that. */
void job_fail(Manager *m, const Uuid *lv, const char *message);
/* The running job of the volume is being cancelled, or is not after all: said before the kernel shows the end. */
void job_canceled(Manager *m, const Uuid *lv, bool canceled);
char *job_path(const Job *j);
/* From the status lines: new jobs, progress, ends. Keeps a timer only while there are jobs. */
void jobs_update(Manager *m, const DmObserved *observed);
int jobs_build(const Manager *m, ObjectList *l);
void jobs_free(Manager *m);

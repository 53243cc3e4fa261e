/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the kernel does not tell of a running job: whose it is, since when, and which parts of the volume it copies. A daemon that is started
 * again finds it in a file of the first folder of $RUNTIME_DIRECTORY, where systemd has made one; after a reboot that is gone, and the job goes by
 * the kernel's position. A note holds for one state of the metadata: with another number of it the job may be somebody else's. */

#include "service/job.h"

/* Nothing depends on it: what goes wrong is logged. */
void job_note_write(const Manager *m, const Job *j);
/* Into a job that has been found running, if there is a note of it. */
void job_note_read(const Manager *m, Job *j);
/* What it copies, from "ranges": [[offset, bytes], …] of a note or of the worker's answer; as it was where there is nothing like that. */
void job_take_ranges(json_object *o, Job *j);
void job_note_remove(const Uuid *lv);
/* Notes of jobs that do not run: they ended while there was no daemon. */
void job_notes_prune(const Manager *m);

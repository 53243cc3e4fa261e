/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* The modes of raidd-worker; each returns the exit code. A result line on stdout means 0. */

/* Reads one request from stdin. */
int worker_run(void);
/* Names of VGs, or none: every VG with an intent. */
int worker_recover(char *const *vg_names);
/* Before anybody has activated much: which volumes were cut off while they were written. For boot. */
int worker_look(void);
/* Activates, write-protects tracked images, and has compared what a power cut left. */
int worker_boot(void);
/* Activates the volume with this path, in the initramfs: if all physical volumes of its group are there, or with what there is. Failure: it is not there yet. */
int worker_root(const char *device, bool degraded);
/* When the daemon stops, perhaps because the machine goes down, and everything is recovered: notes what is being repaired then. */
int worker_stopping(void);
/* At shutdown, when nothing writes any more: the next boot need not look for what a power cut leaves. */
int worker_stopped(void);

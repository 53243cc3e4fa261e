/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The modes of raidd-worker; each returns the exit code. A result line on stdout means 0. */

/* Reads one request from stdin. */
int worker_run(void);
/* Names of VGs, or none: every VG with an intent. */
int worker_recover(char *const *vg_names);
int worker_boot(void);

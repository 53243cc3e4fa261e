/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads the beginning of devices in a process of its own: one that does not answer must not hold up who looks for others. A read that waits
 * for a disk cannot be interrupted, and neither a thread nor asynchronous I/O of ours could be left behind: we could not end before it. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SNIFF_BYTES 4096U /* the largest logical block, and more than LABEL_SCAN_BYTES */

typedef struct Sniffer {
        int fd; /* to the process */
        pid_t pid;
} Sniffer;

#define SNIFFER_NONE ((Sniffer) { .fd = -EBADF })

/* Starts the process unless it runs. An error is one of this machine, not of a device: nothing can be read, which must not be taken for disks
 * without a label. */
int sniffer_begin(Sniffer *s);
/* The first SNIFF_BYTES, by the process that sniffer_begin() has started. -EIO if there are fewer; -ETIMEDOUT after limit_ms: then the process that
 * waits is left to itself, and sniffer_begin() starts another. */
int sniffer_read(Sniffer *s, const char *node, uint32_t limit_ms, unsigned char ret[static SNIFF_BYTES]);
void sniffer_done(Sniffer *s);

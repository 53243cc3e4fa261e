/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* raidd-helper: the few things that need the rights of root, for a daemon that has none. It starts workers, looks at device-mapper, follows its
 * events and opens a held image without access. It decides nothing, parses nothing of the bus and nothing of the disks.
 *
 * One connection of type SOCK_SEQPACKET, one daemon. A request is a HelperRequest with descriptors, and has one HelperReply before the next; what
 * happens by itself comes as HelperEvent over the socket of HELPER_FOLLOW.
 *
 * A daemon that ends in order says so, and its helper ends with it: the next one may be of another version. When a daemon has died, its workers go on,
 * what it had begun is put in order by "raidd-worker recover --all", and after that the next daemon is served: to start a helper anew for it, in its
 * sandbox, takes longer than the rest of it. */

#include <stddef.h>
#include <stdint.h>

#define HELPER_SOCKET "/run/raidd-helper"
#define HELPER_TEXT_BYTES 512

typedef enum HelperCall {
        HELPER_FOLLOW,  /* fd: where events go from now on */
        HELPER_RUN,     /* number: of the worker; fds: its request, its answer, its end of the socket for the lock of the VG */
        HELPER_RECOVER, /* number: of the worker; text: name of the VG; fd: the VG's lock, or none */
        HELPER_OBSERVE, /* the reply has a file with what dm_wire_encode() writes of all nodes of LVM */
        HELPER_OPEN,    /* number: device number; text: path of a node of LVM; the reply has it opened, for neither reading nor writing */
        HELPER_LEAVE,   /* the daemon ends, and has nothing going on */
        _HELPER_CALL_MAX,
} HelperCall;

typedef struct HelperRequest {
        uint32_t call;
        uint32_t reserved;
        uint64_t number;
        char text[HELPER_TEXT_BYTES]; /* NUL-terminated */
} HelperRequest;

typedef struct HelperReply {
        int64_t result; /* 0 or a negative errno */
} HelperReply;

typedef struct HelperEvent {
        uint64_t number;  /* of the worker that has ended; 0: a device-mapper event */
        int32_t code;     /* CLD_EXITED, CLD_KILLED, CLD_DUMPED, as siginfo has it */
        int32_t status;
} HelperEvent;

/* Serves whoever connects to listener, one daemon after another, until one has left, none comes after one that died, or until SIGTERM and the end of
 * the last worker. worker: the program. 0, -errno. */
int helper_serve(int listener, const char *worker);

/* Starts argv with in and out as standard input and output (-1: as they are) and shared (-1: none) as descriptor 3, which the variable names. */
int helper_spawn(char *const *argv, int in, int out, int shared, const char *variable, int *ret_pid);

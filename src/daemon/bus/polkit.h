/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/manager.h"

/* Asks polkit whether the sender of a call may do this, without blocking:
 *   1   the question is under way; return 1 from the handler: the message will be handled again
 *   0   allowed
 *  <0   refused, *reterr is set; Busy: the sender has too many questions open
 * details: NULL-terminated pairs; if they differ from what was authorized, the answer does not count (Error.Stale).
 * Root needs no answer. Without polkit only root may. */
int polkit_check(Manager *m, sd_bus_message *message, const char *action, char *const *details, sd_bus_error *reterr);
/* The message goes on or was refused: drop what was asked about it. */
void polkit_forget(Manager *m, const sd_bus_message *message);
/* Withdraws what was asked for somebody who is gone. */
void polkit_caller_gone(Manager *m, const Caller *c);
/* To be called once: drops what was asked about messages that were answered without us, as when the object is gone. */
int polkit_register(Manager *m, sd_bus *bus);
void polkit_done(Manager *m);

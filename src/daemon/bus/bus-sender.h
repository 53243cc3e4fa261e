/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who sends: the bus is asked for the uid of a connection before a call of it to an interface of ours goes to its method, and again when
 * nothing of it is pending any more. While the method runs, caller_find() knows its sender.
 *
 * Never with a call that waits for its answer: what dbus-daemon itself says to a connection it drops when somebody else has filled that
 * connection's queue (bus_transaction_send_from_driver()), and then sd_bus_query_sender_creds() and sd_bus_track hold up everybody for 25 s.
 * A match added with sd_bus_track even closes our connection when that answer does not come (add_match_callback() of sd-bus). */

#include "service/manager.h"

/* To be called once, as the last filter: it has to see a message before all others. */
int bus_sender_register(Manager *m, sd_bus *bus);
void bus_sender_done(Manager *m);
/* Of the message that is being handled, as the bus said it; UINT32_MAX if that is not a call to an interface of ours. */
uint32_t bus_sender_uid(const Manager *m, sd_bus_message *message);

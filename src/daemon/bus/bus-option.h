/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What stands in the a{sv} at the end of every call, and how each argument becomes a member of the worker's request. */

#include "bus/bus-call.h"

int call_add(Call *c, const char *key, json_object *value); /* takes value, also on failure; NULL is -ENOMEM */
int call_add_text(Call *c, const char *key, const char *text);

/* The arguments before the options, from the message. InvalidArgs, with a sentence that says which and why. */
int arguments_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr);
/* Unknown keys and wrong types: InvalidArgs. For a plan the method's arguments are among them, by name. */
int options_read(Manager *m, sd_bus_message *message, const VerbSpec *spec, Call *c, sd_bus_error *reterr);
/* InvalidArgs, unless every argument that the method takes was among the parameters of the plan. */
int arguments_check(const VerbSpec *spec, const Call *c, sd_bus_error *reterr);

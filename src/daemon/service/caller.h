/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Who has something pending here, and how much: one record per unique bus name, and one per user for all names of his. Both last
 * as long as something is pending. What is above a limit is refused, so that nobody can use up what everybody shares; whose
 * turn it is to wait no longer is decided between users first, then between the connections of one. Root is trusted, is counted
 * apart and goes first: a flood by others must not keep the administrator or the boot from it. */

#include "service/manager.h"

typedef enum CallerUse {
        CALLER_CALL,      /* about to be handled, see bus/bus-sender.h; no limit */
        CALLER_QUESTION,  /* to polkit, not answered yet */
        CALLER_OPERATION, /* waiting or running */
        _CALLER_USE_MAX,
} CallerUse;

/* docs/SECURITY.md says the same numbers. Of questions and operations each; root has CALLERS_MAX of its own, however it is spread. */
#define CALLER_MAX 16U   /* of one connection */
#define USER_MAX 64U     /* of all connections of one user */
#define CALLERS_MAX 256U /* of all users but root */

/* NULL: nothing of it is pending, or its uid is not known yet. name: the unique one. */
Caller *caller_find(const Manager *m, const char *name);
/* There is none of that name. It has to be used at once: it lasts as long as the last use. */
int caller_new(Manager *m, const char *name, uint32_t uid, Caller **ret);
/* One use more, whatever the limit, until caller_discharge(). */
void caller_take(Caller *c, CallerUse use);
/* The same within the limits. -EBUSY: that would be too much; -ENXIO: the caller is not there any more. */
int caller_charge(Manager *m, sd_bus_message *message, CallerUse use, Caller **ret);
/* NULL is good, and is what our own operations have. */
void caller_discharge(Caller *c, CallerUse use);
/* Of two that wait, a goes first. NULL: we ourselves. */
bool caller_goes_before(const Caller *a, const Caller *b);
/* It was its turn. */
void caller_served(Caller *c);
uint32_t caller_uid(const Caller *c);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/caller.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"

/* turn: when it was served last, or came; who has waited longest since then is next. */
struct User {
        User *next;
        uint32_t uid;
        unsigned n_callers, n_used[_CALLER_USE_MAX];
        uint64_t turn;
};

struct Caller {
        Caller *next;
        Manager *manager;
        User *user;
        char *name;
        unsigned n_used[_CALLER_USE_MAX];
        uint64_t turn;
};

static void user_leave(Manager *m, User *u) {
        if (!u || --u->n_callers > 0)
                return;
        LIST_REMOVE(m->users, u);
        free(u);
}

static User *user_join(Manager *m, uint32_t uid) {
        User *u;

        for (u = m->users; u && u->uid != uid; u = u->next)
                ;
        if (!u) {
                u = calloc(1, sizeof(User));
                if (!u)
                        return NULL;
                *u = (User) { .next = m->users, .uid = uid, .turn = m->turn };
                m->users = u;
        }
        u->n_callers++;
        return u;
}

static Caller *caller_free(Caller *c) {
        if (!c)
                return NULL;
        LIST_REMOVE(c->manager->callers, c);
        user_leave(c->manager, c->user);
        free(c->name);
        free(c);
        return NULL;
}
DEFINE_CLEANUP(Caller, caller_free);

Caller *caller_find(const Manager *m, const char *name) {
        Caller *c;

        for (c = m->callers; c && !streq(c->name, name); c = c->next)
                ;
        return c;
}

int caller_new(Manager *m, const char *name, uint32_t uid, Caller **ret) {
        _cleanup_(caller_freep) Caller *c = NULL;

        assert(!caller_find(m, name));

        c = calloc(1, sizeof(Caller));
        if (!c)
                return -ENOMEM;
        *c = (Caller) { .manager = m, .user = user_join(m, uid), .name = strdup(name), .turn = m->turn };
        if (!c->user || !c->name)
                return -ENOMEM;
        c->next = m->callers;
        m->callers = c;
        *ret = TAKE_PTR(c);
        return 0;
}

static unsigned count_others(const Manager *m, CallerUse use) {
        unsigned n = 0;

        for (const User *u = m->users; u; u = u->next)
                n += u->uid == 0 ? 0 : u->n_used[use];
        return n;
}

static bool is_full(const Caller *c, CallerUse use) {
        if (c->user->uid == 0)
                return c->user->n_used[use] >= CALLERS_MAX;
        return c->n_used[use] >= CALLER_MAX || c->user->n_used[use] >= USER_MAX || count_others(c->manager, use) >= CALLERS_MAX;
}

static void free_unused(Caller *c) {
        for (CallerUse use = 0; use < _CALLER_USE_MAX; use++)
                if (c->n_used[use] > 0)
                        return;
        caller_free(c);
}

void caller_take(Caller *c, CallerUse use) {
        c->n_used[use]++;
        c->user->n_used[use]++;
}

int caller_charge(Manager *m, sd_bus_message *message, CallerUse use, Caller **ret) {
        const char *name = sd_bus_message_get_sender(message);
        Caller *c = name ? caller_find(m, name) : NULL;

        assert(ret);

        if (!c)
                return -ENXIO;
        if (is_full(c, use))
                return -EBUSY;
        caller_take(c, use);
        *ret = c;
        return 0;
}

void caller_discharge(Caller *c, CallerUse use) {
        if (!c)
                return;
        assert(c->n_used[use] > 0 && c->user->n_used[use] > 0);
        c->n_used[use]--;
        c->user->n_used[use]--;
        free_unused(c);
}

bool caller_goes_before(const Caller *a, const Caller *b) {
        if (a == b || !b)
                return false;
        if (!a)
                return true;
        if ((a->user->uid == 0) != (b->user->uid == 0))
                return a->user->uid == 0;
        if (a->user != b->user) /* an order without ties between users: else three could each wait for the next */
                return a->user->turn < b->user->turn || (a->user->turn == b->user->turn && a->user->uid < b->user->uid);
        return a->turn < b->turn;
}

void caller_served(Caller *c) {
        if (c)
                c->turn = c->user->turn = ++c->manager->turn;
}

uint32_t caller_uid(const Caller *c) {
        return c->user->uid;
}

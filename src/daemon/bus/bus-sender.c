/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-sender.h"

#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "bus/bus-call.h"
#include "bus/polkit.h"
#include "service/caller.h"
#include "service/operation.h"
#include "world/log.h"

#define DRIVER "org.freedesktop.DBus"
#define GONE_MATCH "type='signal',sender='" DRIVER "',path='/org/freedesktop/DBus',interface='" DRIVER "',member='NameOwnerChanged',arg2=''"

/* The bus answers in milliseconds. What it has dropped is asked again. */
#define ASK_USEC (2 * 1000 * 1000ULL)
#define ASK_MAX 10U

/* A connection whose uid is not known yet, or is since a moment: then its calls are about to come again. */
struct Sender {
        Sender *next;
        Manager *manager;
        char *name;
        sd_bus_slot *slot;
        Caller *caller; /* NULL: not known yet */
        sd_bus_message *calls[USER_MAX]; /* root may have more pending than others, and may be who it is */
        size_t n_calls;
        unsigned n_asked;
};

static int ask(Sender *s);

static Sender *sender_free(Sender *s) {
        if (!s)
                return NULL;
        LIST_REMOVE(s->manager->senders, s);
        sd_bus_slot_unref(s->slot);
        for (size_t i = 0; i < s->n_calls; i++)
                sd_bus_message_unref(s->calls[i]);
        caller_discharge(s->caller, CALLER_CALL);
        free(s->name);
        free(s);
        return NULL;
}
DEFINE_CLEANUP(Sender, sender_free);

static Sender *sender_find(const Manager *m, const char *name) {
        Sender *s;

        for (s = m->senders; s && !streq(s->name, name); s = s->next)
                ;
        return s;
}

/* --- who is gone --- */

/* Nobody waits for the answers any more. What runs is finished. */
static void caller_gone(Manager *m, Caller *c) {
        caller_take(c, CALLER_CALL); /* so that it is there until the end of this */
        polkit_caller_gone(m, c);
        operations_drop(m, c);
        caller_discharge(c, CALLER_CALL);
}

/* The signal is wanted only while there is somebody whose end matters: it comes whenever anybody leaves the bus. What their messages took
 * is given back to the kernel: after a flood (tests/bus/test-flood.py) the allocator would keep ten times what there was before. */
static void stop_watching(Manager *m) {
        if (m->callers || m->senders || !m->names)
                return;
        m->names = sd_bus_slot_unref(m->names);
        (void) malloc_trim(0); /* whether there was something to give back */
}

static int on_name_owner_changed(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Manager *m = userdata;
        const char *name, *old, *new;
        Caller *c;

        if (sd_bus_message_read(message, "sss", &name, &old, &new) < 0 || *new)
                return 0;
        sender_free(sender_find(m, name));
        c = caller_find(m, name);
        if (c)
                caller_gone(m, c);
        stop_watching(m);
        return 0;
}

/* Without this function a failure, also a lost answer, would close the connection. */
static int on_match(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        const sd_bus_error *e = sd_bus_message_get_error(reply);

        if (e)
                log_warning("The bus may not tell who leaves it, ignoring: %s", e->message);
        return 1;
}

static int watch(Manager *m) {
        return m->names ? 0 : sd_bus_add_match_async(m->bus, &m->names, GONE_MATCH, on_name_owner_changed, on_match, m);
}

/* --- who calls --- */

static void refuse(sd_bus_message *call, const char *why) {
        int r = sd_bus_reply_method_errorf(call, RAIDD_ERROR("Busy"), "%s", why);

        if (r < 0)
                log_debug("A refusal is not delivered, ignoring: %s", strerror(-r));
}

/* The calls are taken up again in their order. */
static void resume_calls(Sender *s) {
        for (size_t i = 0; i < s->n_calls; i++) {
                int r = sd_bus_enqueue_for_read(s->manager->bus, s->calls[i]);

                if (r < 0) {
                        refuse(s->calls[i], "Too many calls are waiting; call again.");
                        sd_bus_message_unref(s->calls[i]);
                        s->calls[i] = NULL;
                }
        }
}

static int on_uid(sd_bus_message *reply, void *userdata, sd_bus_error *reterr) {
        Sender *s = userdata;
        uint32_t uid;
        int r;

        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NAME_HAS_NO_OWNER)) {
                sender_free(s);
                return 1;
        }
        r = sd_bus_message_is_method_error(reply, NULL) ? -sd_bus_message_get_errno(reply) : sd_bus_message_read(reply, "u", &uid);
        if (r >= 0)
                r = caller_new(s->manager, s->name, uid, &s->caller);
        if (r == -ETIMEDOUT && s->n_asked < ASK_MAX)
                r = ask(s);
        if (r < 0) {
                for (size_t i = 0; i < s->n_calls; i++)
                        refuse(s->calls[i], "The bus did not say in time who calls; call again.");
                sender_free(s);
                return 1;
        }
        if (s->caller) {
                caller_take(s->caller, CALLER_CALL);
                resume_calls(s);
        }
        return 1;
}

static int ask(Sender *s) {
        sd_bus_message *question = NULL;
        int r;

        s->n_asked++;
        s->slot = sd_bus_slot_unref(s->slot);
        r = sd_bus_message_new_method_call(s->manager->bus, &question, DRIVER, "/org/freedesktop/DBus", DRIVER, "GetConnectionUnixUser");
        if (r >= 0)
                r = sd_bus_message_append(question, "s", s->name);
        if (r >= 0)
                r = sd_bus_call_async(s->manager->bus, &s->slot, question, on_uid, s, ASK_USEC);
        sd_bus_message_unref(question);
        return r;
}

static int sender_new(Manager *m, const char *name, Sender **ret) {
        _cleanup_(sender_freep) Sender *s = calloc(1, sizeof(Sender));
        int r;

        if (!s)
                return -ENOMEM;
        *s = (Sender) { .manager = m, .next = m->senders, .name = strdup(name) };
        m->senders = s;
        if (!s->name)
                return -ENOMEM;
        r = watch(m); /* first: who goes after that is seen going, who went before has no uid */
        if (r >= 0)
                r = ask(s);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

/* 1: it waits. */
static int wait_for_uid(Manager *m, const char *name, sd_bus_message *call, sd_bus_error *reterr) {
        Sender *s = sender_find(m, name);
        int r;

        if (!s) {
                r = sender_new(m, name, &s);
                if (r < 0)
                        return r;
        }
        if (s->n_calls == ELEMENTSOF(s->calls))
                return call_too_many(reterr);
        s->calls[s->n_calls++] = sd_bus_message_ref(call);
        return 1;
}

/* The call has come again. */
static void forget_call(Sender *s, const sd_bus_message *call) {
        bool left = false;

        for (size_t i = 0; i < s->n_calls; i++)
                if (s->calls[i] == call)
                        s->calls[i] = sd_bus_message_unref(s->calls[i]);
                else if (s->calls[i])
                        left = true;
        if (!left)
                sender_free(s);
}

static bool is_ours(sd_bus_message *message) {
        const char *interface = sd_bus_message_get_interface(message);
        uint8_t type;

        return sd_bus_message_get_type(message, &type) >= 0 && type == SD_BUS_MESSAGE_METHOD_CALL &&
               (!interface || strncmp(interface, RAIDD_INTERFACE(""), strlen(RAIDD_INTERFACE(""))) == 0);
}

static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Manager *m = userdata;
        const char *name = sd_bus_message_get_sender(message);
        Caller *c, *last = m->serving;
        Sender *s;

        m->serving = NULL;
        if (!name || !is_ours(message)) {
                caller_discharge(last, CALLER_CALL);
                return 0;
        }
        c = caller_find(m, name);
        if (c) {
                caller_take(c, CALLER_CALL);
                m->serving = c;
        }
        caller_discharge(last, CALLER_CALL); /* after that: it may be the same */
        if (!c)
                return wait_for_uid(m, name, message, reterr);
        s = sender_find(m, name);
        if (s)
                forget_call(s, message);
        return 0;
}

int bus_sender_register(Manager *m, sd_bus *bus) {
        return sd_bus_add_filter(bus, NULL, on_message, m);
}

uint32_t bus_sender_uid(const Manager *m, sd_bus_message *message) {
        const char *name = sd_bus_message_get_sender(message);
        const Caller *c = name ? caller_find(m, name) : NULL;

        return c ? caller_uid(c) : UINT32_MAX;
}

void bus_sender_done(Manager *m) {
        while (m->senders)
                sender_free(m->senders);
        caller_discharge(m->serving, CALLER_CALL);
        m->serving = NULL;
        m->names = sd_bus_slot_unref(m->names);
}

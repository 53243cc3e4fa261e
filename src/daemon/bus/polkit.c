/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/polkit.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "bus/bus-call.h"
#include "bus/bus-sender.h"
#include "service/caller.h"
#include "world/log.h"

#define ALLOW_INTERACTION 1U
/* How long somebody may think about a dialog; it is withdrawn then. An answer without one is late only if it is lost (bus-sender.h). */
#define DIALOG_USEC (5 * 60 * 1000 * 1000ULL)

/* A question about one action of one message; it lives until the message is answered or the daemon ends. */
struct PolkitQuery {
        PolkitQuery *next;
        Manager *manager;
        Caller *caller;
        sd_bus_message *message;
        sd_bus_slot *slot;
        char *action;
        char **details;
        char id[16]; /* to withdraw it; polkit keeps them apart by connection */
        bool answered, authorized, challenge, dismissed;
        bool handled; /* the message went to its method with the answer */
        int error; /* polkit could not be asked */
};

static PolkitQuery *query_free(PolkitQuery *q) {
        if (!q)
                return NULL;
        LIST_REMOVE(q->manager->queries, q);
        sd_bus_slot_unref(q->slot);
        sd_bus_message_unref(q->message);
        caller_discharge(q->caller, CALLER_QUESTION);
        free(q->action);
        strv_free(q->details);
        free(q);
        return NULL;
}

void polkit_done(Manager *m) {
        while (m->queries)
                query_free(m->queries);
}

void polkit_forget(Manager *m, const sd_bus_message *message) {
        PolkitQuery *next;

        for (PolkitQuery *q = m->queries; q; q = next) {
                next = q->next;
                if (q->message == message)
                        query_free(q);
        }
}

static int new_call(Manager *m, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(m->bus, ret, "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
                                              "org.freedesktop.PolicyKit1.Authority", member);
}

/* polkit takes the dialog away. Nothing is done about a failure: then there is none, or it asks somebody for nothing. */
static void withdraw(const PolkitQuery *q) {
        sd_bus_message *message = NULL;
        int r;

        r = new_call(q->manager, "CancelCheckAuthorization", &message);
        if (r >= 0)
                r = sd_bus_message_append(message, "s", q->id);
        if (r >= 0)
                r = sd_bus_message_set_expect_reply(message, 0);
        if (r >= 0)
                r = sd_bus_send(q->manager->bus, message, NULL);
        sd_bus_message_unref(message);
        if (r < 0)
                log_warning("A question to polkit cannot be withdrawn, ignoring: %s", strerror(-r));
}

void polkit_caller_gone(Manager *m, const Caller *c) {
        PolkitQuery *next;

        for (PolkitQuery *q = m->queries; q; q = next) {
                next = q->next;
                if (q->caller != c)
                        continue;
                if (!q->answered)
                        withdraw(q);
                query_free(q);
        }
}

static bool is_asked(const Manager *m, const sd_bus_message *message) {
        for (const PolkitQuery *q = m->queries; q; q = q->next)
                if (q->message == message && !q->answered)
                        return true;
        return false;
}

/* Sees each message before its method does. The method of one that comes again need not run: its object may be gone. So what belongs
 * to it goes when the next one comes. */
static int on_message(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        Manager *m = userdata;
        PolkitQuery *next;

        for (PolkitQuery *q = m->queries; q; q = next) {
                next = q->next;
                if (q->handled && q->message != message && !is_asked(m, q->message))
                        query_free(q);
                else if (q->answered && q->message == message)
                        q->handled = true;
        }
        return 0;
}

int polkit_register(Manager *m, sd_bus *bus) {
        return sd_bus_add_filter(bus, NULL, on_message, m);
}

static PolkitQuery *query_find(const Manager *m, const sd_bus_message *message, const char *action) {
        for (PolkitQuery *q = m->queries; q; q = q->next)
                if (q->message == message && streq(q->action, action))
                        return q;
        return NULL;
}

static int read_answer(sd_bus_message *reply, PolkitQuery *q) {
        int authorized = 0, challenge = 0, r;
        const char *key, *value;

        r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
        if (r >= 0)
                r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
        if (r >= 0)
                r = sd_bus_message_enter_container(reply, 'a', "{ss}");
        while (r >= 0 && (r = sd_bus_message_read(reply, "{ss}", &key, &value)) > 0)
                if (streq(key, "polkit.dismissed") && *value)
                        q->dismissed = true;
        if (r < 0)
                return r;
        q->authorized = authorized;
        q->challenge = challenge;
        return 0;
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        PolkitQuery *q = userdata;
        int r;

        q->answered = true;
        if (sd_bus_message_is_method_error(reply, SD_BUS_ERROR_NO_REPLY))
                withdraw(q);
        r = sd_bus_message_is_method_error(reply, NULL) ? -ENOSYS : read_answer(reply, q);
        if (r < 0)
                q->error = r;
        for (PolkitQuery *other = q->manager->queries; other; other = other->next)
                if (other->message == q->message)
                        other->handled = false; /* it comes again, and the answers before this one are needed then */
        /* The whole handler runs again: objects are looked up anew, details compared. */
        r = sd_bus_message_rewind(q->message, 1);
        if (r >= 0)
                r = sd_bus_enqueue_for_read(sd_bus_message_get_bus(q->message), q->message);
        return r < 0 ? r : 1;
}

static int append_question(sd_bus_message *ask, const PolkitQuery *q) {
        uint32_t flags = sd_bus_message_get_allow_interactive_authorization(q->message) > 0 ? ALLOW_INTERACTION : 0;
        int r;

        r = sd_bus_message_append(ask, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                  sd_bus_message_get_sender(q->message), q->action);
        if (r >= 0)
                r = sd_bus_message_open_container(ask, 'a', "{ss}");
        for (char **d = q->details; r >= 0 && d && d[0]; d += 2)
                r = sd_bus_message_append(ask, "{ss}", d[0], d[1]);
        if (r >= 0)
                r = sd_bus_message_close_container(ask);
        return r < 0 ? r : sd_bus_message_append(ask, "us", flags, q->id);
}

static int ask(Manager *m, sd_bus_message *message, const char *action, char *const *details) {
        bool interactive = sd_bus_message_get_allow_interactive_authorization(message) > 0;
        sd_bus_message *question = NULL;
        PolkitQuery *q = calloc(1, sizeof(PolkitQuery));
        int r;

        if (!q)
                return -ENOMEM;
        *q = (PolkitQuery) { .next = m->queries, .manager = m, .message = sd_bus_message_ref(message),
                             .action = strdup(action) };
        m->queries = q;
        (void) snprintf(q->id, sizeof(q->id), "raidd-%u", m->last_query++); /* fits */
        r = q->action ? caller_charge(m, message, CALLER_QUESTION, &q->caller) : -ENOMEM;
        if (r >= 0)
                r = strv_clone(details, &q->details);
        if (r >= 0)
                r = new_call(m, "CheckAuthorization", &question);
        if (r >= 0)
                r = append_question(question, q);
        if (r >= 0)
                r = sd_bus_call_async(m->bus, &q->slot, question, on_answer, q, interactive ? DIALOG_USEC : 0);
        sd_bus_message_unref(question);
        if (r < 0)
                query_free(q);
        return r < 0 ? r : 1;
}

static bool same_details(char *const *a, char *const *b) {
        size_t n = strv_length(a);

        if (n != strv_length(b))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!streq(a[i], b[i]))
                        return false;
        return true;
}

int polkit_check(Manager *m, sd_bus_message *message, const char *action, char *const *details, sd_bus_error *reterr) {
        PolkitQuery *q = query_find(m, message, action);

        assert(action);
        if (bus_sender_uid(m, message) == 0)
                return 0;
        if (!q) {
                int r = ask(m, message, action, details);

                if (r == -EBUSY)
                        return call_too_many(reterr);
                return r < 0 ? sd_bus_error_set_errno(reterr, r) : r;
        }
        if (!q->answered)
                return 1;
        if (!same_details(q->details, details))
                return sd_bus_error_set(reterr, RAIDD_ERROR("Stale"), "The object changed while authorization was asked "
                                        "for; look at it and call again.");
        if (q->authorized)
                return 0;
        if (q->dismissed)
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_ACCESS_DENIED, "The authentication for %s was dismissed.", action);
        if (q->challenge && !sd_bus_message_get_allow_interactive_authorization(message))
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_ACCESS_DENIED, "Not authorized for %s without authentication; "
                                         "call with interactive authorization allowed, as raidctl does.", action);
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_ACCESS_DENIED, "Not authorized for %s.", action);
}

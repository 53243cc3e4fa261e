/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/polkit.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/str.h"

#define ALLOW_INTERACTION 1U

/* A question about one action of one message; it lives until the message is answered or the daemon ends. */
struct PolkitQuery {
        PolkitQuery *next;
        Manager *manager;
        sd_bus_message *message;
        sd_bus_slot *slot;
        char *action;
        char **details;
        bool answered, authorized, challenge;
        int error; /* polkit could not be asked */
};

static PolkitQuery *query_free(PolkitQuery *q) {
        if (!q)
                return NULL;
        for (PolkitQuery **p = &q->manager->queries; *p; p = &(*p)->next)
                if (*p == q) {
                        *p = q->next;
                        break;
                }
        sd_bus_slot_unref(q->slot);
        sd_bus_message_unref(q->message);
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

static PolkitQuery *query_find(const Manager *m, const sd_bus_message *message, const char *action) {
        for (PolkitQuery *q = m->queries; q; q = q->next)
                if (q->message == message && streq(q->action, action))
                        return q;
        return NULL;
}

static int on_answer(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        PolkitQuery *q = userdata;
        int authorized = 0, challenge = 0, r;

        q->answered = true;
        if (sd_bus_message_is_method_error(reply, NULL))
                q->error = -ENOSYS;
        else {
                r = sd_bus_message_enter_container(reply, 'r', "bba{ss}");
                if (r >= 0)
                        r = sd_bus_message_read(reply, "bb", &authorized, &challenge);
                if (r < 0)
                        q->error = r;
        }
        q->authorized = authorized;
        q->challenge = challenge;
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
        return r < 0 ? r : sd_bus_message_append(ask, "us", flags, "");
}

static int ask(Manager *m, sd_bus_message *message, const char *action, char *const *details) {
        sd_bus_message *question = NULL;
        PolkitQuery *q = calloc(1, sizeof(PolkitQuery));
        int r;

        if (!q)
                return -ENOMEM;
        *q = (PolkitQuery) { .next = m->queries, .manager = m, .message = sd_bus_message_ref(message),
                             .action = strdup(action) };
        m->queries = q;
        r = q->action ? strv_clone(details, &q->details) : -ENOMEM;
        if (r >= 0)
                r = sd_bus_message_new_method_call(m->bus, &question, "org.freedesktop.PolicyKit1",
                                                   "/org/freedesktop/PolicyKit1/Authority",
                                                   "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization");
        if (r >= 0)
                r = append_question(question, q);
        if (r >= 0)
                r = sd_bus_call_async(m->bus, &q->slot, question, on_answer, q, UINT64_MAX);
        sd_bus_message_unref(question);
        if (r < 0)
                query_free(q);
        return r < 0 ? r : 1;
}

static bool sender_is_root(sd_bus_message *message) {
        sd_bus_creds *creds = NULL;
        uid_t uid = (uid_t) -1;
        bool root;

        root = sd_bus_query_sender_creds(message, SD_BUS_CREDS_EUID, &creds) >= 0 &&
               !(sd_bus_creds_get_augmented_mask(creds) & SD_BUS_CREDS_EUID) &&
               sd_bus_creds_get_euid(creds, &uid) >= 0 && uid == 0;
        sd_bus_creds_unref(creds);
        return root;
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
        if (sender_is_root(message))
                return 0;
        if (!q) {
                int r = ask(m, message, action, details);

                return r < 0 ? sd_bus_error_set_errno(reterr, r) : r;
        }
        if (!q->answered)
                return 1;
        if (!same_details(q->details, details))
                return sd_bus_error_set(reterr, RAIDD_ERROR("Stale"), "The object changed while authorization was asked "
                                        "for; look at it and call again.");
        if (q->authorized)
                return 0;
        if (q->challenge && !sd_bus_message_get_allow_interactive_authorization(message))
                return sd_bus_error_setf(reterr, SD_BUS_ERROR_ACCESS_DENIED, "Not authorized for %s without authentication; "
                                         "call with interactive authorization allowed, as raidctl does.", action);
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_ACCESS_DENIED, "Not authorized for %s.", action);
}

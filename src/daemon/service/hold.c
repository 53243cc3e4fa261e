/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/hold.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/epoll.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/list.h"
#include "base/str.h"
#include "service/helper.h"
#include "world/log.h"

#define HOLDS_OF_CALLER_MAX 8 /* root is free to take all that there are */
#define HOLDS_OF_USER_MAX 16
#define HOLDS_MAX 64 /* three descriptors each; FileDescriptorStoreMax= in raidd.service */
#define NAME_PREFIX "hold-"

struct Hold {
        Hold *next;
        Manager *manager;
        Uuid vg, image;
        char *name; /* in the descriptor store */
        char *who, *why, *owner;
        uint32_t uid;
        bool merge;
        int pipe_fd, device_fd, note_fd;
        sd_event_source *source;
};

static Hold *hold_free(Hold *h) {
        if (!h)
                return NULL;

        sd_event_source_unref(h->source);
        closep(&h->pipe_fd);
        closep(&h->device_fd);
        closep(&h->note_fd);
        free(h->name);
        free(h->who);
        free(h->why);
        free(h->owner);
        free(h);
        return NULL;
}
DEFINE_CLEANUP(Hold, hold_free);

static Hold *hold_blank(Manager *m) {
        Hold *h = calloc(1, sizeof(*h));

        if (h) {
                h->manager = m;
                h->pipe_fd = h->device_fd = h->note_fd = -EBADF;
        }
        return h;
}

/* Out of the list and out of the store. */
static void hold_remove(Hold *h) {
        LIST_REMOVE(h->manager->holds, h);
        (void) sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", h->name); /* without systemd there is no store */
        hold_free(h);
}

/* The last descriptor of the holder is closed. */
static int on_released(sd_event_source *s, int fd, uint32_t events, void *userdata) {
        Hold *h = userdata;
        Manager *m = h->manager;
        Uuid vg = h->vg, image = h->image;
        bool merge = h->merge;
        int r;

        if (!(events & (EPOLLHUP | EPOLLERR)))
                return 0;
        hold_remove(h);
        r = manager_refresh(m);
        if (r < 0)
                log_warning("The kernel's state cannot be read, ignoring: %s", strerror(-r));
        if (merge && !hold_any(m, &vg, &image))
                m->events->hold_released(m, &vg, &image);
        return 0;
}

static int hold_add(Hold *h) {
        Manager *m = h->manager;
        int r;

        r = sd_event_add_io(m->event, &h->source, h->pipe_fd, 0, on_released, h); /* a hang-up is always told */
        if (r < 0)
                return r;
        h->next = m->holds;
        m->holds = h;
        return 0;
}

/* Making one ------------------------------------------------------------------------------------------------------ */

/* What a restarted daemon has to know. */
static int write_note(Hold *h) {
        json_object *o = json_object_new_object();
        const char *text;
        int r = 0;

        if (!o)
                return -ENOMEM;
        (void) json_object_object_add(o, "vg", json_object_new_string(h->vg.chars));
        (void) json_object_object_add(o, "image", json_object_new_string(h->image.chars));
        (void) json_object_object_add(o, "who", json_object_new_string(h->who));
        (void) json_object_object_add(o, "why", json_object_new_string(h->why));
        (void) json_object_object_add(o, "owner", json_object_new_string(h->owner));
        (void) json_object_object_add(o, "uid", json_object_new_int64(h->uid));
        (void) json_object_object_add(o, "merge", json_object_new_boolean(h->merge));
        text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
        h->note_fd = memfd_create("hold", MFD_CLOEXEC);
        if (h->note_fd < 0 || write(h->note_fd, text, strlen(text)) != (ssize_t) strlen(text))
                r = -errno;
        json_object_put(o);
        return r;
}

static void store(const Hold *h) {
        int fds[] = { h->pipe_fd, h->device_fd, h->note_fd };
        _cleanup_free_ char *state = NULL;

        if (asprintf(&state, "FDSTORE=1\nFDNAME=%s", h->name) >= 0)
                (void) sd_pid_notify_with_fds(0, 0, state, fds, ELEMENTSOF(fds)); /* not under systemd: lost with us */
}

static int fill(Hold *h, const Object *image, const HoldArgs *args) {
        uint64_t random;

        if (getrandom(&random, sizeof(random), 0) != (ssize_t) sizeof(random))
                return -EIO;
        h->vg = image->vg;
        h->image = image->id;
        h->uid = args->uid;
        h->merge = args->merge;
        h->who = strdup(args->who);
        h->why = strdup(args->why);
        h->owner = strdup(args->owner);
        if (!h->who || !h->why || !h->owner || asprintf(&h->name, NAME_PREFIX "%016llx", (unsigned long long) random) < 0)
                return -ENOMEM;
        return helper_open(h->manager, object_value(image, "Device")->text, (dev_t) object_value(image, "DeviceNumber")->number, &h->device_fd);
}

/* The notes say whose they are, so this holds over a restart too. */
static bool is_full(const Manager *m, const HoldArgs *args) {
        size_t n = 0, n_user = 0, n_caller = 0;

        for (const Hold *h = m->holds; h; h = h->next) {
                n++;
                n_user += h->uid == args->uid;
                n_caller += streq(h->owner, args->owner);
        }
        return n >= HOLDS_MAX || (args->uid != 0 && (n_user >= HOLDS_OF_USER_MAX || n_caller >= HOLDS_OF_CALLER_MAX));
}

int hold_new(Manager *m, const Object *image, const HoldArgs *args, int *ret_fd) {
        _cleanup_(hold_freep) Hold *h = NULL;
        _cleanup_close_ int theirs = -EBADF;
        int ends[2], r;

        assert(m);
        assert(image);
        assert(args);
        assert(ret_fd);

        if (is_full(m, args))
                return -E2BIG;
        h = hold_blank(m);
        if (!h)
                return -ENOMEM;
        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        h->pipe_fd = ends[0];
        theirs = ends[1];
        r = fill(h, image, args);
        if (r >= 0)
                r = write_note(h);
        if (r >= 0)
                r = hold_add(h);
        if (r < 0)
                return r;
        store(h);
        TAKE_PTR(h);
        *ret_fd = TAKE_FD(theirs);
        return 0;
}

/* Asking ---------------------------------------------------------------------------------------------------------- */

static bool is_on(const Hold *h, const Uuid *vg, const Uuid *image) {
        return uuid_equal(&h->vg, vg) && uuid_equal(&h->image, image);
}

bool hold_any(const Manager *m, const Uuid *vg, const Uuid *image) {
        for (const Hold *h = m->holds; h; h = h->next)
                if (is_on(h, vg, image))
                        return true;
        return false;
}

void hold_drop_own(Manager *m, const Uuid *vg, const Uuid *image, const char *owner) {
        for (Hold *h = m->holds, *next; h; h = next) {
                next = h->next;
                if (is_on(h, vg, image) && owner && streq(h->owner, owner))
                        hold_remove(h);
        }
}

static int describe(const Manager *m, Object *image) {
        _cleanup_(strv_freep) char **list = NULL;
        int r = 0;

        for (const Hold *h = m->holds; r >= 0 && h; h = h->next) {
                _cleanup_free_ char *text = NULL;

                if (!is_on(h, &image->vg, &image->id))
                        continue;
                r = asprintf(&text, "%s: %s", h->who, h->why) < 0 ? -ENOMEM : strv_extend(&list, text);
        }
        object_list(image, "Holders", 'S', list);
        return r;
}

int holds_describe(const Manager *m, ObjectList *l) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < l->n; i++)
                if (l->objects[i]->kind == OBJECT_IMAGE)
                        r = describe(m, l->objects[i]);
        return r;
}

/* Over a restart -------------------------------------------------------------------------------------------------- */

static json_object *read_note(int fd) {
        char text[4096];
        ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

        if (n <= 0)
                return NULL;
        text[n] = 0;
        return json_tokener_parse(text);
}

static char *note_text(json_object *o, const char *key) {
        json_object *v = NULL;

        return json_object_object_get_ex(o, key, &v) ? strdup(json_object_get_string(v)) : NULL;
}

static int take_note(Hold *h) {
        json_object *o = read_note(h->note_fd), *v = NULL;
        _cleanup_free_ char *vg = NULL, *image = NULL;
        int r = -EBADMSG;

        if (!o)
                return -EBADMSG;
        vg = note_text(o, "vg");
        image = note_text(o, "image");
        h->who = note_text(o, "who");
        h->why = note_text(o, "why");
        h->owner = note_text(o, "owner");
        h->merge = json_object_object_get_ex(o, "merge", &v) && json_object_get_boolean(v);
        h->uid = json_object_object_get_ex(o, "uid", &v) ? (uint32_t) json_object_get_int64(v) : (uint32_t) -1;
        if (vg && image && h->who && h->why && h->owner && uuid_parse(vg, &h->vg) >= 0 && uuid_parse(image, &h->image) >= 0)
                r = 0;
        json_object_put(o);
        return r;
}

static Hold *find_name(const Manager *m, const char *name) {
        for (Hold *h = m->holds; h; h = h->next)
                if (streq(h->name, name))
                        return h;
        return NULL;
}

/* The three descriptors of a hold have the same name; what each is shows. */
static int take_fd(Manager *m, const char *name, int fd) {
        Hold *h = find_name(m, name);
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!h) {
                h = hold_blank(m);
                if (!h || !(h->name = strdup(name))) {
                        hold_free(h);
                        return -ENOMEM;
                }
                h->next = m->holds;
                m->holds = h;
        }
        *(S_ISFIFO(st.st_mode) ? &h->pipe_fd : S_ISBLK(st.st_mode) ? &h->device_fd : &h->note_fd) = fd;
        return 0;
}

int holds_restore(Manager *m) {
        char **names = NULL;
        int n = sd_listen_fds_with_names(true, &names), r = 0;

        for (int i = 0; i < n; i++)
                if (strncmp(names[i], NAME_PREFIX, strlen(NAME_PREFIX)) != 0 || take_fd(m, names[i], SD_LISTEN_FDS_START + i) < 0)
                        (void) close(SD_LISTEN_FDS_START + i);
        strv_free(names);

        for (Hold *h = m->holds, *next; h; h = next) {
                next = h->next;
                r = h->pipe_fd < 0 || h->note_fd < 0 ? -EBADMSG : take_note(h);
                if (r >= 0)
                        r = sd_event_add_io(m->event, &h->source, h->pipe_fd, 0, on_released, h);
                if (r < 0) {
                        log_warning("A hold from before the restart is not understood, releasing it.");
                        hold_remove(h);
                }
        }
        return n < 0 ? n : 0;
}

void holds_free(Manager *m) {
        while (m->holds) {
                Hold *next = m->holds->next;

                hold_free(m->holds);
                m->holds = next;
        }
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/helper.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "model/dm-wire.h"
#include "service/operation.h"
#include "service/watch.h"
#include "world/fd-pass.h"
#include "world/helper.h"
#include "world/log.h"

struct Helper {
        Manager *manager;
        int calls, events;
        sd_event_source *source;
};

static int call(const Manager *m, const HelperRequest *request, const int *fds, size_t n_fds, int *ret_fd) {
        const Helper *h = m->helper;
        HelperReply reply;
        int fd = -EBADF, r;
        size_t n;

        assert(h);

        r = fd_send(h->calls, request, sizeof(*request), fds, n_fds, 0);
        if (r >= 0)
                r = fd_receive(h->calls, &reply, sizeof(reply), &fd, 1, &n, 0);
        if (r < 0)
                return r;
        if (reply.result < 0 || (n == 1) != !!ret_fd) {
                closep(&fd);
                return reply.result < 0 ? (int) reply.result : -EBADMSG;
        }
        if (ret_fd)
                *ret_fd = fd;
        return 0;
}

static int set_text(HelperRequest *request, const char *text) {
        if (strlen(text) >= sizeof(request->text))
                return -ENAMETOOLONG;
        strcpy(request->text, text);
        return 0;
}

int helper_run(const Manager *m, uint64_t number, int request, int answer, int lock) {
        return call(m, &(HelperRequest) { .call = HELPER_RUN, .number = number }, (int[]) { request, answer, lock }, 3, NULL);
}

int helper_recover(const Manager *m, uint64_t number, const char *vg_name, int lock) {
        HelperRequest request = { .call = HELPER_RECOVER, .number = number };
        int r;

        r = set_text(&request, vg_name);
        return r < 0 ? r : call(m, &request, &lock, lock >= 0 ? 1 : 0, NULL);
}

int helper_open(const Manager *m, const char *path, dev_t device, int *ret) {
        HelperRequest request = { .call = HELPER_OPEN, .number = device };
        int r;

        r = set_text(&request, path);
        return r < 0 ? r : call(m, &request, NULL, 0, ret);
}

int helper_observe(const Manager *m, DmObserved **ret) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *data = NULL;
        struct stat st;
        int r;

        r = call(m, &(HelperRequest) { .call = HELPER_OBSERVE }, NULL, 0, &fd);
        if (r < 0)
                return r;
        if (fstat(fd, &st) < 0)
                return -errno;
        data = malloc((size_t) st.st_size + 1);
        if (!data)
                return -ENOMEM;
        if (pread(fd, data, (size_t) st.st_size, 0) != st.st_size)
                return -EIO;
        return dm_wire_decode(data, (size_t) st.st_size, ret);
}

/* Not our orders to stop, and nothing more of ours can be done: systemd starts us anew. */
static int on_gone(Helper *h, int error) {
        log_error("The helper is gone: %s", strerror(-error));
        h->source = sd_event_source_disable_unref(h->source);
        return sd_event_exit(h->manager->event, error);
}

static int on_event(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Helper *h = userdata;
        HelperEvent event;
        size_t n;
        int r;

        r = fd_receive(fd, &event, sizeof(event), NULL, 0, &n, MSG_DONTWAIT);
        if (r < 0)
                return r == -EAGAIN ? 0 : on_gone(h, r);
        if (event.number == 0)
                watch_dm_event(h->manager);
        else
                operation_ended(h->manager, event.number, event.code, event.status);
        return 0;
}

static int connect_to(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        strcpy(address.sun_path, path);
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        if (fd < 0 || connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

static int follow(Helper *h) {
        _cleanup_close_ int theirs = -EBADF;
        int pair[2], r;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        h->events = pair[0];
        theirs = pair[1];
        r = call(h->manager, &(HelperRequest) { .call = HELPER_FOLLOW }, &theirs, 1, NULL);
        return r < 0 ? r : sd_event_add_io(h->manager->event, &h->source, h->events, EPOLLIN, on_event, h);
}

int helper_connect(Manager *m, const char *path) {
        Helper *h = calloc(1, sizeof(*h));
        int r;

        assert(m);
        assert(path);

        if (!h)
                return -ENOMEM;
        h->manager = m;
        h->events = -EBADF;
        m->helper = h;
        r = h->calls = connect_to(path);
        if (r >= 0)
                r = follow(h);
        if (r < 0)
                log_error("%s cannot be reached: %s", path, strerror(-r));
        return r < 0 ? r : 0;
}

void helper_leave(const Manager *m) {
        (void) call(m, &(HelperRequest) { .call = HELPER_LEAVE }, NULL, 0, NULL); /* one that is gone has left as well */
}

void helper_disconnect(Manager *m) {
        Helper *h = m->helper;

        if (!h)
                return;
        sd_event_source_disable_unref(h->source);
        closep(&h->events);
        closep(&h->calls);
        free(h);
        m->helper = NULL;
}

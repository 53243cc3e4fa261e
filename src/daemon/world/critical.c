/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/critical.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "model/dm-tree.h"
#include "world/dm-ioctl.h"
#include "world/dm.h"
#include "world/log.h"

/* As LVM: I/O of everybody waits for us, so we do not wait for a turn on the CPU. */
#define CRITICAL_NICE (-18)
#define STACK_BYTES (64 * 1024)

typedef struct Prepared {
        struct dm_ioctl suspend, resume, clear;
        bool event_open; /* the cookie was raised for the resume, and no event has lowered it yet */
} Prepared;

struct Critical {
        int control;
        uint32_t cookie;
        int old_nice;
        bool locked;
        struct sigaction old_alarm;
        size_t n_nodes;
        Prepared nodes[];
};

static Prepared *find_node(Critical *c, const char *node) {
        for (size_t i = 0; i < c->n_nodes; i++)
                if (strcmp(c->nodes[i].suspend.name, node) == 0)
                        return &c->nodes[i];

        return NULL;
}

static void on_alarm(int signal_number) {
        (void) signal_number; /* exists to interrupt the ioctl */
}

static uint16_t resume_flags(const Step *steps, size_t n, const char *node) {
        for (size_t i = 0; i < n; i++)
                if (steps[i].kind == STEP_DM_RESUME && strcmp(steps[i].node, node) == 0)
                        return (uint16_t) steps[i].number;

        return UDEV_FLAGS_PUBLIC;
}

static int prepare_node(Critical *c, const char *node, uint16_t udev_flags, uint32_t *cookie) {
        Prepared *p = &c->nodes[c->n_nodes];
        uint32_t event_nr;
        int r;

        r = dm_request_init(&p->suspend, node, NULL, DM_SUSPEND_FLAG);
        if (r >= 0)
                r = dm_request_init(&p->resume, node, NULL, 0);
        if (r >= 0)
                r = dm_request_init(&p->clear, node, NULL, 0);
        if (r < 0)
                return r;
        c->n_nodes++;
        if (udev_flags == UDEV_FLAGS_SAME)
                return 0; /* no cookie in the event: as with "udevadm trigger", the rules keep what they know */

        r = udev_cookie_increment(cookie, udev_flags, &event_nr);
        if (r < 0)
                return r;
        p->resume.event_nr = event_nr;
        p->event_open = true;
        c->cookie = *cookie;
        return 0;
}

static int prepare_nodes(Critical *c, const Step *steps, size_t n_steps, uint32_t *cookie) {
        for (size_t i = 0; i < n_steps; i++) {
                int r;

                if (steps[i].kind != STEP_DM_SUSPEND || find_node(c, steps[i].node))
                        continue;
                r = prepare_node(c, steps[i].node, resume_flags(steps, n_steps, steps[i].node), cookie);
                if (r < 0)
                        return r;
        }

        return 0;
}

/* Keeps the compiler from dropping the pages as unused. */
static void touch_stack(void) {
        volatile unsigned char pages[STACK_BYTES];

        for (size_t i = 0; i < sizeof(pages); i += 1024)
                pages[i] = 0;
}

static int lock_down(Critical *c) {
        struct sigaction alarm = { .sa_handler = on_alarm }; /* no SA_RESTART: see critical_suspend() */

        c->old_nice = getpriority(PRIO_PROCESS, 0);
        if (sigaction(SIGALRM, &alarm, &c->old_alarm) < 0)
                return -errno;
        c->locked = true;
        touch_stack();
        if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
                return -errno;
        log_hold();
        (void) setpriority(PRIO_PROCESS, 0, CRITICAL_NICE); /* only speed */
        return 0;
}

Critical *critical_end(Critical *c) {
        if (!c)
                return NULL;

        if (c->locked) {
                (void) setpriority(PRIO_PROCESS, 0, c->old_nice);
                (void) munlockall();
                log_release();
                (void) sigaction(SIGALRM, &c->old_alarm, NULL);
        }
        for (size_t i = 0; i < c->n_nodes; i++)
                if (c->nodes[i].event_open)
                        udev_cookie_decrement(c->cookie);
        closep(&c->control);
        free(c);
        return NULL;
}

DEFINE_CLEANUP(Critical, critical_end);

int critical_begin(const Step *steps, size_t n_steps, uint32_t *cookie, Critical **ret) {
        _cleanup_(critical_endp) Critical *c = NULL;
        int r;

        assert(steps || n_steps == 0);
        assert(cookie);
        assert(ret);

        c = calloc(1, sizeof(*c) + n_steps * sizeof(c->nodes[0]));
        if (!c)
                return -ENOMEM;
        c->control = dm_control_open();
        if (c->control < 0)
                return c->control;
        r = prepare_nodes(c, steps, n_steps, cookie);
        if (r < 0)
                return r;
        r = lock_down(c);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(c);
        return 0;
}

/* Fires again and again: the first alarm may come just before the ioctl is entered. */
static void set_timer(uint32_t ms) {
        struct itimerval t = {
                .it_value = { .tv_sec = ms / 1000, .tv_usec = (suseconds_t) (ms % 1000) * 1000 },
                .it_interval = { .tv_usec = ms ? 20000 : 0 },
        };

        (void) setitimer(ITIMER_REAL, &t, NULL);
}

int critical_suspend(Critical *c, const char *node, bool lockfs, uint32_t limit_ms) {
        struct dm_ioctl request;
        Prepared *p;
        int r;

        assert(c);
        assert(node);

        p = find_node(c, node);
        if (!p)
                return -ENXIO;
        request = p->suspend;
        if (!lockfs)
                request.flags |= DM_SKIP_LOCKFS_FLAG;

        if (lockfs && limit_ms > 0)
                set_timer(limit_ms);
        r = dm_request_send(c->control, DM_DEV_SUSPEND, &request);
        if (lockfs && limit_ms > 0)
                set_timer(0);
        return r;
}

int critical_resume(Critical *c, const char *node) {
        struct dm_ioctl request;
        Prepared *p;
        int r;

        assert(c);
        assert(node);

        p = find_node(c, node);
        if (!p)
                return -ENXIO;
        request = p->resume;
        r = dm_request_send(c->control, DM_DEV_SUSPEND, &request);
        /* With an event, udev lowers the cookie; without one critical_end() does. */
        if (r >= 0 && request.flags & DM_UEVENT_GENERATED_FLAG)
                p->event_open = false;
        return r;
}

int critical_clear(Critical *c, const char *node) {
        struct dm_ioctl request;
        Prepared *p;

        assert(c);
        assert(node);

        p = find_node(c, node);
        if (!p)
                return -ENXIO;
        request = p->clear;
        return dm_request_send(c->control, DM_TABLE_CLEAR, &request);
}

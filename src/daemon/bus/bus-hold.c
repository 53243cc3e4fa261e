/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-hold.h"

#include <ctype.h>
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-call.h"
#include "bus/bus-sender.h"
#include "bus/polkit.h"
#include "service/hold.h"
#include "service/operation.h"
#include "world/log.h"

#define TEXT_MAX 500

static const VerbSpec spec = { "Hold", OBJECT_IMAGE, "", "org.raidctl.raidd1.split-tracked", "hold", REPLY_NOTHING, "merge-on-release" };

static bool is_text(const char *s) {
        for (const char *p = s; *p; p++)
                if (iscntrl((unsigned char) *p))
                        return false;
        return *s && strlen(s) <= TEXT_MAX;
}

/* Whoever makes the daemon merge must be allowed to merge. */
static int check_authority(Manager *m, sd_bus_message *message, const Call *c, sd_bus_error *reterr) {
        int r;

        r = polkit_check(m, message, spec.action, (char *const *) c->details, reterr);
        if (r == 0 && c->merge_on_release)
                r = polkit_check(m, message, "org.raidctl.raidd1.merge", (char *const *) c->details, reterr);
        if (r <= 0)
                polkit_forget(m, message);
        return r;
}

static int check_image(const Manager *m, const Object *image, sd_bus_error *reterr) {
        if (!image)
                return sd_bus_error_set(reterr, RAIDD_ERROR("Stale"), "There is no such image any more.");
        if (!streq(object_value(image, "State")->text, "tracked"))
                return sd_bus_error_setf(reterr, RAIDD_ERROR("NotTracked"), "%s is not tracked, so nobody could take it away; split it "
                                         "with 'raidctl split' first.", object_value(image, "Name")->text);
        if (!*object_value(image, "Device")->text)
                return sd_bus_error_setf(reterr, RAIDD_ERROR("NotActive"), "%s is not active; activate it first.",
                                         object_value(image, "Name")->text);
        if (operation_runs_on(m, &image->vg))
                return sd_bus_error_set(reterr, RAIDD_ERROR("Busy"), "An operation is under way on this volume group; call again.");
        return 0;
}

static int hold(Manager *m, sd_bus_message *message, const Object *image, const HoldArgs *args, sd_bus_error *reterr) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        r = hold_new(m, image, args, &fd);
        if (r == -E2BIG)
                return sd_bus_error_set(reterr, RAIDD_ERROR("Busy"), "Too many images are held.");
        if (r < 0)
                return sd_bus_error_setf(reterr, RAIDD_ERROR("Failed"), "%s cannot be opened: %s.", object_value(image, "Name")->text,
                                         strerror(-r));
        r = manager_refresh(m);
        if (r < 0)
                log_warning("The kernel's state cannot be read, ignoring: %s", strerror(-r));
        return sd_bus_reply_method_return(message, "h", fd);
}

int bus_hold_run(sd_bus_message *message, Manager *m, sd_bus_error *reterr) {
        const Object *image = object_list_find(&m->objects, sd_bus_message_get_path(message));
        HoldArgs args = { .owner = sd_bus_message_get_sender(message) };
        _cleanup_(call_done) Call c = {};
        int r;

        r = sd_bus_message_read(message, "ss", &args.who, &args.why);
        if (r < 0)
                return r;
        if (!is_text(args.who) || !is_text(args.why))
                return sd_bus_error_set(reterr, SD_BUS_ERROR_INVALID_ARGS, "Say who holds the image and why, in a few plain words each.");
        r = call_read(m, message, &spec, image, &c, reterr);
        if (r >= 0)
                r = check_authority(m, message, &c, reterr);
        if (r != 0)
                return r;
        r = check_image(m, image, reterr);
        if (r < 0)
                return r;

        args.owner = args.owner ?: "";
        args.uid = bus_sender_uid(m, message);
        args.merge = c.merge_on_release;
        return hold(m, message, image, &args, reterr);
}

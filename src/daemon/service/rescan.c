/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/rescan.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "service/operation.h"
#include "world/log.h"

static void on_scanned(Operation *o, json_object *answer, int error) {
        json_object *vgs = NULL;
        int r = error;

        if (r >= 0 && o->generation != o->manager->generation) {
                r = rescan_start(o->manager);
                if (r >= 0)
                        return;
        }
        if (r >= 0)
                r = json_object_object_get_ex(answer, "vgs", &vgs) && json_object_is_type(vgs, json_type_array)
                            ? manager_take_scan(o->manager, vgs) : -EIO;
        if (r >= 0)
                r = manager_refresh(o->manager);
        if (r < 0)
                log_error("The metadata cannot be read: %s", strerror(-r));
}

int rescan_start(Manager *m) {
        return operation_rescan(m, NULL, on_scanned);
}

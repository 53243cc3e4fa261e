/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/bus-vtable.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "bus/bus-hold.h"
#include "bus/bus-manager.h"
#include "bus/bus-sender.h"
#include "bus/bus-signal.h"
#include "bus/bus-verb.h"
#include "bus/polkit.h"

static int append_list(sd_bus_message *reply, char type, char *const *list) {
        int r = sd_bus_message_open_container(reply, 'a', type == 'O' ? "o" : "s");

        for (; r >= 0 && list && *list; list++)
                r = sd_bus_message_append_basic(reply, type == 'O' ? 'o' : 's', *list);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* From memory, whatever the property. */
static int get_property(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
                        void *userdata, sd_bus_error *reterr) {
        const Value *v = object_value(userdata, property);
        uint32_t u;
        int b;

        if (!v)
                return -ENOENT;
        switch (v->type) {
        case 's':
        case 'o':
                return sd_bus_message_append_basic(reply, v->type, v->text);
        case 'y': /* NUL-terminated, as UDisks2 has its device names */
                return sd_bus_message_append_array(reply, 'y', v->text, strlen(v->text) + 1);
        case 'u':
                u = (uint32_t) v->number;
                return sd_bus_message_append_basic(reply, 'u', &u);
        case 'b':
                b = (int) v->number;
                return sd_bus_message_append_basic(reply, 'b', &b);
        case 't':
                return sd_bus_message_append_basic(reply, 't', &v->number);
        case 'd':
                return sd_bus_message_append_basic(reply, 'd', &v->real);
        default:
                return append_list(reply, v->type, v->list);
        }
}

/* userdata of methods is the manager: found through the object. */
static int method_verb(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        return bus_verb_run(message, sd_bus_slot_get_userdata(sd_bus_get_current_slot(sd_bus_message_get_bus(message))), reterr);
}

static int method_hold(sd_bus_message *message, void *userdata, sd_bus_error *reterr) {
        return bus_hold_run(message, sd_bus_slot_get_userdata(sd_bus_get_current_slot(sd_bus_message_get_bus(message))), reterr);
}

#define CONST(name, type) SD_BUS_PROPERTY(name, type, get_property, 0, SD_BUS_VTABLE_PROPERTY_CONST)
#define EMITS(name, type) SD_BUS_PROPERTY(name, type, get_property, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)
/* No wrapper around SD_BUS_METHOD_WITH_ARGS: its arguments must reach it unexpanded. */

static const sd_bus_vtable vg_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CONST("Uuid", "s"), EMITS("Name", "s"), EMITS("Size", "t"), EMITS("Free", "t"), CONST("ExtentSize", "t"),
        EMITS("Seqno", "t"), EMITS("PhysicalVolumes", "ao"), EMITS("Volumes", "ao"),
        EMITS("MissingPhysicalVolumes", "ao"), EMITS("Managed", "b"), EMITS("UnmanagedReason", "s"), EMITS("State", "s"),
        SD_BUS_METHOD_WITH_ARGS("CreateVolume", SD_BUS_ARGS("s", name, "t", size, "a{sv}", options), SD_BUS_RESULT("o", volume), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SplitTracked", SD_BUS_ARGS("ao", volumes, "a{sv}", options), SD_BUS_RESULT("ao", images), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Extend", SD_BUS_ARGS("as", devices, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Reduce", SD_BUS_ARGS("ao", physical_volumes, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Rename", SD_BUS_ARGS("s", new_name, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Activate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Deactivate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable pv_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CONST("Uuid", "s"), EMITS("VolumeGroup", "o"), EMITS("Device", "ay"), EMITS("DeviceNumber", "t"),
        EMITS("Size", "t"), EMITS("Free", "t"), EMITS("Missing", "b"),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable volume_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CONST("Uuid", "s"), CONST("VolumeGroup", "o"), EMITS("Name", "s"), EMITS("Layout", "s"), EMITS("Size", "t"),
        EMITS("Active", "b"), EMITS("ReadOnly", "b"), EMITS("Device", "ay"), EMITS("DeviceNumber", "t"),
        EMITS("Devices", "as"), EMITS("Health", "s"), EMITS("Images", "ao"), EMITS("ImageCount", "u"),
        EMITS("InSyncImageCount", "u"), EMITS("TrackedImage", "o"), EMITS("SyncAction", "s"), EMITS("SyncRatio", "d"),
        EMITS("RegionSize", "t"), EMITS("MismatchCount", "t"), EMITS("MinSyncRate", "t"), EMITS("MaxSyncRate", "t"),
        SD_BUS_METHOD_WITH_ARGS("SplitTracked", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", image), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Split", SD_BUS_ARGS("s", new_name, "a{sv}", options), SD_BUS_RESULT("o", volume), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Scrub", SD_BUS_ARGS("s", mode, "a{sv}", options), SD_BUS_RESULT("o", job), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Merge", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", job), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Rename", SD_BUS_ARGS("s", new_name, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Resize", SD_BUS_ARGS("t", size, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Refresh", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("SetSyncRate", SD_BUS_ARGS("t", min_rate, "t", max_rate, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("AddImages", SD_BUS_ARGS("u", count, "a{sv}", options), SD_BUS_RESULT("o", job), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("RemoveImages", SD_BUS_ARGS("u", count, "a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("ReplaceImage", SD_BUS_ARGS("o", image, "a{sv}", options), SD_BUS_RESULT("o", job), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Activate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Deactivate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Remove", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable image_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CONST("Uuid", "s"), EMITS("Volume", "o"), EMITS("Slot", "u"), EMITS("Name", "s"), EMITS("Size", "t"),
        EMITS("PhysicalVolumes", "ao"), EMITS("State", "s"), EMITS("Active", "b"), EMITS("ReadOnly", "b"),
        EMITS("Device", "ay"), EMITS("DeviceNumber", "t"), EMITS("Devices", "as"), EMITS("MetadataName", "s"),
        EMITS("MetadataDevices", "as"), EMITS("Holders", "as"),
        SD_BUS_METHOD_WITH_ARGS("SplitTracked", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", image), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Split", SD_BUS_ARGS("s", new_name, "a{sv}", options), SD_BUS_RESULT("o", volume), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Merge", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("o", job), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Activate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Deactivate", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Hold", SD_BUS_ARGS("s", who, "s", why, "a{sv}", options), SD_BUS_RESULT("h", hold), method_hold,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetChangedBytes", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("t", changed, "t", total, "t", region_size), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("GetChangedRegions", SD_BUS_ARGS("a{sv}", options), SD_BUS_RESULT("a(tt)", regions), method_verb,
                                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable job_vtable[] = {
        SD_BUS_VTABLE_START(0),
        CONST("Id", "u"), EMITS("Operation", "s"), EMITS("Progress", "d"), EMITS("ProgressValid", "b"),
        EMITS("Bytes", "t"), EMITS("BytesDone", "t"), EMITS("Rate", "t"), CONST("StartTime", "t"),
        EMITS("ExpectedEndTime", "t"), CONST("Objects", "ao"), EMITS("StartedByUID", "u"), EMITS("Cancelable", "b"),
        EMITS("Pausable", "b"), EMITS("State", "s"), EMITS("Phase", "s"), EMITS("Result", "s"),
        EMITS("Warnings", "as"), /* the kernel may have shown the job before the worker answered */
        SD_BUS_METHOD_WITH_ARGS("Cancel", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Pause", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Resume", SD_BUS_ARGS("a{sv}", options), SD_BUS_NO_RESULT, method_verb, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_SIGNAL_WITH_ARGS("Completed", SD_BUS_ARGS("b", success, "s", message), 0),
        SD_BUS_VTABLE_END,
};

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
                       sd_bus_error *reterr) {
        Manager *m = userdata;
        Object *o = object_list_find(&m->objects, path);

        if (!o || !streq(object_interface(o->kind), interface))
                return 0;
        *ret_found = o;
        return 1;
}

static int enumerate(sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *reterr) {
        Manager *m = userdata;
        char **nodes = calloc(m->objects.n + 1, sizeof(char *));

        if (!nodes)
                return -ENOMEM;
        for (size_t i = 0; i < m->objects.n; i++) {
                nodes[i] = strdup(m->objects.objects[i]->path);
                if (!nodes[i]) {
                        strv_free(nodes);
                        return -ENOMEM;
                }
        }
        *ret_nodes = nodes;
        return 0;
}

int bus_register(Manager *m, sd_bus *bus) {
        static const sd_bus_vtable *const vtables[_OBJECT_KIND_MAX] = {
                [OBJECT_VG] = vg_vtable,       [OBJECT_PV] = pv_vtable,   [OBJECT_VOLUME] = volume_vtable,
                [OBJECT_IMAGE] = image_vtable, [OBJECT_JOB] = job_vtable,
        };
        /* Not below the root itself: a path cannot have both kinds of vtable. */
        static const char *const prefixes[_OBJECT_KIND_MAX] = {
                [OBJECT_VG] = RAIDD_PATH "/vg",       [OBJECT_PV] = RAIDD_PATH "/pv",   [OBJECT_VOLUME] = RAIDD_PATH "/volume",
                [OBJECT_IMAGE] = RAIDD_PATH "/image", [OBJECT_JOB] = RAIDD_PATH "/job",
        };
        int r;

        r = polkit_register(m, bus);
        if (r >= 0)
                r = bus_manager_register(m, bus);
        for (ObjectKind k = 0; r >= 0 && k < _OBJECT_KIND_MAX; k++)
                r = sd_bus_add_fallback_vtable(bus, NULL, prefixes[k], object_interface(k), vtables[k], find_object, m);
        if (r >= 0)
                r = sd_bus_add_node_enumerator(bus, NULL, RAIDD_PATH, enumerate, m);
        if (r >= 0)
                r = sd_bus_add_object_manager(bus, NULL, RAIDD_PATH);
        return r < 0 ? r : bus_sender_register(m, bus);
}

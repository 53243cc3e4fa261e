/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/state.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "model/vg-import.h"
#include "service/json.h"

VgState *vg_state_free(VgState *s) {
        if (!s)
                return NULL;
        for (size_t i = 0; s->devices && i < s->vg->n_pvs; i++)
                free(s->devices[i].path);
        free(s->devices);
        vg_free(s->vg);
        free(s->problem);
        free(s);
        return NULL;
}

static int add_device(VgState *s, json_object *pv) {
        const char *uuid = get_text(pv, "uuid"), *path = get_text(pv, "device");
        Uuid id;

        if (!uuid || uuid_parse(uuid, &id) < 0)
                return -EBADMSG;
        for (size_t i = 0; path && i < s->vg->n_pvs; i++) {
                PvDevice *d = &s->devices[i];

                if (!uuid_equal(&s->vg->pvs[i]->id, &id) || d->path)
                        continue;
                d->path = strdup(path);
                if (!d->path)
                        return -ENOMEM;
                d->major = (uint32_t) get_number(pv, "major");
                d->minor = (uint32_t) get_number(pv, "minor");
                d->bytes = get_number(pv, "size");
        }
        return 0;
}

int vg_state_from_json(json_object *o, VgState **ret) {
        _cleanup_(vg_state_freep) VgState *s = calloc(1, sizeof(VgState));
        json_object *pvs = NULL, *duplicates = NULL;
        const char *text = get_text(o, "text");
        int r;

        if (!s)
                return -ENOMEM;
        if (!text)
                return -EBADMSG;
        r = vg_import(text, strlen(text), &s->vg);
        if (r < 0)
                return r;
        s->devices = calloc(s->vg->n_pvs ?: 1, sizeof(PvDevice));
        s->problem = strdup(get_text(o, "problem") ?: "");
        if (!s->devices || !s->problem)
                return -ENOMEM;
        s->duplicates = json_object_object_get_ex(o, "duplicates", &duplicates) && json_object_get_boolean(duplicates);
        if (json_object_object_get_ex(o, "pvs", &pvs) && json_object_is_type(pvs, json_type_array))
                for (size_t i = 0; i < json_object_array_length(pvs); i++) {
                        r = add_device(s, json_object_array_get_idx(pvs, i));
                        if (r < 0)
                                return r;
                }
        *ret = TAKE_PTR(s);
        return 0;
}

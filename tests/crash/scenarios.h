/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What is stopped: each verb, on what it may meet. */

#include "operate.h"

#define VG_CREATE { .verb = VERB_VG_CREATE, .name = "vg0" }
#define CREATE(n) { .verb = VERB_CREATE, .name = "data", .size = 256 << 10, .images = (n) }
#define CREATE_PLAIN { .verb = VERB_CREATE, .name = "plain", .size = 64 << 10 }
#define CREATE_OTHER(n) { .verb = VERB_CREATE, .name = "other", .size = 64 << 10, .images = (n) }
#define TRACK(n) { .verb = VERB_SPLIT_TRACKED, .lv = "data", .slot = (n) }
#define MERGE { .verb = VERB_MERGE, .lv = "data" }
#define SPLIT(n) { .verb = VERB_SPLIT, .lv = "data", .name = "new", .slot = (n) }
#define SPLIT_SEVERAL(n, set) { .verb = VERB_SPLIT, .lv = "data", .name = "new", .images = (n), .slots = (set) }
#define REMOVE(v) { .verb = VERB_REMOVE, .lv = (v) }
#define VG_CREATE_ON(n) { .verb = VERB_VG_CREATE, .name = "vg0", .slot = (n) }
#define VG_EXTEND(n) { .verb = VERB_VG_EXTEND, .slot = (n) }
#define VG_RENAME(n) { .verb = VERB_VG_RENAME, .name = (n) }
#define RENAME(v, n) { .verb = VERB_RENAME, .lv = (v), .name = (n) }
#define RESIZE(v, extents) { .verb = VERB_RESIZE, .lv = (v), .size = (extents) * (64 << 10) }
#define ADD_IMAGES(v, n) { .verb = VERB_ADD_IMAGES, .lv = (v), .images = (n) }
#define REMOVE_IMAGES(n, image) { .verb = VERB_REMOVE_IMAGES, .lv = "data", .images = (n), .slot = (image) }
#define FINISH_REPLACE { .verb = VERB_FINISH_REPLACE, .lv = "data" }
#define ACTIVATE(v) { .verb = VERB_ACTIVATE, .lv = (v) }
#define DEACTIVATE(v) { .verb = VERB_DEACTIVATE, .lv = (v) }

extern const Scenario scenarios[];
extern const size_t n_scenarios;

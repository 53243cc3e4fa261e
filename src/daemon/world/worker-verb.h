/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What a verb has to know of the world beyond metadata and kernel, and has to bring about before it is planned. */

#include "plan/planner.h"
#include "world/session.h"

/* For a merge or an activation: which volumes the kernel would not start. *ret_blank is what ret->blank points to, allocated. */
int blank_facts(Session *s, Verb verb, Uuid **ret_blank, Facts *ret);
/* For the merge of the image, or of the tracked image of the volume: is there evidence, was it written? Missing evidence may
 * still come by a refresh, as the bitmap has kept everything since the split (S1); a dry run changes nothing, but counts what
 * has changed. */
int merge_facts(Session *s, const Uuid *lv, bool dry_run, Facts *ret);

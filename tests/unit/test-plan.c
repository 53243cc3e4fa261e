/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rules of a plan, each with a plan that breaks it; printing; JSON both ways. */

#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "planner-fixture.h"
#include "test.h"

static Plan *small_plan(void) {
        Plan *p = NULL;
        Uuid id = fixture_id("vg0");

        if (plan_new("test", "vg0", &id, &p) < 0)
                abort();
        return p;
}

static Step *add(Plan *p, StepKind kind, const char *node) {
        Step *s = plan_add(p, kind);

        if (!s)
                abort();
        s->node = node ? strdup(node) : NULL;
        if (kind == STEP_DM_LOAD || kind == STEP_DM_RENAME || kind == STEP_EXPECT)
                s->text = strdup("0 8 error");
        if (kind == STEP_DM_CREATE)
                s->uuid = strdup("LVM-x");
        return s;
}

typedef struct Broken {
        const char *rule;
        struct {
                StepKind kind;
                const char *node;
        } steps[8];
        size_t n;
} Broken;

static const Broken broken[] = {
        { "P0", { { STEP_DM_REMOVE, NULL } }, 1 },
        { "P0", { { STEP_DM_REMOVE, "" } }, 1 },
        { "P1", { { STEP_DM_SUSPEND, "a" }, { STEP_DM_LOAD, "b" }, { STEP_DM_RESUME, "a" } }, 3 },
        { "P1", { { STEP_DM_SUSPEND, "a" }, { STEP_DM_CREATE, "b" }, { STEP_DM_RESUME, "a" } }, 3 },
        { "P1", { { STEP_DM_SUSPEND, "a" }, { STEP_DM_SUSPEND, "b" }, { STEP_DM_RESUME, "b" }, { STEP_DM_RENAME, "b" },
                  { STEP_DM_RESUME, "a" } }, 5 },
        { "P2", { { STEP_DM_SUSPEND, "a" }, { STEP_UDEV_WAIT, NULL }, { STEP_DM_RESUME, "a" } }, 3 },
        { "P2", { { STEP_DM_SUSPEND, "a" }, { STEP_CONVERGE, NULL }, { STEP_DM_RESUME, "a" } }, 3 },
        { "P3", { { STEP_DM_SUSPEND, "a" } }, 1 },
        { "P3", { { STEP_DM_SUSPEND, "a" }, { STEP_DM_RESUME, "b" } }, 2 },
        { "P3", { { STEP_DM_SUSPEND, "a" }, { STEP_DM_SUSPEND, "b" }, { STEP_DM_RESUME, "a" } }, 3 },
        { "P4", { { STEP_META_REMOVE, NULL } }, 1 },
        { "P5", { { STEP_META_COMMIT, NULL } }, 1 },
        { "P5", { { STEP_META_PRECOMMIT, NULL } }, 1 },
        { "P8", { { STEP_FREEZE, "a" } }, 1 },
        { "P8", { { STEP_FREEZE, "a" }, { STEP_CONVERGE, NULL }, { STEP_THAW, NULL } }, 3 },
};

TEST(each_broken_rule_is_named) {
        for (size_t i = 0; i < ELEMENTSOF(broken); i++) {
                _cleanup_(plan_freep) Plan *p = small_plan();
                const char *rule = "";

                for (size_t j = 0; j < broken[i].n; j++)
                        add(p, broken[i].steps[j].kind, broken[i].steps[j].node);
                ASSERT_EQ(plan_check(p, &rule), -EINVAL);
                ASSERT_EQ(strncmp(rule, broken[i].rule, 2), 0);
        }
}

TEST(two_sections_with_a_load_between_them_are_right) {
        _cleanup_(plan_freep) Plan *p = small_plan();
        const char *rule;

        add(p, STEP_DM_SUSPEND, "a");
        add(p, STEP_DM_RESUME, "a");
        add(p, STEP_DM_LOAD, "b");
        add(p, STEP_DM_SUSPEND, "b");
        add(p, STEP_DM_SUSPEND, "a");
        add(p, STEP_DM_RESUME, "b");
        add(p, STEP_DM_RESUME, "a");
        ASSERT_EQ(plan_check(p, &rule), 0);
}

/* The plan of a real verb, to be spoilt. */
static Fixture *split_fixture(void) {
        Fixture *f = fixture_new(NULL);

        fixture_ask(f, VERB_SPLIT, "data");
        f->request.name = (char *) "new";
        if (fixture_run(f) != 0)
                abort();
        return f;
}

static size_t find(const Plan *p, StepKind kind, size_t nth) {
        for (size_t i = 0; i < p->n_steps; i++)
                if (p->steps[i].kind == kind && nth-- == 0)
                        return i;

        abort();
}

static void swap(Plan *p, size_t a, size_t b) {
        Step s = p->steps[a];

        p->steps[a] = p->steps[b];
        p->steps[b] = s;
}

TEST(texts_are_checked) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        const char *rule;

        ASSERT_EQ(plan_check(f->plan, &rule), 0);
        f->plan->steps[find(f->plan, STEP_META_WRITE, 1)].number++;
        ASSERT_EQ(plan_check(f->plan, &rule), -EINVAL);
        ASSERT_EQ(strncmp(rule, "P7", 2), 0);
        f->plan->steps[find(f->plan, STEP_META_WRITE, 1)].number--;
        f->plan->steps[find(f->plan, STEP_META_WRITE, 0)].text[0] = '}';
        ASSERT_EQ(plan_check(f->plan, &rule), -EINVAL);
        ASSERT_EQ(strncmp(rule, "P7", 2), 0);
}

TEST(residuals_are_not_the_last_text) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        const char *rule;
        size_t second = find(f->plan, STEP_META_WRITE, 1);

        /* cut the second commit off; what is cut must be freed by hand */
        Plan rest = { .steps = f->plan->steps + second, .n_steps = f->plan->n_steps - second };

        f->plan->n_steps = second;
        ASSERT_EQ(plan_check(f->plan, &rule), -EINVAL);
        ASSERT_EQ(strncmp(rule, "P5", 2), 0);
        f->plan->n_steps += rest.n_steps;
}

TEST(the_second_text_waits_for_the_kernel) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        const char *rule;

        f->plan->steps[find(f->plan, STEP_CONVERGE, 0)].kind = STEP_UDEV_WAIT;
        ASSERT_EQ(plan_check(f->plan, &rule), -EINVAL);
        ASSERT_EQ(strncmp(rule, "P5", 2), 0);
}

TEST(commit_needs_precommit) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        const char *rule;

        swap(f->plan, find(f->plan, STEP_META_WRITE, 0), find(f->plan, STEP_META_PRECOMMIT, 0));
        ASSERT_EQ(plan_check(f->plan, &rule), -EINVAL);
        ASSERT_EQ(strncmp(rule, "P5", 2), 0);
}

TEST(expect_comes_first) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        const char *rule;

        swap(f->plan, 0, 1);
        ASSERT_EQ(plan_check(f->plan, &rule), -EINVAL);
        ASSERT_EQ(strncmp(rule, "P4", 2), 0);
}

TEST(kinds_have_names) {
        for (int i = 0; i < _STEP_KIND_MAX; i++)
                ASSERT_EQ(step_kind_from_string(step_kind_to_string((StepKind) i)), i);
        ASSERT_EQ(step_kind_from_string("dm.reload"), _STEP_KIND_INVALID);
        ASSERT_EQ(step_kind_from_string(NULL), _STEP_KIND_INVALID);
        ASSERT_TRUE(step_kind_to_string(_STEP_KIND_MAX) == NULL);
}

TEST(verbs_have_names) {
        for (int i = 0; i < _VERB_MAX; i++)
                ASSERT_EQ(verb_from_string(verb_to_string((Verb) i)), i);
        ASSERT_EQ(verb_from_string("frobnicate"), _VERB_INVALID);
        ASSERT_EQ(verb_from_string(NULL), _VERB_INVALID);
}

TEST(printed_for_people) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        _cleanup_free_ char *text = NULL;

        ASSERT_EQ(plan_warn(f->plan, "Mind the gap."), 0);
        ASSERT_EQ(plan_print(f->plan, &text), 0);
        ASSERT_TRUE(strstr(text, "Split image 2 of vg0/data into new volume vg0/new"));
        ASSERT_TRUE(strstr(text, "(vg0, sequence number 5 → 7)\n  1  expect "));
        ASSERT_TRUE(strstr(text, "dm.suspend      vg0-data: "));
        ASSERT_TRUE(strstr(text, "Warning: Mind the gap.\n"));
}

TEST(json_goes_both_ways) {
        _cleanup_(fixture_freep) Fixture *f = split_fixture();
        _cleanup_(plan_freep) Plan *back = NULL;
        _cleanup_free_ char *first = NULL, *second = NULL;

        ASSERT_EQ(plan_warn(f->plan, "Mind the \"gap\"."), 0);
        f->plan->rebuild_slots = UINT64_C(1) << 63;
        ASSERT_EQ(plan_to_json(f->plan, &first), 0);
        ASSERT_EQ(plan_from_json(first, &back), 0);
        ASSERT_EQ(plan_to_json(back, &second), 0);
        ASSERT_EQ(strcmp(first, second), 0);
        ASSERT_TRUE(back->rebuild_slots == UINT64_C(1) << 63);
        ASSERT_EQ(back->n_steps, f->plan->n_steps);
        ASSERT_TRUE(uuid_equal(&back->result, &f->plan->result));
        ASSERT_EQ(strcmp(back->warnings[0], "Mind the \"gap\"."), 0);
}

static const char *const hostile[] = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "{} {}",
        "{\"verb\":\"x\"}",
        "{\"verb\":1,\"vg-name\":\"v\"}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"vg\":\"short\"}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"colour\":1}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":{}}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[1]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[null]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"dm.reload\"}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"expect\",\"number\":-1}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"expect\",\"number\":1.5}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"expect\",\"lockfs\":1}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"expect\",\"text\":\"a\\u0000b\"}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"converge\",\"active\":[1]}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[{\"kind\":\"converge\",\"active\":\"all\"}]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"warnings\":[1]}",
        "{\"verb\":\"x\",\"vg-name\":\"v\",\"steps\":[[[[[[[[[[[[1]]]]]]]]]]]]}",
};

TEST(hostile_json_is_refused) {
        for (size_t i = 0; i < ELEMENTSOF(hostile); i++) {
                _cleanup_(plan_freep) Plan *p = NULL;

                if (plan_from_json(hostile[i], &p) != -EBADMSG)
                        fprintf(stderr, "taken: %s\n", hostile[i]);
                ASSERT_EQ(plan_from_json(hostile[i], &p), -EBADMSG);
                ASSERT_TRUE(p == NULL);
        }
}

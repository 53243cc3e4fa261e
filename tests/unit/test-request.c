/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the worker reads: requests and intents. */

#include <errno.h>

#include "test.h"
#include "world/intent.h"
#include "world/request.h"

#define ID "nc2h67H0vdIfptk2BdhCvXkdAOdU4noN"

TEST(a_whole_request) {
        WorkerRequest *r;

        ASSERT_OK(worker_request_parse("{\"verb\":\"split-tracked\",\"vg\":\"" ID "\",\"vg_name\":\"vg0\",\"lv\":\"" ID "\","
                                       "\"slot\":2,\"image\":\"" ID "\",\"allow_degraded\":true,\"quiesce\":false,\"devices\":[\"/dev/a\",\"/dev/b\"],"
                                       "\"lock_timeout_ms\":5,\"freeze_limit_ms\":7,\"dry_run\":true,\"pv\":null,\"slots\":[0,63]}", &r));
        ASSERT_EQ(r->request.verb, VERB_SPLIT_TRACKED);
        ASSERT_EQ(r->request.slot, 2);
        ASSERT_STREQ(r->request.image.chars, ID);
        ASSERT_EQ(r->request.slots, UINT64_C(1) << 63 | 1);
        ASSERT_TRUE(r->request.allow_degraded && r->request.no_quiesce && r->dry_run);
        ASSERT_STREQ(r->devices[1], "/dev/b");
        ASSERT_EQ(r->lock_timeout_ms, 5);
        ASSERT_EQ(r->request.freeze_limit_ms, 7);
        worker_request_free(r);
}

TEST(defaults) {
        WorkerRequest *r;

        ASSERT_OK(worker_request_parse("{\"verb\":\"scan\"}", &r));
        ASSERT_TRUE(r->scan);
        ASSERT_EQ(r->request.slot, SLOT_ANY);
        ASSERT_EQ(r->lock_timeout_ms, LOCK_TIMEOUT_MS);
        ASSERT_NULL(r->devices);
        worker_request_free(r);
}

TEST(refuses_the_rest) {
        static const char *const bad[] = {
                "", "[]", "{}", "{\"verb\":\"nonsense\"}", "{\"verb\":1}", "{\"verb\":\"merge\",\"typo\":1}",
                "{\"verb\":\"merge\",\"vg\":\"short\"}", "{\"verb\":\"merge\",\"slot\":-1}", "{\"verb\":\"merge\",\"slot\":4294967296}",
                "{\"verb\":\"merge\",\"devices\":[\"relative\"]}", "{\"verb\":\"merge\",\"devices\":[1]}",
                "{\"verb\":\"merge\",\"quiesce\":1}", "{\"verb\":\"vg-create\",\"wipe\":1}", "{\"verb\":\"split\",\"slots\":[64]}", "{\"verb\":\"split\",\"slots\":1}", "{\"verb\":\"create\",\"size\":\"1\"}",
        };
        WorkerRequest *r;

        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                if (worker_request_parse(bad[i], &r) != -EBADMSG)
                        TEST_FAIL("accepted: %s", bad[i]);
}

TEST(intent_and_back) {
        Uuid id = { ID }, other = { "00000000000000000000000000000000" };
        char *devices[] = { (char *) "/dev/with \"quotes\"", NULL };
        Intent out = {
                .verb = (char *) "merge", .vg_name = (char *) "vg0", .seqno = UINT64_C(1) << 40,
                .before = (Uuid[]) { id, other }, .n_before = 2, .after = &id, .n_after = 1,
                .devices = devices, .rebuild_lv = id, .rebuild_slots = UINT64_C(1) << 63,
                .labels = &other, .n_labels = 1, .vg_name_after = (char *) "vg1",
        };
        Intent *in;
        char *text;

        ASSERT_OK(intent_to_json(&out, &text));
        ASSERT_OK(intent_from_json(text, &in));
        ASSERT_STREQ(in->vg_name, "vg0");
        ASSERT_STREQ(in->vg_name_after, "vg1");
        ASSERT_TRUE(in->seqno == out.seqno && in->rebuild_slots == out.rebuild_slots);
        ASSERT_EQ(in->n_before, 2);
        ASSERT_TRUE(uuid_equal(&in->before[1], &other) && uuid_equal(&in->rebuild_lv, &id));
        ASSERT_TRUE(in->n_labels == 1 && uuid_equal(&in->labels[0], &other));
        ASSERT_STREQ(in->devices[0], devices[0]);
        intent_free(in);
        free(text);
        ASSERT_EQ(intent_from_json("{\"verb\":\"x\"}", &in), -EBADMSG);
        ASSERT_EQ(intent_from_json("{", &in), -EBADMSG);
}

/* The package is upgraded, or taken back, between a crash and its recovery. */
TEST(intent_of_another_version) {
        static const char first[] = "{\"verb\":\"split\",\"vg_name\":\"vg0\",\"seqno\":3,\"before\":[\"" ID "\"],\"after\":[],\"devices\":[\"/dev/sda\"]}";
        static const char later[] = "{\"verb\":\"new-verb\",\"vg_name\":\"vg0\",\"seqno\":4,\"before\":[],\"after\":[\"" ID "\"],\"devices\":[],"
                                    "\"what_it_added\":{\"a\":[1]}}";
        Intent *in;

        ASSERT_OK(intent_from_json(first, &in));
        ASSERT_TRUE(in->seqno == 3 && in->n_before == 1 && in->n_labels == 0 && in->rebuild_slots == 0 && !in->vg_name_after);
        intent_free(in);
        ASSERT_OK(intent_from_json(later, &in));
        ASSERT_TRUE(in->seqno == 4 && in->n_after == 1);
        intent_free(in);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a restarted daemon finds of a job, and what it must not take for its own. */

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "service/job-note.h"
#include "test.h"

static char folder[] = "test-job-note.XXXXXX";
static const Uuid LV = { "0123456789abcdefghijklmnopqrstuv" };
static VolumeGroup group;
static VgState state = { .vg = &group };

VgState *manager_find_vg(const Manager *m, const Uuid *id) {
        return &state;
}

void job_set_copied(Job *j, BitmapRange *ranges, size_t n) {
        free(j->copied);
        j->copied = ranges;
        j->n_copied = n;
}

static void done(Job *j) {
        free(j->operation);
        free(j->copied);
}

static Job found(void) {
        return (Job) { .id = 1, .lv = LV, .operation = strdup("raid-recover"), .start = 9 };
}

static bool there(void) {
        char path[200];

        (void) snprintf(path, sizeof(path), "%s/job/%s", folder, LV.chars);
        return access(path, F_OK) >= 0;
}

static void setup(void) {
        char value[100];

        ASSERT_TRUE(mkdtemp(folder) != NULL);
        (void) snprintf(value, sizeof(value), "%s:%s/intent", folder, folder); /* as systemd lists them */
        ASSERT_EQ(setenv("RUNTIME_DIRECTORY", value, 1), 0);
        group.seqno = 7;
}

static void teardown(void) {
        char path[200];

        job_note_remove(&LV);
        (void) snprintf(path, sizeof(path), "%s/job", folder);
        ASSERT_TRUE(rmdir(path) >= 0 || errno == ENOENT);
        ASSERT_EQ(rmdir(folder), 0);
        memset(folder + strlen(folder) - 6, 'X', 6);
}

static void write_note(const Manager *m) {
        BitmapRange ranges[] = { { 0, 4096 }, { UINT64_C(1) << 40, 65536 } };
        Job j = { .id = 5, .lv = LV, .operation = (char *) "raid-merge", .uid = 1000, .start = 123456789, .copied = ranges, .n_copied = 2 };

        job_note_write(m, &j);
}

TEST(there_and_back) {
        Manager m = {};
        Job j = found();

        setup();
        write_note(&m);
        job_note_read(&m, &j);
        ASSERT_STREQ(j.operation, "raid-merge");
        ASSERT_TRUE(j.uid == 1000 && j.start == 123456789 && j.n_copied == 2);
        ASSERT_TRUE(j.copied && j.copied[1].offset == UINT64_C(1) << 40 && j.copied[1].size == 65536);
        done(&j);
        teardown();
}

TEST(of_another_state) {
        Manager m = {};
        Job j = found();

        setup();
        write_note(&m);
        group.seqno = 8;
        job_note_read(&m, &j);
        ASSERT_STREQ(j.operation, "raid-recover");
        ASSERT_TRUE(j.start == 9 && !j.copied);
        done(&j);
        teardown();
}

TEST(not_understood) {
        static const char *const bad[] = { "", "{", "[]", "{\"seqno\":7}", "{\"seqno\":7,\"operation\":1}", "{\"seqno\":\"7\",\"operation\":\"x\"}" };
        Manager m = {};
        char path[200];

        setup();
        write_note(&m);
        (void) snprintf(path, sizeof(path), "%s/job/%s", folder, LV.chars);
        for (size_t i = 0; i < ELEMENTSOF(bad); i++) {
                Job j = found();
                FILE *f = fopen(path, "we");

                ASSERT_TRUE(f && fputs(bad[i], f) >= 0 && fclose(f) == 0);
                job_note_read(&m, &j);
                ASSERT_STREQ(j.operation, "raid-recover");
                done(&j);
        }
        teardown();
}

TEST(of_a_job_that_has_ended) {
        Job ended = { .lv = LV, .end = 1 };
        Manager m = {};

        setup();
        write_note(&m);
        m.jobs = &ended;
        job_notes_prune(&m);
        ASSERT_TRUE(!there());
        ended.end = 0;
        write_note(&m);
        job_notes_prune(&m);
        ASSERT_TRUE(there());
        job_note_remove(&LV);
        ASSERT_TRUE(!there());
        teardown();
}

/* Started by hand: there is no folder, and nothing is kept. */
TEST(without_systemd) {
        Manager m = {};
        Job j = found();

        ASSERT_EQ(unsetenv("RUNTIME_DIRECTORY"), 0);
        write_note(&m);
        job_note_read(&m, &j);
        job_notes_prune(&m);
        job_note_remove(&LV);
        ASSERT_STREQ(j.operation, "raid-recover");
        done(&j);
}

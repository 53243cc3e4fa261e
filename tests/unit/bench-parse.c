/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parser against libdevmapper's dm_config_parse(), on the text of a volume group with 10,000 volumes; alternating, the
 * median of the ratios. meson test --benchmark -C build --verbose */

#include <libdevmapper.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "model/config-tree.h"
#include "model/vg-import.h"

#define N_LVS 10000
#define ROUNDS 7

static double now(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static char *make_text(void) {
        _cleanup_(buf_done) Buf b = {};

        buf_add(&b, "vg {\nid = \"RDN0EJ-RZO2-CxcR-jIh9-wIsl-3Gxx-000000\"\nseqno = 1\nformat = \"lvm2\"\nstatus = [\"RESIZEABLE\", \"READ\", "
                    "\"WRITE\"]\nflags = []\nextent_size = 8192\nmax_lv = 0\nmax_pv = 0\nmetadata_copies = 0\n\nphysical_volumes {\n\npv0 {\n"
                    "id = \"RDN0EJ-RZO2-CxcR-jIh9-wIsl-3Gxx-00000p\"\ndevice = \"/dev/vdb\"\n\nstatus = [\"ALLOCATABLE\"]\nflags = []\n"
                    "dev_size = 99999999999\npe_start = 2048\npe_count = 1000000\n}\n}\n\nlogical_volumes {\n");
        for (int i = 0; i < N_LVS; i++)
                buf_addf(&b, "\nv%05d {\nid = \"RDN0EJ-RZO2-CxcR-jIh9-wIsl-3Gxy-%06d\"\nstatus = [\"READ\", \"WRITE\", \"VISIBLE\"]\nflags = []\n"
                             "creation_time = 1795417342\t# 2026-11-23 07:02:22 +0000\ncreation_host = \"host\"\nsegment_count = 1\n\nsegment1 {\n"
                             "start_extent = 0\nextent_count = 1\t# 4 Megabytes\n\ntype = \"striped\"\nstripe_count = 1\t# linear\n\nstripes = [\n"
                             "\"pv0\", %d\n]\n}\n}\n", i, i, i);
        buf_add(&b, "}\n\n}\ncontents = \"Text Format Volume Group\"\nversion = 1\n");
        return buf_take(&b);
}

static double time_ours(const char *text, size_t n) {
        double begin = now();
        ConfigTree *t = NULL;

        if (config_parse(text, n, &t) < 0)
                abort();
        config_tree_unref(t);
        return now() - begin;
}

static double time_theirs(const char *text, size_t n) {
        double begin = now();
        struct dm_config_tree *t = dm_config_create();

        if (!t || !dm_config_parse(t, text, text + n))
                abort();
        dm_config_destroy(t);
        return now() - begin;
}

static int compare(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return x < y ? -1 : x > y;
}

int main(void) {
        _cleanup_free_ char *text = make_text();
        double ratios[ROUNDS], ours = 0, theirs = 0, begin, import;
        VolumeGroup *vg = NULL;
        size_t n;

        if (!text)
                return EXIT_FAILURE;
        n = strlen(text);
        for (int i = 0; i < ROUNDS; i++) {
                ours = time_ours(text, n);
                theirs = time_theirs(text, n);
                ratios[i] = theirs / ours;
        }
        qsort(ratios, ROUNDS, sizeof(double), compare);
        begin = now();
        if (vg_import(text, n, &vg) < 0)
                return EXIT_FAILURE;
        import = now() - begin;
        vg_free(vg);
        printf("parse %zu bytes: %.1f ms, dm_config_parse %.1f ms, ratio %.1f (bound 40); with import %.1f ms\n", n, ours * 1e3, theirs * 1e3,
               ratios[ROUNDS / 2], import * 1e3);
        return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "ctl.h"

typedef struct VerbEntry {
        const char *name, *arguments, *help;
        int (*run)(Ctl *c);
} VerbEntry;

static const VerbEntry verbs[] = {
        { "list", "[-a] [NAME…]", "volumes, of these groups or all; with -a their images as well", verb_list },
        { "status", "[VOLUME]", "health, sync and images of volumes", verb_status },
        { "show", "VOLUME|IMAGE", "all properties", verb_show },
        { "split", "VOLUME…", "split an image off, tracked; with --permanent --name=NEW for good", verb_split },
        { "run", "VOLUME -- COMMAND…", "split, run the command with $RAIDCTL_DEVICE, merge", verb_run },
        { "merge", "VOLUME|IMAGE", "merge the tracked image back, resyncing what changed", verb_merge },
        { "changed", "VOLUME|IMAGE", "how much changed since the split, or with --regions what", verb_changed },
        { "verify", "VOLUME|IMAGE", "compare the tracked image with what has not changed since", verb_verify },
        { "scrub", "VOLUME", "compare all images; with --repair make them the same", verb_scrub },
        { "create", "VG/NAME", "a volume of --size=SIZE, mirrored with --images=N", verb_create },
        { "remove", "VOLUME", "remove a volume", verb_remove },
        { "rename", "VOLUME NEW", "give a volume another name", verb_rename },
        { "resize", "VOLUME", "make it --size=[+|-]SIZE; shorter only with --allow-shrink", verb_resize },
        { "add-image", "VOLUME", "one more image, or --images=N; linear becomes raid1", verb_add_image },
        { "remove-image", "VOLUME|IMAGE", "one image fewer, or --images=N; the last but one makes it linear", verb_remove_image },
        { "replace-image", "IMAGE", "a new image, and when that is in sync the old one goes", verb_replace_image },
        { "refresh", "VOLUME", "try images again that failed for a while", verb_refresh },
        { "sync-rate", "VOLUME", "limit resyncs: --min=RATE, --max=RATE bytes/s", verb_sync_rate },
        { "vg-create", "VG DEVICE…", "a volume group on these devices", verb_vg_create },
        { "vg-extend", "VG DEVICE…", "add devices to a volume group", verb_vg_extend },
        { "vg-reduce", "VG DEVICE…", "take empty devices out of it", verb_vg_reduce },
        { "vg-rename", "VG NEW", "give a volume group another name", verb_vg_rename },
        { "vg-remove", "VG", "remove an empty volume group", verb_vg_remove },
        { "activate", "VG|VOLUME|IMAGE", "make it available", verb_activate },
        { "deactivate", "VG|VOLUME|IMAGE", "make it unavailable", verb_deactivate },
        { "jobs", "", "resyncs and checks that run", verb_jobs },
        { "wait", "[JOB|VOLUME]", "wait for jobs to end", verb_wait },
        { "pause", "JOB|VOLUME", "stop a resync for a while", verb_pause },
        { "resume", "JOB|VOLUME", "let it go on", verb_resume },
        { "cancel", "JOB|VOLUME", "give up comparing images", verb_cancel },
        { "monitor", "", "what changes, as it changes", verb_monitor },
        { "check", "[OBJECT]", "one line and an exit code, for monitoring", verb_check },
};

enum { O_JSON = 256, O_NO_LEGEND, O_NO_PAGER, O_YES, O_NO_ASK, O_VERSION, O_WAIT, O_IMAGE, O_PV, O_DEGRADED, O_NO_QUIESCE,
       O_PERMANENT, O_NAME, O_SIZE, O_IMAGES, O_COUNT, O_EXTENT, O_REGION, O_LOCK, O_REGIONS, O_DRY_RUN,
       O_PLAN, O_MOUNT, O_REPAIR, O_SHRINK, O_MIN, O_MAX, O_WIPE };

static const struct option options[] = {
        { "all", no_argument, NULL, 'a' },
        { "quiet", no_argument, NULL, 'q' },
        { "help", no_argument, NULL, 'h' },
        { "json", required_argument, NULL, O_JSON },
        { "no-legend", no_argument, NULL, O_NO_LEGEND },
        { "no-pager", no_argument, NULL, O_NO_PAGER },
        { "yes", no_argument, NULL, O_YES },
        { "no-ask-password", no_argument, NULL, O_NO_ASK },
        { "version", no_argument, NULL, O_VERSION },
        { "wait", no_argument, NULL, O_WAIT },
        { "image", required_argument, NULL, O_IMAGE },
        { "pv", required_argument, NULL, O_PV },
        { "allow-degraded", no_argument, NULL, O_DEGRADED },
        { "no-quiesce", no_argument, NULL, O_NO_QUIESCE },
        { "permanent", no_argument, NULL, O_PERMANENT },
        { "name", required_argument, NULL, O_NAME },
        { "size", required_argument, NULL, O_SIZE },
        { "images", required_argument, NULL, O_IMAGES },
        { "count", required_argument, NULL, O_COUNT },
        { "extent-size", required_argument, NULL, O_EXTENT },
        { "region-size", required_argument, NULL, O_REGION },
        { "regions", no_argument, NULL, O_REGIONS },
        { "dry-run", no_argument, NULL, O_DRY_RUN },
        { "mount", optional_argument, NULL, O_MOUNT },
        { "repair", no_argument, NULL, O_REPAIR },
        { "allow-shrink", no_argument, NULL, O_SHRINK },
        { "wipe", no_argument, NULL, O_WIPE },
        { "min", required_argument, NULL, O_MIN },
        { "max", required_argument, NULL, O_MAX },
        { "plan", required_argument, NULL, O_PLAN },
        { "lock-timeout", required_argument, NULL, O_LOCK },
        {},
};

static void help(void) {
        puts("raidctl [OPTION…] [VERB …]\n\nSplits images off RAID1 volumes and merges them back.\n");
        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
                printf("  %-13s %-16s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
        puts("\n  -a, --all             list images and their metadata too\n"
             "      --image=N         split, remove-image: the image in slot N (default: the highest)\n"
             "      --pv=DEVICE       the image on this physical volume; add-image, replace-image: a new one there\n"
             "      --permanent       split for good; needs --name=NEW\n"
             "      --count=N         split --permanent: N images become one raid1 volume; --image or --pv once for each\n"
             "      --name=NEW        name of the new volume\n"
             "      --allow-degraded  even if a single image is left\n"
             "      --no-quiesce      do not freeze filesystems: a crash-consistent image\n"
             "      --mount[=DIR]     run: mount the image read-only for the command, at $RAIDCTL_MOUNT\n"
             "      --wait            merge, run, scrub, add-image, replace-image: wait for the end of the job\n"
             "      --allow-shrink    resize: what is cut off is not needed\n"
             "      --wipe            vg-create, vg-extend: what is on the devices is not needed\n"
             "      --min=RATE, --max=RATE\n"
             "      --repair          scrub: write what differs from the first image\n"
             "      --regions         changed: which regions, as offset and length in bytes\n"
             "      --size=SIZE       create, resize: size, with K, M, G, T\n"
             "      --images=N        create: a mirror of N images; add-image, remove-image: how many\n"
             "      --region-size=SIZE, --extent-size=SIZE\n"
             "      --dry-run         show what would be done, step by step, and do nothing\n"
             "      --plan=TOKEN      do it only if nothing has changed since that --dry-run\n"
             "      --lock-timeout=S  wait that many seconds for the volume group's lock\n"
             "      --json=MODE       pretty, short or off;  -j is --json=pretty\n"
             "      --no-legend  --no-pager  -q, --quiet  --yes  --no-ask-password\n"
             "  -h, --help  --version\n");
}

static int set_json(Ctl *c, const char *mode) {
        if (strcmp(mode, "pretty") == 0)
                c->json = CTL_JSON | JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
        else if (strcmp(mode, "short") == 0)
                c->json = CTL_JSON | JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
        else if (strcmp(mode, "off") == 0)
                c->json = 0;
        else
                return usage_error("--json takes pretty, short or off.");
        return EXIT_OK;
}

static int set_number(const char *name, const char *value, const char **ret) {
        if (!*value || strspn(value, "0123456789") != strlen(value) || strlen(value) > 9)
                return usage_error("--%s takes a whole number.", name);
        *ret = value;
        return EXIT_OK;
}

/* The last one counts, but for a split, which can take several. */
static int add_image(Ctl *c) {
        if (c->n_named_images < sizeof(c->named_images) / sizeof(c->named_images[0]))
                c->named_images[c->n_named_images++] = optarg;
        return set_number("image", optarg, &c->image);
}

static int add_pv(Ctl *c) {
        if (c->n_named_pvs < sizeof(c->named_pvs) / sizeof(c->named_pvs[0]))
                c->named_pvs[c->n_named_pvs++] = optarg;
        c->pv = optarg;
        return EXIT_OK;
}

static int set_option(Ctl *c, int o) {
        switch (o) {
        case 'a': c->all_lvs = true; break;
        case 'q': c->quiet = true; break;
        case 'j': return set_json(c, "pretty");
        case O_JSON: return set_json(c, optarg);
        case O_NO_LEGEND: c->no_legend = true; break;
        case O_NO_PAGER: break; /* there is no pager */
        case O_YES: c->yes = true; break;
        case O_NO_ASK: c->no_ask = true; break;
        case O_WAIT: c->wait = true; break;
        case O_IMAGE: return add_image(c);
        case O_COUNT: return set_number("count", optarg, &c->count);
        case O_IMAGES: return set_number("images", optarg, &c->images);
        case O_LOCK: return set_number("lock-timeout", optarg, &c->lock_timeout);
        case O_PV: return add_pv(c);
        case O_DEGRADED: c->degraded = true; break;
        case O_NO_QUIESCE: c->no_quiesce = true; break;
        case O_DRY_RUN: c->dry_run = true; break;
        case O_MOUNT: c->want_mount = true; c->mount = optarg; break;
        case O_REPAIR: c->repair = true; break;
        case O_SHRINK: c->shrink = true; break;
        case O_WIPE: c->wipe = true; break;
        case O_MIN: c->min = optarg; break;
        case O_MAX: c->max = optarg; break;
        case O_PLAN: c->plan = optarg; break;
        case O_REGIONS: c->regions = true; break;
        case O_PERMANENT: c->permanent = true; break;
        case O_NAME: c->name = optarg; break;
        case O_SIZE: c->size = optarg; break;
        case O_EXTENT: c->extent_size = optarg; break;
        case O_REGION: c->region_size = optarg; break;
        default: return EXIT_USAGE;
        }
        return EXIT_OK;
}

static int run_verb(Ctl *c, const char *name) {
        sd_bus_error none = SD_BUS_ERROR_NULL;
        int r;

        for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
                if (strcmp(verbs[i].name, name) != 0)
                        continue;
                r = getenv("RAIDCTL_SESSION") ? sd_bus_open_user(&c->bus) : sd_bus_open_system(&c->bus);
                if (r < 0 && strcmp(name, "check") == 0)
                        r = check_unknown("there is no bus");
                else
                        r = r < 0 ? bus_failed(NULL, &none, r) : verbs[i].run(c);
                json_object_put(c->all);
                sd_bus_flush_close_unref(c->bus);
                return r == EXIT_PLANNED ? EXIT_OK : r;
        }
        return usage_error("There is no verb '%s'.", name);
}

/* For whoever runs plugins, 2 is a volume in need. */
static bool is_check(int argc, char **argv) {
        for (int i = 1; i < argc; i++)
                if (argv[i][0] != '-')
                        return strcmp(argv[i], "check") == 0;
        return false;
}

int main(int argc, char **argv) {
        Ctl c = {};
        int o, r;

        while ((o = getopt_long(argc, argv, "aqhj", options, NULL)) >= 0) {
                if (o == 'h') {
                        help();
                        return EXIT_OK;
                }
                if (o == O_VERSION) {
                        puts("raidctl " PROJECT_VERSION);
                        return EXIT_OK;
                }
                r = set_option(&c, o);
                if (r != EXIT_OK)
                        return is_check(argc, argv) ? check_unknown("the command line is wrong; see raidctl --help") : r;
        }
        c.argc = argc - optind > 1 ? argc - optind - 1 : 0;
        c.argv = argv + optind + (argc - optind > 0);
        return run_verb(&c, argc > optind ? argv[optind] : "list");
}

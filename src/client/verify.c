/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verify: the tracked image against the volume, outside what has changed since the split. Nothing stops for it: a bit of the bitmap is on
 * the disk before the data that it stands for, so what differs and has no bit is no write, but rot. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"

#define CHUNK_BYTES (UINT64_C(1) << 20)

typedef struct Range {
        uint64_t offset, length;
} Range;

typedef struct Ranges {
        Range *ranges;
        size_t n;
} Ranges;

typedef struct Verify {
        Ctl *c;
        json_object *image, *volume;
        int image_fd, volume_fd;
        uint64_t size, region, compared, skipped;
        Ranges changed, different;
        unsigned char *one, *other;
} Verify;

static int add_range(Ranges *r, uint64_t offset, uint64_t length) {
        Range *grown;

        if (r->n > 0 && r->ranges[r->n - 1].offset + r->ranges[r->n - 1].length == offset) {
                r->ranges[r->n - 1].length += length;
                return 0;
        }
        grown = reallocarray(r->ranges, r->n + 1, sizeof(Range));
        if (!grown)
                return -ENOMEM;
        r->ranges = grown;
        r->ranges[r->n++] = (Range) { offset, length };
        return 0;
}

static int read_changed(Verify *v) {
        sd_bus_message *reply = NULL;
        uint64_t offset, length;
        int r;

        v->changed.n = 0;
        r = simple_call(v->c, v->image, "GetChangedRegions", &reply);
        if (r == EXIT_OK && sd_bus_message_enter_container(reply, 'a', "(tt)") < 0)
                r = EXIT_FAILED;
        while (r == EXIT_OK && sd_bus_message_read(reply, "(tt)", &offset, &length) > 0)
                if (add_range(&v->changed, offset, length) < 0)
                        r = EXIT_FAILED;
        sd_bus_message_unref(reply);
        return r;
}

static bool has_changed(const Verify *v, uint64_t offset, uint64_t length) {
        for (size_t i = 0; i < v->changed.n; i++)
                if (v->changed.ranges[i].offset < offset + length && offset < v->changed.ranges[i].offset + v->changed.ranges[i].length)
                        return true;
        return false;
}

/* What stands on the disks, not in memory; a short read is an error. */
static bool read_whole(int fd, unsigned char *buffer, uint64_t offset, uint64_t length) {
        for (uint64_t done = 0; done < length;) {
                ssize_t n = pread(fd, buffer + done, length - done, (off_t) (offset + done));

                if (n <= 0)
                        return false;
                done += (uint64_t) n;
        }
        return true;
}

static bool is_same(const Verify *v, uint64_t offset, uint64_t length) {
        return read_whole(v->image_fd, v->one, offset, length) && read_whole(v->volume_fd, v->other, offset, length) &&
               memcmp(v->one, v->other, length) == 0;
}

/* A difference counts only if there is still no bit for it. What cannot be read counts as one. */
static int compare_region(Verify *v, uint64_t offset, uint64_t length) {
        bool changed = has_changed(v, offset, length), same = changed || is_same(v, offset, length);
        int r = EXIT_OK;

        if (!same) {
                r = read_changed(v);
                changed = has_changed(v, offset, length);
        }
        if (r != EXIT_OK)
                return r;
        if (changed) {
                v->skipped += length;
                return EXIT_OK;
        }
        v->compared += length;
        return same || is_same(v, offset, length) || add_range(&v->different, offset, length) >= 0 ? EXIT_OK : EXIT_FAILED;
}

/* In one go if all is well, else region by region. */
static int compare(Verify *v, uint64_t offset, uint64_t length) {
        uint64_t step = v->region > 0 && v->region < length ? v->region : length;
        int r = EXIT_OK;

        if (!has_changed(v, offset, length) && is_same(v, offset, length)) {
                v->compared += length;
                return EXIT_OK;
        }
        for (uint64_t done = 0; r == EXIT_OK && done < length; done += step)
                r = compare_region(v, offset + done, length - done < step ? length - done : step);
        return r;
}

static int open_device(json_object *o) {
        const char *path = get_text(o, "Device");
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);

        if (fd < 0 && errno == EINVAL)
                fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                fprintf(stderr, "raidctl: %s cannot be read: %s\n", *path ? path : "What is not active", strerror(errno));
        return fd;
}

/* As long as we look at it, nobody takes it away. */
static int hold_image(Ctl *c, json_object *image, const char *name, sd_bus_message **ret) {
        sd_bus_message *m = call_new(c, get_text(image, "path"), RAIDD_INTERFACE("RaidImage"), "Hold");

        if (!m || sd_bus_message_append(m, "ss", "raidctl verify", "compare") < 0 || call_open_options(c, m) < 0)
                return EXIT_FAILED;
        return call_run(c, m, name, ret);
}

static void print_result(Verify *v, const char *image, const char *volume) {
        char compared[32], changed[32];

        format_size(v->compared, compared);
        format_size(v->skipped, changed);
        for (size_t i = 0; i < v->different.n; i++)
                printf("%20llu %20llu\n", (unsigned long long) v->different.ranges[i].offset,
                       (unsigned long long) v->different.ranges[i].length);
        if (v->c->quiet)
                return;
        if (v->different.n > 0)
                printf("  %s and %s differ there or cannot be read, and nobody has written it; %s were compared, %s have changed since the split.\n"
                       "  'raidctl merge' does not copy it; 'raidctl scrub' finds it among the images then.\n", image, volume, compared, changed);
        else
                printf("  %s and %s are the same in %s; %s have changed since the split.\n", image, volume, compared, changed);
}

static void print_as_json(const Verify *v) {
        json_object *o = json_object_new_object(), *list = json_object_new_array();

        for (size_t i = 0; i < v->different.n; i++) {
                json_object *range = json_object_new_object();

                (void) json_object_object_add(range, "offset_bytes", json_object_new_uint64(v->different.ranges[i].offset));
                (void) json_object_object_add(range, "length_bytes", json_object_new_uint64(v->different.ranges[i].length));
                (void) json_object_array_add(list, range);
        }
        (void) json_object_object_add(o, "compared_bytes", json_object_new_uint64(v->compared));
        (void) json_object_object_add(o, "changed_bytes", json_object_new_uint64(v->skipped));
        (void) json_object_object_add(o, "different", list);
        print_json(v->c, "verify", o);
}

static int verify(Verify *v) {
        int r;

        v->image_fd = open_device(v->image);
        v->volume_fd = v->image_fd < 0 ? -1 : open_device(v->volume);
        if (v->volume_fd < 0)
                return EXIT_FAILED;
        v->one = aligned_alloc(4096, CHUNK_BYTES);
        v->other = aligned_alloc(4096, CHUNK_BYTES);
        r = v->one && v->other ? read_changed(v) : EXIT_FAILED;
        for (uint64_t at = 0; r == EXIT_OK && at < v->size; at += CHUNK_BYTES)
                r = compare(v, at, v->size - at < CHUNK_BYTES ? v->size - at : CHUNK_BYTES);
        return r;
}

static void verify_done(Verify *v) {
        if (v->image_fd >= 0)
                (void) close(v->image_fd);
        if (v->volume_fd >= 0)
                (void) close(v->volume_fd);
        free(v->one);
        free(v->other);
        free(v->changed.ranges);
        free(v->different.ranges);
}

int verb_verify(Ctl *c) {
        Verify v = { .c = c, .image_fd = -1, .volume_fd = -1 };
        char image[300], volume[300];
        sd_bus_message *hold = NULL;
        json_object *o;
        int r;

        if (c->dry_run)
                return usage_error("verify changes nothing; it has no use for --dry-run.");
        o = named_object(c, 0, &r);
        if (!o)
                return r;
        v.image = is_kind(o, "RaidImage") ? o : object_by_path(c->all, get_text(o, "TrackedImage"));
        v.volume = is_kind(o, "RaidImage") ? object_by_path(c->all, get_text(o, "Volume")) : o;
        if (!v.image || !v.volume) {
                fprintf(stderr, "%s: No image of it is tracked; split one off with 'raidctl split %s'.\n", full_name(c->all, o, image), image);
                return EXIT_REFUSED;
        }
        (void) full_name(c->all, v.image, image);
        (void) full_name(c->all, v.volume, volume);
        v.size = get_number(v.volume, "Size");
        v.region = get_number(v.volume, "RegionSize");
        r = hold_image(c, v.image, image, &hold);
        if (r == EXIT_OK)
                r = verify(&v);
        sd_bus_message_unref(hold); /* and its descriptor with it */
        if (r == EXIT_OK && c->json)
                print_as_json(&v);
        else if (r == EXIT_OK)
                print_result(&v, image, volume);
        if (r == EXIT_OK && v.different.n > 0)
                r = EXIT_FAILED;
        verify_done(&v);
        return r;
}

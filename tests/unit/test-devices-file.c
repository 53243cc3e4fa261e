/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who is in LVM's devices file: a text as lvmdevices writes it, and a sysfs of our own. */

#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "test.h"
#include "world/devices-file.h"

#define PV_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define PV_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define PV_C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

static const char text[] =
        "# LVM uses devices listed in this file.\n"
        "# IDTYPE=devname IDNAME=/dev/old DEVNAME=/dev/old PVID=" PV_C "\n"
        "VERSION=1.1.7\n"
        "IDTYPE=sys_serial IDNAME=disk_1 DEVNAME=/dev/vda PVID=" PV_A "\n"
        "IDTYPE=sys_serial IDNAME=disk_2 DEVNAME=/dev/vdb2 PVID=. PART=2\n"
        "IDTYPE=sys_wwid IDNAME=t10.ATA_QEMU_HARDDISK_1 DEVNAME=/dev/sda PVID=.\n"
        "IDTYPE=loop_file IDNAME=/tmp/file DEVNAME=/dev/loop0 PVID=.\n"
        "IDTYPE=crypt_uuid IDNAME=CRYPT-PLAIN-x DEVNAME=/dev/mapper/x PVID=.\n"
        "IDTYPE=devname IDNAME=/dev/ram0 DEVNAME=/dev/ram0 PVID=.\n"
        "IDTYPE=devname IDNAME=/dev/ram1 DEVNAME=/dev/ram1 PVID=" PV_B "\n"
        "IDTYPE=from_the_future IDNAME=x DEVNAME=/dev/vdz PVID=.\n"
        "IDTYPE=sys_serial";

static char dir[64];

static void put(const char *name, const char *value) {
        char path[128];
        FILE *f;

        for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
                snprintf(path, sizeof(path), "%s/%.*s", dir, (int) (slash - name), name);
                mkdir(path, 0700);
        }
        snprintf(path, sizeof(path), "%s/%s", dir, name);
        f = fopen(path, "w");
        ASSERT_NOT_NULL(f);
        fputs(value, f);
        fclose(f);
}

typedef struct Case {
        const char *what, *sysfs, *node, *pv;
        bool listed;
} Case;

static const Case cases[] = {
        { "by its serial number", "vda", "/dev/vda", NULL, true },
        { "with another label", "vda", "/dev/vda", PV_C, true },
        { "by its label", "vdx", "/dev/vdx", PV_A, true },
        { "a comment lists nobody", "vdx", "/dev/old", PV_C, false },
        { "nobody", "vdx", "/dev/vdx", NULL, false },
        { "a name is no identity", "vdx", "/dev/vda", NULL, false },
        { "a partition", "vdb/vdb2", "/dev/vdb2", NULL, true },
        { "another partition", "vdb/vdb1", "/dev/vdb1", NULL, false },
        { "the whole disk", "vdb", "/dev/vdb", NULL, false },
        { "a name with blanks", "sda", "/dev/sda", NULL, true },
        { "a loop device", "loop0", "/dev/loop0", NULL, true },
        { "a crypt device", "dm-0", "/dev/dm-0", NULL, true },
        { "by name alone", "ram", "/dev/ram0", NULL, true },
        { "by name, but meant for a label", "ram", "/dev/ram1", NULL, false },
        { "and that label", "ram", "/dev/ram7", PV_B, true },
};

TEST(devices_are_known_by_identity) {
        _cleanup_(devices_file_freep) DevicesFile *f = NULL;
        char clean[128];

        strcpy(dir, "/tmp/raidd-devices.XXXXXX");
        ASSERT_NOT_NULL(mkdtemp(dir));
        put("vda/serial", "disk_1");
        put("vdx/serial", "disk_9\n");
        put("vdb/serial", "disk_2\n");
        put("vdb/vdb1/partition", "1\n");
        put("vdb/vdb2/partition", "2\n");
        put("sda/device/wwid", "t10.ATA     QEMU HARDDISK  1 \n");
        put("loop0/loop/backing_file", "/tmp/file\n");
        put("dm-0/dm/uuid", "CRYPT-PLAIN-x\n");
        put("ram/size", "1\n");

        ASSERT_EQ(devices_file_parse(text, &f), 0);
        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                char sysfs[128];
                Uuid pv = {};

                snprintf(sysfs, sizeof(sysfs), "%s/%s", dir, cases[i].sysfs);
                if (cases[i].pv)
                        strcpy(pv.chars, cases[i].pv);
                if (devices_file_lists(f, sysfs, cases[i].node, cases[i].pv ? &pv : NULL) != cases[i].listed)
                        TEST_FAIL("%s", cases[i].what);
        }
        snprintf(clean, sizeof(clean), "rm -r %s", dir);
        ASSERT_EQ(system(clean), 0);
}

TEST(an_empty_file_lists_nobody) {
        _cleanup_(devices_file_freep) DevicesFile *f = NULL;

        ASSERT_EQ(devices_file_parse("", &f), 0);
        ASSERT_FALSE(devices_file_lists(f, "/tmp", "/dev/vda", NULL));
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first program of the guest: loads what the root disk needs, mounts it, and goes there. That of initramfs-tools
 * starts udev for it, which takes an emulated guest some seconds at each boot. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOT_SERIAL "root" /* tests/vm/run gives each disk one */

static void must(int r, const char *what) {
        if (r >= 0)
                return;
        fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
        exit(EXIT_FAILURE); /* the kernel panics */
}

/* One that is loaded already, by another that needs it, is as good. */
static void load_modules(void) {
        FILE *f = fopen("/modules", "re");
        char path[256];

        must(f ? 0 : -1, "/modules");
        while (fscanf(f, "%255s", path) == 1) {
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                must(fd, path);
                if (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST)
                        fprintf(stderr, "init: %s: %s\n", path, strerror(errno)); /* such as an instruction that this processor has not */
                (void) close(fd);
        }
        (void) fclose(f);
}

/* The root disk is /dev/vdX; false: not yet there. */
static int find_root(char device[16]) {
        for (char c = 'a'; c <= 'z'; c++) {
                char path[32], serial[32] = "";
                FILE *f;

                (void) snprintf(path, sizeof(path), "/sys/block/vd%c/serial", c);
                f = fopen(path, "re");
                if (!f)
                        continue;
                if (!fgets(serial, sizeof(serial), f))
                        serial[0] = '\0';
                (void) fclose(f);
                serial[strcspn(serial, "\n")] = '\0';
                if (strcmp(serial, ROOT_SERIAL) == 0) {
                        (void) snprintf(device, 16, "/dev/vd%c", c);
                        return 1;
                }
        }
        return 0;
}

int main(void) {
        static const char *const moved[][2] = { { "/dev", "/root/dev" }, { "/proc", "/root/proc" }, { "/sys", "/root/sys" } };
        char *const init[] = { "/usr/sbin/vm-init", NULL };
        char device[16] = "";

        must(mount("devtmpfs", "/dev", "devtmpfs", MS_NOSUID, "mode=0755"), "/dev");
        must(mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "/proc");
        must(mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "/sys");
        load_modules();

        for (int i = 0; i < 1000 && !find_root(device); i++)
                (void) usleep(10000);
        must(mount(device, "/root", "ext4", 0, NULL), "the root disk");
        for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++)
                must(mount(moved[i][0], moved[i][1], NULL, MS_MOVE, NULL), moved[i][1]);
        must(chdir("/root"), "/root");
        must(mount(".", "/", NULL, MS_MOVE, NULL), "the new root");
        must(chroot("."), "chroot");
        must(chdir("/"), "/");
        must(execv(init[0], init), init[0]);
}

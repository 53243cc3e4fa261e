/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/dm-ioctl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define ANSWER_BYTES 16384U
#define ANSWER_BYTES_MAX (64U << 20)

int dm_control_open(void) {
        int fd = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);

        if (fd < 0)
                return errno == ENOENT || errno == ENODEV ? -ENXIO : -errno;
        return fd;
}

int dm_request_init(struct dm_ioctl *request, const char *name, const char *uuid, uint32_t flags) {
        assert(request);

        *request = (struct dm_ioctl) {
                .version = { DM_VERSION_MAJOR, 0, 0 },
                .data_size = sizeof(*request),
                .data_start = sizeof(*request),
                .flags = flags,
        };
        if ((name && strlen(name) >= sizeof(request->name)) || (uuid && strlen(uuid) >= sizeof(request->uuid)))
                return -ENAMETOOLONG;
        if (name)
                strcpy(request->name, name);
        if (uuid)
                strcpy(request->uuid, uuid);
        return 0;
}

int dm_request_send(int control, unsigned long command, struct dm_ioctl *request) {
        assert(request);

        return ioctl(control, command, request) < 0 ? -errno : 0;
}

int dm_request_query(int control, unsigned long command, const struct dm_ioctl *request, struct dm_ioctl **ret) {
        assert(request);
        assert(ret);

        for (uint32_t size = ANSWER_BYTES; size <= ANSWER_BYTES_MAX; size *= 4) {
                _cleanup_free_ struct dm_ioctl *answer = calloc(1, size);

                if (!answer)
                        return -ENOMEM;
                *answer = *request;
                answer->data_size = size;
                if (ioctl(control, command, answer) < 0)
                        return -errno;
                if (answer->flags & DM_BUFFER_FULL_FLAG)
                        continue;

                *ret = TAKE_PTR(answer);
                return 0;
        }

        return -E2BIG;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "service/worker-process.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "service/helper.h"
#include "world/fd-pass.h"

#define ANSWER_MAX (256U << 20)

static int memfd_with(const char *text) {
        _cleanup_close_ int fd = memfd_create("raidd-request", MFD_CLOEXEC);
        size_t n = strlen(text);

        if (fd < 0)
                return -errno;
        if (write(fd, text, n) != (ssize_t) n || lseek(fd, 0, SEEK_SET) < 0)
                return -EIO;
        return TAKE_FD(fd);
}

int worker_start_run(const Manager *m, uint64_t number, const char *request, int *ret_answer, int *ret_lock) {
        _cleanup_close_ int in = -EBADF, out = -EBADF, ours = -EBADF, theirs = -EBADF;
        int pair[2], r;

        in = memfd_with(request);
        if (in < 0)
                return in;
        out = memfd_create("raidd-answer", MFD_CLOEXEC);
        if (out < 0 || socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
                return -errno;
        ours = pair[0];
        theirs = pair[1];
        r = helper_run(m, number, in, out, theirs);
        if (r < 0)
                return r;
        *ret_answer = TAKE_FD(out);
        *ret_lock = TAKE_FD(ours);
        return 0;
}

int worker_start_recover(const Manager *m, uint64_t number, const char *vg_name, int *lock) {
        _cleanup_close_ int held = -EBADF;
        char text[4]; /* "lock" */
        size_t n = 0;

        if (*lock < 0 || fd_receive(*lock, text, sizeof(text), &held, 1, &n, MSG_DONTWAIT) < 0)
                held = -EBADF; /* it died before it had the lock */
        closep(lock);
        *lock = -EBADF;
        return helper_recover(m, number, vg_name, held);
}

json_object *worker_read_answer(int fd) {
        _cleanup_free_ char *text = NULL;
        json_object *answer = NULL;
        struct stat st;
        char *save = NULL;

        if (fstat(fd, &st) < 0 || st.st_size <= 0 || st.st_size > ANSWER_MAX)
                return NULL;
        text = calloc(1, (size_t) st.st_size + 1);
        if (!text || pread(fd, text, (size_t) st.st_size, 0) != st.st_size)
                return NULL;
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                json_object *o = json_tokener_parse(line);

                if (!o)
                        continue;
                if (json_object_object_get_ex(o, "result", NULL)) {
                        json_object_put(answer);
                        answer = o;
                } else
                        json_object_put(o);
        }
        return answer;
}

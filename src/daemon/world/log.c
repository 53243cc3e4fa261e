/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "world/log.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int max_level = LOG_INFO;
static bool held;
static char held_text[16384];
static size_t held_size;

void log_set_level(int max_priority) {
        max_level = max_priority;
}

static void emit(const char *text, size_t n) {
        while (n > 0) {
                ssize_t written = write(STDERR_FILENO, text, n);

                if (written <= 0)
                        return; /* nobody reads our log; nothing to report it to */
                text += written;
                n -= (size_t) written;
        }
}

void log_line(int priority, const char *format, ...) {
        char line[2048];
        va_list arguments;
        int n, prefix;

        if (priority > max_level)
                return;

        prefix = snprintf(line, sizeof(line), "<%d>", priority);
        va_start(arguments, format);
        n = vsnprintf(line + prefix, sizeof(line) - (size_t) prefix - 1, format, arguments);
        va_end(arguments);
        if (n < 0)
                return;

        n = (int) strlen(line);
        line[n++] = '\n';
        if (!held) {
                emit(line, (size_t) n);
                return;
        }
        if ((size_t) n > sizeof(held_text) - held_size)
                return; /* the first lines are the ones that tell what went wrong */
        memcpy(held_text + held_size, line, (size_t) n);
        held_size += (size_t) n;
}

void log_hold(void) {
        held = true;
}

void log_release(void) {
        held = false;
        emit(held_text, held_size);
        held_size = 0;
}

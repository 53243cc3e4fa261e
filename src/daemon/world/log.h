/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Lines on stderr with the journal's <priority> prefix. Only programs and operations log; library code
 * returns its error. Between log_hold() and log_release() lines go to a fixed buffer: the journal's
 * socket, or the disk behind it, may wait for a device that we have suspended. */

#include <syslog.h>

void log_set_level(int max_priority);
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_hold(void);
void log_release(void);

#define log_error(...) log_line(LOG_ERR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_notice(...) log_line(LOG_NOTICE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * writer [--size=BYTES] [--offset=BYTES] [--byte=B] [--once] [--rate=N] [--stats=FILE] [--verify] DEVICE
 *
 * Writes random 4 KiB blocks of DEVICE, directly and one at a time, until SIGTERM. Every block says which block it is and
 * the how-manieth write it was; with --byte every byte is B. --once writes each block once, in order, and ends; with --byte
 * 64 KiB at a time, which count as one write. --verify, with neither of them: reads back at the end what it has written last to
 * each block, prints "N blocks verified, N wrong", and fails if one is wrong.
 *
 * FILE is replaced by "writes longest_us errors" at the end and on SIGUSR1, which also starts the longest stall anew;
 * a stall that is still going on counts. The file is complete whenever it can be seen.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096U
#define LARGE 16U /* blocks */

static const char *stats_path;
static _Atomic uint64_t writes, longest_us, errors, began_us;
static atomic_bool stop;

static uint64_t now_us(void) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

static void note(uint64_t us) {
        uint64_t seen = atomic_load(&longest_us);

        while (us > seen && !atomic_compare_exchange_weak(&longest_us, &seen, us))
                ;
}

static void report(void) {
        uint64_t began = atomic_load(&began_us);
        char tmp[4096];
        FILE *f;

        if (!stats_path)
                return;
        if (began)
                note(now_us() - began);
        snprintf(tmp, sizeof(tmp), "%s.new", stats_path);
        f = fopen(tmp, "w");
        if (!f)
                return;
        fprintf(f, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                atomic_load(&writes), atomic_exchange(&longest_us, 0), atomic_load(&errors));
        fclose(f);
        rename(tmp, stats_path);
}

/* A thread of its own takes the signals: the writing one may hang in a suspended device. */
static void *listen_to_signals(void *set) {
        for (int sig;;) {
                if (sigwait(set, &sig) != 0)
                        continue;
                if (sig == SIGUSR1) {
                        report();
                        continue;
                }
                atomic_store(&stop, true);
                return NULL;
        }
}

static uint64_t number(const char *s) {
        char *end;
        uint64_t v = strtoull(s, &end, 0);

        switch (*end) {
        case 'G': v *= 1024; /* fall through */
        case 'M': v *= 1024; /* fall through */
        case 'K': v *= 1024;
        }
        return v;
}

/* LAST has for each block the number of the write that it must show, plus one; 0 if it may be anything. */
static bool verify(int fd, uint64_t offset, const uint64_t *last, uint64_t blocks, uint64_t *buf) {
        uint64_t verified = 0, wrong = 0;

        for (uint64_t n = 0; n < blocks; n++) {
                if (last[n] == 0)
                        continue;
                verified++;
                if (pread(fd, buf, BLOCK, (off_t) (offset + n * BLOCK)) != BLOCK) {
                        wrong++;
                        continue;
                }
                for (size_t j = 0; j < BLOCK / sizeof(*buf); j += 2)
                        if (buf[j] != n || buf[j + 1] != last[n] - 1) {
                                fprintf(stderr, "writer: block %" PRIu64 ", write %" PRIu64 ": has block %" PRIu64 ", write %" PRIu64 "\n",
                                        n, last[n] - 1, buf[j], buf[j + 1]);
                                wrong++;
                                break;
                        }
        }
        printf("%" PRIu64 " blocks verified, %" PRIu64 " wrong\n", verified, wrong);
        return verified > 0 && wrong == 0;
}

int main(int argc, char **argv) {
        static const struct option options[] = {
                { "size", required_argument, NULL, 's' },  { "offset", required_argument, NULL, 'o' },
                { "byte", required_argument, NULL, 'b' },  { "once", no_argument, NULL, '1' },
                { "rate", required_argument, NULL, 'r' },  { "stats", required_argument, NULL, 'f' },
                { "verify", no_argument, NULL, 'v' },
                {},
        };
        uint64_t size = 0, offset = 0, rate = 0, chunk, seed = (uint64_t) getpid() * 0x9e3779b97f4a7c15U + 1, blocks;
        uint64_t *buf, *last = NULL;
        bool once = false, verifies = false;
        int byte = -1, fd, c;
        pthread_t thread;
        sigset_t set;

        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's': size = number(optarg); break;
                case 'o': offset = number(optarg); break;
                case 'b': byte = (unsigned char) optarg[0]; break;
                case '1': once = true; break;
                case 'r': rate = number(optarg); break;
                case 'f': stats_path = optarg; break;
                case 'v': verifies = true; break;
                default: return EXIT_FAILURE;
                }
        if (verifies && (once || byte >= 0)) {
                fprintf(stderr, "writer: --verify goes with neither --once nor --byte\n");
                return EXIT_FAILURE;
        }
        if (optind != argc - 1) {
                fprintf(stderr, "writer: which device?\n");
                return EXIT_FAILURE;
        }

        fd = open(argv[optind], (verifies ? O_RDWR : O_WRONLY) | O_DIRECT | O_CLOEXEC);
        if (fd < 0) {
                fprintf(stderr, "writer: %s: %s\n", argv[optind], strerror(errno));
                return EXIT_FAILURE;
        }
        if (!size) {
                if (ioctl(fd, BLKGETSIZE64, &size) < 0)
                        size = (uint64_t) lseek(fd, 0, SEEK_END);
                size -= offset;
        }
        blocks = size / BLOCK;
        chunk = once && byte >= 0 ? LARGE : 1;
        buf = aligned_alloc(BLOCK, LARGE * BLOCK);
        if (verifies)
                last = calloc(blocks, sizeof(*last));
        if (!buf || !blocks || (verifies && !last))
                return EXIT_FAILURE;

        sigemptyset(&set);
        sigaddset(&set, SIGTERM);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &set, NULL);
        if (pthread_create(&thread, NULL, listen_to_signals, &set) != 0)
                return EXIT_FAILURE;

        for (uint64_t i = 0; !atomic_load(&stop) && !(once && i >= blocks); i += chunk) {
                uint64_t n = i, began, bytes;

                if (!once) {
                        seed ^= seed << 13;
                        seed ^= seed >> 7;
                        seed ^= seed << 17;
                        n = seed % blocks;
                }
                bytes = (blocks - n < chunk ? blocks - n : chunk) * BLOCK;
                if (byte >= 0)
                        memset(buf, byte, LARGE * BLOCK);
                else
                        for (size_t j = 0; j < BLOCK / sizeof(*buf); j += 2) {
                                buf[j] = n;
                                buf[j + 1] = i;
                        }

                began = now_us();
                atomic_store(&began_us, began);
                if (pwrite(fd, buf, bytes, (off_t) (offset + n * BLOCK)) != (ssize_t) bytes) {
                        if (atomic_fetch_add(&errors, 1) == 0)
                                fprintf(stderr, "writer: %s: %s\n", argv[optind], strerror(errno));
                        if (last)
                                last[n] = 0;
                        usleep(10000);
                } else if (last)
                        last[n] = i + 1;
                note(now_us() - began);
                atomic_store(&began_us, 0);
                atomic_fetch_add(&writes, 1);
                if (rate)
                        usleep((useconds_t) (1000000 / rate));
        }
        report();
        if (verifies && !verify(fd, offset, last, blocks, buf))
                return EXIT_FAILURE;
        return atomic_load(&errors) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TARGET ROUNDS SEED...: each seed (a file, or all of a folder) as it is, and ROUNDS mutations of it. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define SEED_MAX (256U << 10)

static uint64_t state = 1;

static uint32_t draw(uint32_t below) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t) (state >> 33) % below;
}

/* Bytes, pieces doubled or left out, numbers at their ends: what breaks parsers. */
static size_t mutate(uint8_t *data, size_t n) {
        static const char *const words[] = { "{", "}", "[", "]", "\"", "=", ",", "#", "\n", "18446744073709551615", "0", "-1", "\\" };

        for (uint32_t times = 1 + draw(4); times > 0 && n > 8; times--) {
                size_t at = draw((uint32_t) n), piece = draw(64);
                const char *word = words[draw(sizeof(words) / sizeof(words[0]))];

                switch (draw(5)) {
                case 0:
                        data[at] = (uint8_t) draw(256);
                        break;
                case 1:
                        data[at] ^= (uint8_t) (1U << draw(8));
                        break;
                case 2:
                        piece = piece < n - at ? piece : n - at;
                        memmove(data + at, data + at + piece, n - at - piece);
                        n -= piece;
                        break;
                case 3:
                        memmove(data + at + strlen(word), data + at, n - at);
                        memcpy(data + at, word, strlen(word));
                        n += strlen(word);
                        break;
                default:
                        n = at;
                }
        }
        return n;
}

static int try_file(const char *path, unsigned rounds) {
        static uint8_t seed[SEED_MAX], data[SEED_MAX + 4096];
        FILE *f = fopen(path, "re");
        size_t n;

        if (!f) {
                perror(path);
                return -1;
        }
        n = fread(seed, 1, sizeof(seed), f);
        fclose(f);
        LLVMFuzzerTestOneInput(seed, n);
        for (unsigned i = 0; i < rounds; i++) {
                uint8_t *exact;
                size_t m;

                memcpy(data, seed, n);
                m = mutate(data, n);
                exact = malloc(m ? m : 1); /* so that the sanitizer sees the end */
                if (!exact)
                        return -1;
                memcpy(exact, data, m);
                LLVMFuzzerTestOneInput(exact, m);
                free(exact);
        }
        return 0;
}

static int try_path(const char *path, unsigned rounds) {
        DIR *d = opendir(path);
        int r = 0;

        if (!d)
                return try_file(path, rounds);
        for (struct dirent *e; r == 0 && (e = readdir(d));) {
                char name[1024];

                if (e->d_name[0] == '.')
                        continue;
                (void) snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
                r = try_file(name, rounds);
        }
        closedir(d);
        return r;
}

int main(int argc, char **argv) {
        if (argc < 3) {
                fprintf(stderr, "usage: %s ROUNDS SEED...\n", argv[0]);
                return 2;
        }
        for (int i = 2; i < argc; i++)
                if (try_path(argv[i], (unsigned) strtoul(argv[1], NULL, 10)) < 0)
                        return 1;
        return 0;
}

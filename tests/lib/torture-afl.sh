# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by tests/torture, behind torture-fuzz.sh: the same targets by AFL++ with sanitizers, from the corpus that libFuzzer has left; what it finds goes
# back there. Prints for each target how many inputs there were, how many lead to something new, and which part of the edges they reached.

# afl_seeds TARGET DIR: each file once, none of them longer than libFuzzer's
afl_seeds() {
        local path from
        mkdir -p "$2" "$fuzz_corpus/$1"
        for from in $(fuzz_seeds "$1") "$fuzz_corpus/$1"; do
                find "$from" -type f -size +0 -size -33k
        done | while read -r path; do cp "$path" "$2/$(sha1sum <"$path" | cut -c1-40)"; done
}

# afl_one TARGET SECONDS
afl_one() {
        local target=$1 out=$logs/afl-$1
        afl_seeds "$target" "$out/seeds"
        # No user interface, no look at the machine's settings; leaks are what libFuzzer looks for.
        AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_FAST_CAL=1 \
                ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0 UBSAN_OPTIONS=halt_on_error=1:abort_on_error=1:symbolize=0 \
                afl-fuzz -V "$2" -s $((seed % 2147483647)) -m none -t 5000 -i "$out/seeds" -o "$out" -- \
                "$root/build-afl/tests/fuzz/fuzz-$target" >"$out.log" 2>&1 || { tail -n 40 "$out.log"; return 1; }
        ! compgen -G "$out/default/crashes/id*" >/dev/null && ! compgen -G "$out/default/hangs/id*" >/dev/null || {
                say "$target, seed $seed: inputs that fail are in $out/default/crashes and hangs"
                return 1
        }
        find "$out/default/queue" -name '*+cov*' -type f | while read -r path; do cp "$path" "$fuzz_corpus/$target/$(sha1sum <"$path" | cut -c1-40)"; done
}

afl_report() { # TARGET
        awk -F' *: ' -v target="$1" '{ v[$1] = $2 } END { printf "%s inputs, %s new, %s of the edges\n", v["execs_done"], v["corpus_found"], v["bitmap_cvg"] }' \
                "$logs/afl-$1/default/fuzzer_stats" | { read -r line; say "afl $1: $line"; }
}

torture_afl() { # SECONDS
        install_packages afl++
        build afl
        say "seed $seed, corpus in $fuzz_corpus"
        two_at_a_time afl_one "$1"
        for target in "${fuzz_targets[@]}"; do afl_report "$target"; done
}

# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by tests/torture: what reads disks, metadata texts, status lines and requests, and the planner over bent volume groups, by
# libFuzzer with sanitizers. What leads to new code is kept beside the guest's image for the next time, and seeds come from tests/fuzz/seeds
# and from real metadata. Prints for each target how many inputs there were and which part of the code that it is about they reached.

fuzz_targets=(disk vg request plan)
fuzz_corpus=$cache/corpus

# The code that a target is about: a pattern of source files.
fuzz_subject() {
        case $1 in
        disk) echo 'model/(label|mda|superblock|bitmap|dm-status|dm-table)\.c' ;;
        vg) echo 'model/(config-.*|vg-(import|export|print|check|segments|flags|find|same)|vg)\.c' ;;
        request) echo 'world/(request|intent)\.c' ;;
        plan) echo '(plan/(planner.*|plan|plan-check)|model/(vg-(create|resize|alloc|edit|make)|raid1.*))\.c' ;;
        esac
}
fuzz_seeds() {
        case $1 in
        vg) echo "$root/tests/data/vg" ;;
        *) echo "$root/tests/fuzz/seeds/$1" ;;
        esac
}

# Longer inputs would only be slower: two dozen requests to the planner, a large disk's headers, a large volume group.
fuzz_length() {
        case $1 in
        plan) echo 256 ;;
        vg) echo 32768 ;;
        *) echo 8192 ;;
        esac
}

# fuzz_one TARGET SECONDS: a process of its own, as long as that
fuzz_one() {
        local target=$1 program=$root/build-fuzz/tests/fuzz/fuzz-$1 corpus=$fuzz_corpus/$1 out=$logs/$1.log seeds
        mapfile -t seeds < <(fuzz_seeds "$target")
        mkdir -p "$corpus"
        LLVM_PROFILE_FILE=/dev/null "$program" -seed=$((seed % 2147483647)) -max_total_time="$2" -timeout=20 -rss_limit_mb=2048 -max_len="$(fuzz_length "$target")" -print_final_stats=1 -artifact_prefix="$logs/$target-" \
                "$corpus" "${seeds[@]}" >"$out" 2>&1 || {
                tail -n 40 "$out"
                say "$target, seed $seed: an input that fails is in $logs"
                return 1
        }
        LLVM_PROFILE_FILE=$logs/$target.profile "$program" -runs=0 "$corpus" "${seeds[@]}" >/dev/null 2>&1
}

fuzz_report() { # TARGET
        local program=$root/build-fuzz/tests/fuzz/fuzz-$1 lines
        llvm-profdata merge -sparse "$logs/$1.profile" -o "$logs/$1.profdata"
        llvm-cov export --summary-only -instr-profile="$logs/$1.profdata" "$program" >"$logs/$1.json"
        lines=$(jq -r --arg subject "$(fuzz_subject "$1")" '[.data[0].files[] | select(.filename | test($subject)).summary.lines] |
                "\(map(.covered) | add) of \(map(.count) | add) lines"' "$logs/$1.json")
        say "fuzz $1: $(sed -n 's/^stat::number_of_executed_units: *//p' "$logs/$1.log") inputs, $(find "$fuzz_corpus/$1" -type f | wc -l) kept, $lines"
}

# two_at_a_time COMMAND SECONDS: with each target, for half of the time
two_at_a_time() {
        local target pids pid rc=0 i
        for ((i = 0; i < ${#fuzz_targets[@]}; i += 2)); do
                pids=()
                for target in "${fuzz_targets[@]:i:2}"; do
                        "$1" "$target" $(($2 * 2 / ${#fuzz_targets[@]})) &
                        pids+=($!)
                done
                for pid in "${pids[@]}"; do wait "$pid" || rc=1; done
        done
        [ $rc = 0 ] || exit 1
}

torture_fuzz() { # SECONDS
        local target
        install_packages llvm
        build fuzz
        say "seed $seed, corpus in $fuzz_corpus"
        two_at_a_time fuzz_one "$1"
        for target in "${fuzz_targets[@]}"; do fuzz_report "$target"; done
}

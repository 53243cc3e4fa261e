# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by tests/torture: a guest works on a volume of three images under a filesystem whose synced data is known, and the power goes at a
# random moment; what no flush of a disk has reached is lost, there, or torn. The next boot finds everything as it should be, without help,
# and goes on until the next cut.

# life ROUND [OPTION...]: one boot. What the guest said to be on disk before the cut counts from then on.
life() {
        local round=$1 rc=0
        shift
        "$here/vm/run" --disks 4 --disk-size 256M --disk-dir "$logs/disks" --logs "$logs/$round" --add "$here/vm/power-cut/records.py" \
                --add "$logs/said" --env CUT_ROUND="$round" --env CUT_FS="$fs" --env CUT_SEED=$((seed + round)) --seed "$seed-$round" \
                --timeout 600 "$@" "$here/vm/power-cut/guest.sh" >"$logs/$round.log" 2>&1 || rc=$?
        grep -h '^S ' "$logs/$round/output.log" >>"$logs/said" || true
        grep -E '^(ok|not ok)' "$logs/$round/output.log" || true
        if [ $rc != 0 ]; then
                grep -v '^S ' "$logs/$round.log" | tail -n 60
                say "round $round of seed $seed failed; logs and disks in $logs"
                exit 1
        fi
}

torture_power_cut() { # SECONDS
        local round=1 end=$((SECONDS + $1))
        mkdir -p "$logs/disks"
        : >"$logs/said"
        RANDOM=$((seed % 32768))
        say "seed $seed, $fs, logs in $logs"
        while [ $SECONDS -lt $end ] && [ $round -le "$rounds" ]; do
                life $round --power-cut "$((3 + RANDOM % 15)).$((RANDOM % 10))"
                say "round $round: the last thing begun: $(grep '^O ' "$logs/$round/output.log" | tail -n 1 | cut -c3-); in the caches: $(sed 's/^d[0-9]*: .* in the cache //' "$logs/$round/cut" | xargs -d '\n' printf '%s; ')"
                round=$((round + 1))
        done
        life $round --env CUT_LAST=1
        say "$((round - 1)) power cuts, $(wc -l <"$logs/said") records, nothing lost"
}

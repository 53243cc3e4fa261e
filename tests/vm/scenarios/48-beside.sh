# SPDX-License-Identifier: LGPL-2.1-or-later
# Loops of lvm2's commands and of raidctl's on the same volume groups at the same time, under a writer: nobody's change is lost, nobody is
# locked out, and the bus knows what lvm2 did. BESIDE_SECONDS: how long; an hour in the full run.
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

seconds=${BESIDE_SECONDS:-30}
timeout_loops=$((600 + seconds * 2))
notes=/run/raidd-test.beside

ms() { echo $(($(date +%s%N) / 1000000)); }

# timed LOOP COMMAND...: notes how long it took
timed() {
        local loop=$1 began out
        shift
        began=$(ms)
        out=$("$@" 2>&1) || { echo "$loop: $*: exit code $?: $out" >>$notes/failed; return 1; }
        echo "$(($(ms) - began)) $*" >>"$notes/$loop"
}

# loop NAME: its rounds, one after the other, until the time is over or one of them fails
loop() {
        local i end=$((SECONDS + seconds))
        for ((i = 1; SECONDS < end; i++)); do
                "round_$1" $i || return 0
                echo "$1" >>$notes/rounds
        done
}

# Every third volume stays, and is looked for in the end. A name: size, in bytes.
stays() { [ $(($1 % 3)) = 1 ] && [ "$1" -lt 30 ]; }
expect_volume() { echo "$1 8388608" >>$notes/expected; }

round_lvm2() {
        timed lvm2 lvcreate -qq -y -Wn -L 4M -n "l$1" vg0 || return 1
        known "l$1"
        timed lvm2 lvrename -qq vg0 "l$1" "lv$1" && timed lvm2 lvextend -qq -L 8M "vg0/lv$1" || return 1
        if stays "$1"; then
                timed lvm2 vgchange -qq --addtag "tag$1" vg0 && echo "tag$1" >>$notes/tags && expect_volume "lv$1"
        else
                timed lvm2 lvremove -qq -y "vg0/lv$1"
        fi
}

# known NAME: how long it takes until the bus has it
known() {
        local began
        began=$(ms)
        until busctl call $bus $root $bus.Manager FindVolume s "vg0/$1" >/dev/null 2>&1; do
                [ $(($(ms) - began)) -lt 60000 ] || break
        done
        echo $(($(ms) - began)) >>$notes/known
}

round_raidd() {
        timed raidd raidctl create "vg0/r$1" --size=4M && timed raidd raidctl rename "vg0/r$1" "rv$1" &&
                timed raidd raidctl resize "vg0/rv$1" --size=8M || return 1
        if stays "$1"; then expect_volume "rv$1"; else timed raidd raidctl --yes remove "vg0/rv$1"; fi
}

# What either has split, the other one merges. lvm2's merge is not safe under a writer: that one is raidd's, on the other volume.
round_mirrors() {
        timed mirrors raidctl split vg0/data && timed mirrors raidctl merge vg0/data --wait &&
                timed mirrors lvconvert -qq -y --splitmirrors 1 --trackchanges vg1/other && timed mirrors raidctl merge vg1/other --wait &&
                timed mirrors raidctl split vg1/other && timed mirrors lvconvert -qq -y --merge vg1/other_rimage_2 && wait_sync vg1 other
}

# summary LOOP: how many commands, and how long they took
summary() {
        sort -n "$notes/$1" | awk -v loop="$1" '{ v[NR] = $1; slowest = $0 }
                END { printf "# %s: %d commands; %d ms (median), the slowest: %s\n", loop, NR, v[int((NR + 1) / 2)], slowest }'
}

all_there() {
        local name size got rc=0
        while read -r name size; do
                got=$(lvs --noheadings --nosuffix --units b -o lv_size "vg0/$name" 2>&1 | xargs)
                [ "$got" = "$size" ] || { echo "$name: $got, not $size"; rc=1; }
        done <$notes/expected
        return $rc
}

scenario_loops() {
        local name pids=()
        rm -rf $notes
        mkdir $notes
        touch $notes/{failed,expected,tags,rounds,known}
        r_vg vg0 d1 d2 d3
        r_raid1 vg0 data 32M 3
        mk_vg vg1 d4 d5 d6
        mk_raid1 vg1 other 16M 3
        writer_start /dev/vg0/data --rate=100
        for name in lvm2 raidd mirrors; do
                loop $name &
                pids+=($!)
        done
        wait "${pids[@]}"
        writer_stop
        is "no command failed" "$(head -n 3 $notes/failed)" ""
        for name in lvm2 raidd mirrors; do
                summary $name
                check "$name was not locked out ($(grep -c $name $notes/rounds) rounds)" grep -q $name $notes/rounds
        done
        echo "# the bus knew a volume of lvm2's after $(sort -n $notes/known | median_and_most)"
        is "it came to know all of them" "$(awk '$1 >= 60000' $notes/known | wc -l)" 0
        check "what was made is there ($(wc -l <$notes/expected) volumes)" all_there
        is "no tag is lost" "$(vgs --noheadings -o tags vg0 | tr , '\n' | xargs -n1 | sort | xargs)" "$(sort $notes/tags | xargs)"
        for name in vg0/data vg1/other; do
                check "$name: no difference" checked "${name%/*}" "${name#*/}"
        done
        check "vg0 agrees" vg_agrees vg0 6
        check "vg1 agrees" vg_agrees vg1 6
}
median_and_most() { awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] " ms (median), " v[NR] " ms (most)" }'; }

run_scenarios "$@"

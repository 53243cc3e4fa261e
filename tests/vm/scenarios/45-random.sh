# SPDX-License-Identifier: LGPL-2.1-or-later
# Random sequences of raidctl and lvm2 on two volumes under writers. After each step lvm2 and raidd say the same; at the end there is no
# difference between images, no write has failed, and every block reads as it was written last. A client that only listens stays
# in step all the while. RANDOM_SEED: another sequence (tests/run --full takes another one each time), RANDOM_STEPS: how long.
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

steps=${RANDOM_STEPS:-10}
seed=${RANDOM_SEED:-150606745}

# Each may be refused, by either: what counts is that both agree afterwards.
commands=(
        'raidctl split vg0/LV --allow-degraded' 'raidctl split vg0/LV --image=0 --allow-degraded' 'raidctl merge vg0/LV' 'raidctl merge vg0/LV'
        'raidctl resize vg0/LV --size=+4M' 'raidctl resize vg0/LV --size=16M --allow-shrink' 'raidctl add-image vg0/LV'
        'raidctl --yes remove-image vg0/LV --allow-degraded' 'raidctl replace-image vg0/LV --image=0' 'raidctl refresh vg0/LV'
        'raidctl sync-rate vg0/LV --max=50M' 'raidctl rename vg0/LV LVx' 'raidctl rename vg0/LVx LV' 'raidctl scrub vg0/LV'
        'raidctl --yes split vg0/LV --permanent --name=LVcopy --allow-degraded' 'raidctl --yes remove vg0/LVcopy'
        'lvconvert -qq -y --splitmirrors 1 --trackchanges vg0/LV' 'lvextend -qq -L +4M vg0/LV' 'lvconvert -qq -y -m+1 vg0/LV' 'lvconvert -qq -y -m-1 vg0/LV'
        'lvchange -qq --refresh vg0/LV' 'lvchange -qq -y --maxrecoveryrate 40M vg0/LV' 'lvcreate -qq -y -L 4M -n LVcopy vg0' 'raidctl vg-extend vg0 /dev/disk/by-id/virtio-d6'
        'raidctl vg-reduce vg0 /dev/disk/by-id/virtio-d6' 'raidctl activate vg0'
        'raidctl verify vg0/LV' 'raidctl run vg0/LV --allow-degraded -- true' 'raidctl split vg0/a vg0/b --allow-degraded' 'raidctl deactivate vg0/LV_rimage_2'
        'raidctl activate vg0/LV_rimage_2' 'raidctl create vg0/LVcopy --size=4M --images=2' 'raidctl changed vg0/LV --regions'
        'paused vg0/LV' 'canceled vg0/LV' 'held vg0/LV' 'group_renamed'
)

# Sequences that only make sense together; each command of them may be refused as well, but must not fail otherwise.
each() { # COMMAND…: all of them, the last exit code that is neither success nor a refusal
        local one code=0 r
        for one; do
                r=0
                $one || r=$?
                case $r in 0 | 3 | 6 | 7) ;; *) code=$r ;; esac
        done
        return $code
}
paused() {
        each "raidctl sync-rate $1 --max=1M" "raidctl merge $1" "raidctl scrub $1" "raidctl pause $1" "raidctl split $1 --allow-degraded" \
                "raidctl resume $1" "raidctl sync-rate $1 --max=200M"
}
canceled() { each "raidctl sync-rate $1 --max=1M" "raidctl scrub $1" "raidctl cancel $1" "raidctl sync-rate $1 --max=200M"; }
# What is held is not merged, by neither of the two.
held() {
        local image pid code=0
        image=$(property "$1" Volume TrackedImage)
        [ "${image:-/}" != / ] || return 7
        image=vg0/$(busctl -j get-property $bus "$image" $bus.RaidImage Name | jq -r .data)
        rm -f /run/raidd-test.held
        "$files/hold.py" "$image" &
        pid=$!
        until [ -e /run/raidd-test.held ]; do
                kill -0 $pid 2>/dev/null || { wait $pid || return 7; }
                sleep 0.2
        done
        if raidctl merge "$1"; then echo "$image was held, and merged by raidd"; code=1; fi
        if lvconvert -qq -y --merge "$image"; then echo "$image was held, and merged by lvm2"; code=1; fi
        kill -9 $pid
        wait $pid || true
        return $code
}
group_renamed() { raidctl vg-rename vg0 vg9 && vg_agrees vg9 6 && raidctl vg-rename vg9 vg0; }

# A state that both know: no resync goes on.
quiet() {
        local lv
        for lv in a ax b bx; do
                ! dmsetup info "vg0-$lv" >/dev/null 2>&1 || [ -z "$(raid_status vg0 $lv)" ] || wait_sync vg0 $lv || return 1
        done
        retry 30 no_job_runs
}
no_job_runs() { ! raidctl jobs --no-legend | grep -q ' running '; }

# The next of them; not in a subshell, which would draw another one each time.
draw() {
        local lv=a
        command=${commands[RANDOM % ${#commands[@]}]}
        [ $((RANDOM % 2)) = 0 ] || lv=b
        command=${command//LV/$lv}
}
one_step() {
        local out code=0
        out=$($command 2>&1) || code=$?
        echo "exit code $code"
        case $command:$code in
        raidctl*:[0367] | lvc*:* | lve*:* | [pchg]*:[067]) ;;
        *) echo "$out"; return 1 ;;
        esac
        quiet && vg_agrees vg0 6
}

give_back() { # VG/LV: as a whole volume again
        ! raidctl show "$1" >/dev/null 2>&1 || [ "$(property "$1" Volume TrackedImage)" = / ] || raidctl --quiet merge "$1"
}

timeout_random=1500
scenario_random() {
        local i lv command
        echo "# seed $seed"
        RANDOM=$((10#$seed % 32768))
        r_vg vg0 d1 d2 d3 d4 d5
        for lv in a b; do
                r_raid1 vg0 $lv 16M 3
                writer=$lv writer_start /dev/vg0/$lv --rate=100 --verify --size=16M
        done
        $files/follower.py >/run/raidd-test.followed &
        follower=$!
        sleep 1
        raidctl list >/dev/null
        for ((i = 1; i <= steps; i++)); do
                draw
                check "step $i: $command" one_step
        done
        raidctl list >/dev/null
        for lv in a ax b bx; do check "$lv: merged" give_back vg0/$lv; done
        # Not by check, whose children they are not.
        for lv in a b; do
                if writer=$lv writer_stop; then ok "$lv: every block has what was written last"; else fail "$lv: every block has what was written last"; fi
        done
        for lv in a ax b bx; do
                [ -z "$(raid_status vg0 $lv 2>/dev/null)" ] || check "$lv: no difference" checked vg0 $lv
        done
        raidctl list >/dev/null
        sleep 1
        kill -TERM $follower
        if wait $follower; then ok "who only listens is in step ($(tail -n 1 /run/raidd-test.followed))"; else fail "who only listens is in step"; cut -c1-600 /run/raidd-test.followed; fi
        check "agrees in the end" vg_agrees vg0 6
}

run_scenarios "$@"

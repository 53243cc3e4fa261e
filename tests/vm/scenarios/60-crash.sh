# SPDX-License-Identifier: LGPL-2.1-or-later
# The worker, or worker and daemon (odd effects) or its helper (even ones; either takes the other with it), are killed before the first
# effect of a plan, before the second, and so on until the plan gets through. Each time, within 5 seconds: nothing is suspended, lvm2 is content and says what the bus says, the metadata
# is the old or the new, and the next operation works. Needs a build with test hooks: tests/vm/run --build hooks.
#
# CRASH_WHO: "worker", "daemon" or both (default); CRASH_STRIDE: every how-manieth effect (default 1, all of them); then the
# daemon is killed before other effects than the worker. CRASH_FIRST: before which effect first, where an earlier run was cut off.
# batch: 8
# full: create remove activation life add_images remove_images groups split_of_two split_of_the_tracked

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

worker=$(echo /usr/lib*/raidd/raidd-worker)
trigger=/run/raidd/test-kill
stride=${CRASH_STRIDE:-1}
long=7200 # of 330 kills, emulated, beside another guest

# Wraps the worker: when the trigger is there and names the verb of the request, the real one will kill itself, once, or
# count its effects.
arm_worker() {
        [ ! -e "$worker.real" ] || return 0
        # The daemon is another user's, and the wrapper is run by bash.
        mkdir -p /run/systemd/system/raidd-helper.service.d
        printf '[Service]\nCapabilityBoundingSet=CAP_KILL\nNoExecPaths=\n' >/run/systemd/system/raidd-helper.service.d/kill.conf
        systemctl daemon-reload
        systemctl restart raidd.service
        mv "$worker" "$worker.real"
        cat >"$worker" <<WRAPPER
#!/bin/bash
[ "\$1" = run ] || exec $worker.real "\$@"
request=\$(cat)
if [ -e $trigger ] && read -r verb at who <$trigger && [[ \$request == *'"'\$verb'"'* ]]; then
        mv $trigger $trigger.fired
        if [ "\$at" = count ]; then
                export RAIDD_COUNT_STEPS=1
                exec $worker.real "\$@" <<<"\$request" 2>$trigger.count
        fi
        export RAIDD_KILL_AT=\$at
        case \$who in
        daemon) [ \$((at % 2)) = 0 ] || unit=raidd.service; export RAIDD_KILL_DAEMON=\$(systemctl show --value -p MainPID \${unit:-raidd-helper.service}) ;;
        esac
fi
exec $worker.real "\$@" <<<"\$request"
WRAPPER
        chmod 755 "$worker"
}

# count VERB OPERATION: how many effects the operation has
count() {
        rm -f $trigger.*
        echo "$1 count" >$trigger
        $2 >/dev/null || return 1
        sed -n 's/.*primitive effects: //p' $trigger.count
}

hooks_are_there() { grep -q RAIDD_KILL_AT "$worker" "$worker.real" 2>/dev/null; }

# settled: what has to hold within 5 s of the kill where the guest is not emulated. There, starting three processes takes as
# long; the time is printed for the slowest.
settle_limit=5
[ "$(systemd-detect-virt)" != qemu ] || settle_limit=20
settled() {
        local began end
        began=$(date +%s%N)
        end=$((began + settle_limit * 1000000000))
        until nothing_suspended >/dev/null && systemctl -q is-active raidd.service && [ -z "$(ls /run/raidd/intent 2>/dev/null)" ]; do
                if [ "$(date +%s%N)" -ge $end ]; then
                        nothing_suspended
                        systemctl is-active raidd.service
                        ls /run/raidd/intent
                        return 1
                fi
                sleep 0.1
        done
        echo $((($(date +%s%N) - began) / 1000000)) >>/run/raidd-test.settled
}

# enumerate VERB PREPARE OPERATION NEXT: PREPARE makes the state that the operation starts from, whatever the state is; NEXT is
# tried after each crash and has to work.
enumerate() {
        local verb=$1 prepare=$2 operation=$3 next=$4 who n max out rc first shape_before shape_after
        arm_worker
        hooks_are_there || { skip "$verb" "built without test hooks"; return 0; }
        $prepare || { fail "$verb: preparation" "$prepare"; return 0; }
        shape_before=$(shape)
        max=$(count "$verb" "$operation") || { fail "$verb: uncrashed" "$operation"; return 0; }
        shape_after=$(shape)
        echo "# $verb has $max effects"
        check "$verb: there are effects" test "${max:-0}" -ge 1
        for who in ${CRASH_WHO:-worker daemon}; do
                rm -f /run/raidd-test.settled
                first=${CRASH_FIRST:-1}
                [ $who = worker ] || first=$((first + (stride < max ? stride : max) / 2))
                for ((n = first; n <= max; n += stride)); do
                        $prepare || { fail "$verb, $who, $n: preparation" "$prepare"; return 0; }
                        rm -f $trigger.*
                        echo "$verb $n $who" >$trigger
                        out=$($operation 2>&1) && rc=0 || rc=$?
                        if [ -e $trigger ]; then
                                rm $trigger
                                fail "$verb, $who, $n" "the operation asked nothing of the worker: $out"
                                return 0
                        fi
                        # Whoever asked hears of it, whoever it was that died.
                        [ $rc != 0 ] || fail "$verb, $who, $n" "nobody was killed: $out"
                        check "$verb, $who killed before effect $n of $max" after_crash "$next"
                done
                check "$verb, $who: the bus agrees" vg_agrees_soon
                echo "# $verb, $who: all was well again after $(sort -n /run/raidd-test.settled | median_and_most) ms"
        done
        ! [[ $verb == split* || $verb == merge ]] || [ -z "$(raid_status vg0 data)" ] || check "$verb: no difference" checked vg0 data
}

median_and_most() { awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] " (median), " v[NR] " (most)" }'; }

# shape: what is in the metadata, without numbers and identifiers that differ each time
shape() { lvs -a --noheadings -o lv_name,lv_permissions,segtype,stripes vg0 2>/dev/null | sort || true; }

after_crash() {
        local out now
        settled || return 1
        out=$(! vgs vg0 >/dev/null 2>&1 || vgck vg0 2>&1) && [ -z "$out" ] || { echo "vgck: $out"; return 1; }
        now=$(shape)
        [ "$now" = "$shape_before" ] || [ "$now" = "$shape_after" ] || { echo "neither old nor new:"; echo "$now"; return 1; }
        $1 || { echo "the next operation fails: $1"; journalctl -q -u raidd.service -u raidd-helper.service -n 20 --no-pager; return 1; }
}

# A crash may leave the bus behind by one reload.
vg_agrees_soon() {
        local out i
        vgs vg0 >/dev/null 2>&1 || return 0
        for i in 1 2 3 4 5 6; do
                out=$(vg_agrees vg0 2>&1) && return 0
                sleep 0.5
        done
        echo "$out"
        return 1
}

tracked() { [ "$(property vg0/data Volume TrackedImage)" != / ]; }

be_untracked() {
        raidctl show vg0/data >/dev/null 2>&1 || { fresh 3 16M && return; }
        ! tracked || raidctl --quiet merge vg0/data || return 1
        wait_sync vg0 data
}
be_tracked() { be_untracked && raidctl --quiet split vg0/data; }
split_or_merge() { if tracked; then raidctl merge vg0/data; else raidctl split vg0/data; fi; }

timeout_split_tracked=$long
scenario_split_tracked() {
        fresh 3 16M
        writer_start /dev/vg0/data --rate=200
        enumerate split-tracked be_untracked "raidctl split vg0/data" split_or_merge
        check "the writer never waited longer than 6 s" test "$(writer_stall)" -le 6000000
        if writer_stop; then ok "nor met an error"; else fail "nor met an error"; fi
}

timeout_merge=$long
scenario_merge() {
        fresh 3 16M
        writer_start /dev/vg0/data --rate=200
        enumerate merge be_tracked "raidctl merge vg0/data" split_or_merge
        check "the writer never waited longer than 6 s" test "$(writer_stall)" -le 6000000
        if writer_stop; then ok "nor met an error"; else fail "nor met an error"; fi
}

be_three() {
        local lv
        for lv in $(lvs --noheadings -o name vg0 2>/dev/null); do
                [ "$lv" = data ] && [ "$(property vg0/data Volume ImageCount)" = "${images:-3}" ] && ! tracked && continue
                case $lv in *_rimage_*) ;; *) raidctl --quiet --yes remove "vg0/$lv" || return 1 ;; esac
        done
        raidctl show vg0/data >/dev/null 2>&1 || raidctl --quiet create vg0/data --size=8M --images="${images:-3}" || return 1
        wait_sync vg0 data
}
be_two() { images=2 be_three; }
be_three_tracked() { be_three && raidctl --quiet split vg0/data; }
any_works() { raidctl --quiet create vg0/other --size=4M && raidctl --quiet --yes remove vg0/other; }

timeout_split=$long
scenario_split() {
        fresh 3 8M
        enumerate split be_three "raidctl split vg0/data --permanent --yes --name=new --image=0" any_works
}

timeout_split_of_two=$long
scenario_split_of_two() {
        fresh 2 8M
        enumerate split be_two "raidctl split vg0/data --permanent --yes --name=new --image=0 --allow-degraded" any_works
}

timeout_split_of_the_tracked=$long
scenario_split_of_the_tracked() {
        fresh 3 8M
        enumerate split be_three_tracked "raidctl split vg0/data --permanent --yes --name=new" any_works
}

# What is free on a disk gets other bytes than the others have: blank disks are alike, and a resync that is never made would not be seen.
# The first 32 MiB of each free part are what the next volume gets.
dirty_free() { # DISK
        local type start size first mib
        pvs --noheadings --separator ' ' --nosuffix --units m --segments -o segtype,pvseg_start,pvseg_size,pe_start,vg_extent_size "$(disk "$1")" |
                while read -r type start size first mib; do
                        first=${first%.*} mib=${mib%.*}
                        [ "$type" != free ] || dd if=/dev/urandom of="$(disk "$1")" bs=1M seek=$((first + start * mib)) \
                                count=$((size * mib < 32 ? size * mib : 32)) oflag=direct conv=notrunc status=none
                done
}
dirty_one() { dirty_free d1 && dirty_free d3; }
one_is_alike() { ! raidctl show vg0/one >/dev/null 2>&1 || { wait_sync vg0 one && checked vg0 one; }; }

be_without() { ! raidctl show vg0/one >/dev/null 2>&1 || raidctl --quiet --yes remove vg0/one; }
be_without_on_dirt() { be_without && dirty_free d1; }
be_with() { raidctl show vg0/one >/dev/null 2>&1 || raidctl --quiet create vg0/one --size=8M --images=2; }
be_off() { be_with && raidctl --quiet deactivate vg0/one; }
be_on() { be_with && raidctl --quiet activate vg0/one; }

alike_works() { one_is_alike && any_works; }

timeout_create=$long
scenario_create() {
        r_vg vg0 d1 d2
        enumerate create be_without_on_dirt "raidctl create vg0/one --size=8M --images=2" alike_works
}

timeout_remove=$long
scenario_remove() {
        r_vg vg0 d1 d2
        enumerate remove be_with "raidctl --yes remove vg0/one" any_works
}

timeout_activation=$long
scenario_activation() {
        r_vg vg0 d1 d2
        enumerate activate be_off "raidctl activate vg0/one" any_works
        enumerate deactivate be_on "raidctl deactivate vg0/one" any_works
        enumerate vg-activate be_off "raidctl activate vg0" any_works
        enumerate vg-deactivate be_on "raidctl deactivate vg0" any_works
}

be_nothing() { ! vgs vg0 >/dev/null 2>&1 || raidctl --quiet --yes vg-remove vg0; }
be_group() { vgs vg0 >/dev/null 2>&1 || r_vg vg0 d1 d2; }
group_works() { be_group && any_works; }
be_signed() { be_nothing && local d && for d in d1 d2; do wipefs -qa "$(disk $d)" && mkfs.ext4 -qF "$(disk $d)" || return; done; }
wipe_them() { vgs vg0 >/dev/null 2>&1 || raidctl --quiet --yes vg-create vg0 "$(disk d1)" "$(disk d2)" --wipe; }
wiped_works() { wipe_them && any_works; }

timeout_groups=$long
scenario_groups() {
        enumerate vg-create be_nothing "raidctl vg-create vg0 $(disk d1) $(disk d2)" group_works
        enumerate vg-create be_signed "raidctl --yes vg-create vg0 $(disk d1) $(disk d2) --wipe" wiped_works
        enumerate vg-remove be_group "raidctl --yes vg-remove vg0" group_works
}

called_one() { ! raidctl show vg0/other >/dev/null 2>&1 || raidctl --quiet rename vg0/other one; be_with; }
small_one() { called_one && { [ "$(property vg0/one Volume Size)" = $((8 << 20)) ] || { wait_sync vg0 one && raidctl --quiet resize vg0/one --size=8M --allow-shrink; }; }; }
large_one() { called_one && { [ "$(property vg0/one Volume Size)" = $((16 << 20)) ] || { wait_sync vg0 one && raidctl --quiet resize vg0/one --size=16M; }; } && wait_sync vg0 one; }
two_of_one() { called_one && wait_sync vg0 one && { [ "$(property vg0/one Volume ImageCount)" = 2 ] || raidctl --quiet --yes remove-image vg0/one; }; }
three_of_one() { called_one && wait_sync vg0 one && { [ "$(property vg0/one Volume ImageCount)" = 3 ] || raidctl --quiet add-image vg0/one; } && wait_sync vg0 one; }
small_one_on_dirt() { small_one && dirty_one; }
two_of_one_on_dirt() { two_of_one && dirty_one; }
one_works() { one_is_alike && others_work; }
others_work() { raidctl --quiet create vg0/more --size=4M && raidctl --quiet --yes remove vg0/more; }

timeout_life=$long
scenario_life() {
        r_vg vg0 d1 d2 d3
        be_with
        wait_sync vg0 one
        enumerate rename called_one "raidctl rename vg0/one other" one_works
        called_one
        enumerate resize small_one_on_dirt "raidctl resize vg0/one --size=16M" one_works
        enumerate resize large_one "raidctl resize vg0/one --size=8M --allow-shrink" one_works
}

timeout_add_images=$long
scenario_add_images() {
        r_vg vg0 d1 d2 d3
        be_with
        wait_sync vg0 one
        enumerate add-images two_of_one_on_dirt "raidctl add-image vg0/one" one_works
}

timeout_remove_images=$long
scenario_remove_images() {
        r_vg vg0 d1 d2 d3
        be_with
        wait_sync vg0 one
        enumerate remove-images three_of_one "raidctl --yes remove-image vg0/one" one_works
}

run_scenarios "$@"

# SPDX-License-Identifier: LGPL-2.1-or-later
# Faults at random: something is asked for, and somewhere in it a disk fails, fails now and then, takes no more writes, or is slow. Whatever comes
# of it comes to an end; nobody who writes or reads meets an error or other data than were written; and with the disk well again, the
# ways out that the documentation names lead to where it began. FAULT_ROUNDS: how many; FAULT_SEED: others.
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh
. /usr/lib/raidd-vm/files/legs.sh

rounds=${FAULT_ROUNDS:-2}
seed=${FAULT_SEED:-1831} # a split while a leg is slow, and its merge while one fails now and then
timeout_at_random=$((300 + rounds * 200))
data=/dev/vg0/data
head_size=$((4 << 20)) # of the volume: written by us; the rest by the writer

whole=('split vg0/data' 'split vg0/data --image=0' 'scrub vg0/data --wait' 'refresh vg0/data' 'create vg0/other --size=8M --images=2' 'resize vg0/data --size=+4M'
       'resize vg0/data --size=32M --allow-shrink' 'add-image vg0/data' 'replace-image vg0/data_rimage_1' 'sync-rate vg0/data --max=50M')
tracked=('merge vg0/data' 'merge vg0/data --wait' 'verify vg0/data' 'activate vg0' '--yes split vg0/data --permanent --name=gone')

# fault LEG KIND: legN is one that is so
fault() {
        local sectors=${linear[$1]#0 } dev
        dev=${sectors#* linear } sectors=${sectors%% *}
        case $2 in
        error) replace_table "leg$1" "0 $sectors error" ;;
        flakey) replace_table "leg$1" "0 $sectors flakey $dev 1 1" ;;
        read-only) replace_table "leg$1" "0 $sectors flakey $dev 0 3600 1 error_writes" ;;
        slow) replace_table "leg$1" "0 $sectors delay $dev 400" ;;
        stuck) replace_table "leg$1" "0 $sectors delay $dev 20000" ;;
        esac
}
kinds=(error flakey read-only slow stuck)

# write_head FILE: what the volume begins with from now on; FILE is written by that time
write_head() { dd if=/dev/urandom of="$1" bs=1M count=4 status=none && dd if="$1" of=$data bs=1M oflag=direct conv=notrunc status=none; }
# Whatever cannot be read is not other data.
begins_with() { local rc=0; cmp -n $head_size "$1" "$2" 2>/dev/null || rc=$?; [ $rc != 1 ]; }
tracked_image() { lvs --noheadings -o name vg0 | sed -n 's/ *\(data_rimage_[0-9]*\) *$/\/dev\/vg0\/\1/p'; }

# As it was: three images, nothing tracked, nothing else in the group.
as_before() {
        local lv n
        ! tracks || retry 20 raidctl --quiet merge vg0/data || return 1
        wait_sync vg0 data 60 || true
        ! failed || retry 20 raidctl --quiet refresh vg0/data || return 1
        wait_sync vg0 data || return 1
        for lv in other gone; do ! raidctl show vg0/$lv >/dev/null 2>&1 || retry 5 raidctl --quiet --yes remove vg0/$lv || return 1; done
        retry 30 no_job_runs || return 1
        n=$(property vg0/data Volume ImageCount)
        [ "$n" -ge 3 ] || raidctl --quiet add-image vg0/data --images=$((3 - n)) --wait || return 1
        [ "$n" -le 3 ] || raidctl --quiet --yes remove-image vg0/data || return 1
        wait_sync vg0 data && [ "$(health vg0 data)" = AAA ]
}
no_job_runs() { ! raidctl jobs --no-legend | grep -q ' running '; }

# Drawn here, as a subshell would draw something else each time.
draw() {
        local -n commands=whole
        ! tracks || local -n commands=tracked
        command=${commands[RANDOM % ${#commands[@]}]} leg=$((RANDOM % 4)) kind=${kinds[RANDOM % ${#kinds[@]}]}
        before=$((RANDOM % 2)).$((RANDOM % 10)) during=$((RANDOM % 4)) heals_first=$((RANDOM % 2)) goes_on=$((RANDOM % 2))
        # Long enough to be taken for missing, now and then; for the operation to end, it would take as long for each block.
        [ $kind != stuck ] || { during=$((RANDOM % 30)) heals_first=1; }
}
as_it_hangs() { raidctl jobs; raidctl status vg0/data; dmsetup info -c -o name,suspended,open; dmsetup status; ps axo pid,stat,wchan:30,args | grep -v '\]$'; }
one_round() {
        local code=0 pid now=$vm_tmp/head split=$vm_tmp/head-split
        write_head $now && cp $now $split || return 1
        # shellcheck disable=SC2086 # a command line
        timeout 300 raidctl --quiet $command >$vm_tmp/said 2>&1 &
        pid=$!
        sleep $before
        fault $leg $kind
        timeout 120 raidctl list >/dev/null || { echo "the bus does not answer"; return 1; }
        sleep $during
        # A write of ours to a leg that is stuck would only keep it so; the writer's are under way there.
        [[ $command == split* || $kind == stuck ]] || write_head $now || { echo "cannot be written"; return 1; }
        [ $heals_first = 1 ] || wait $pid || code=$?
        returns $leg
        [ $heals_first = 0 ] || wait $pid || code=$?
        echo "exit code $code: $(tail -n 1 $vm_tmp/said)" | tee $vm_tmp/came-of-it
        [ $code -lt 120 ] || { echo "has not come to an end"; as_it_hangs; return 1; }
        nothing_suspended || return 1
        begins_with $now $data || { echo "other data than was written"; return 1; }
        retry 20 raidctl --quiet activate vg0 || return 1
        [[ $command != split* ]] || ! tracks || begins_with $split "$(tracked_image)" || { echo "the image has other data than there was"; return 1; }
        [ $goes_on = 1 ] || as_before || { echo "not as before"; raidctl status vg0/data; return 1; }
}

scenario_at_random() {
        local i command leg kind before during heals_first goes_on
        echo "# seed $seed"
        RANDOM=$((10#$seed % 32768))
        legs 4
        raidctl vg-create vg0 /dev/mapper/leg{0..3}
        raidctl create vg0/data --size=32M --images=3
        wait_sync vg0 data
        writer_start $data --rate=50 --offset=$head_size --size=$((24 << 20))
        for ((i = 1; i <= rounds; i++)); do
                draw
                check "$i: leg $leg is $kind: $command" one_round
                echo "# $(cat $vm_tmp/came-of-it)"
        done
        check "as it was in the end" as_before
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference" checked vg0 data
        check "the data is there" cmp -n $head_size $vm_tmp/head $data
        check "agrees" vg_agrees vg0 6
}

run_scenarios "$@"

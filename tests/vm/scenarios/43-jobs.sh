# SPDX-License-Identifier: LGPL-2.1-or-later
# Jobs are paused, go on, are cancelled, and are there again after a restart.
# batch: 8

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# job OPERATION: its state
job() { raidctl jobs --no-legend | awk -v o="$1" '$2 == o { s = $4 } END { print s }'; }
action() { raidctl show vg0/data | sed -n 's/^SyncAction=//p'; }
# property NAME: of the last job
property() { raidctl jobs --json=short | jq -r ".jobs[-1].$1"; }

scenario_pause_and_resume() {
        fresh 2 64M
        dd if=/dev/urandom of=/dev/vg0/data bs=1M count=64 oflag=direct status=none
        raidctl sync-rate vg0/data --max=1M
        raidctl add-image vg0/data
        check "pausable" test "$(property Pausable)" = true
        check "not cancelable" expect_fail "half old and half new" raidctl cancel vg0/data
        check "pause" raidctl pause vg0/data
        is "the kernel has stopped" "$(action)" frozen
        is "and the job says so" "$(property State)" paused
        check "not twice" expect_fail "paused already" raidctl pause vg0/data
        check "no split meanwhile" expect_fail "" raidctl split vg0/data
        check "no refresh meanwhile" expect_fail "is paused" raidctl refresh vg0/data
        systemctl restart raidd
        is "paused still after a restart" "$(property State)" paused
        is "the kernel has not moved" "$(action)" frozen
        check "resume" raidctl resume vg0/data
        is "the kernel goes on" "$(action)" recover
        check "resume what runs" expect_fail "is not paused" raidctl resume vg0/data
        raidctl sync-rate vg0/data --max=200M
        check "wait" raidctl wait vg0/data
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0
}

scenario_cancel() {
        fresh 2 64M
        raidctl sync-rate vg0/data --max=1M
        raidctl scrub vg0/data
        check "cancelable" test "$(property Cancelable)" = true
        check "not pausable" expect_fail "cannot be paused" raidctl pause vg0/data
        check "cancel" raidctl cancel vg0/data
        is "the kernel is idle" "$(action)" idle
        is "the job says so" "$(property Result)" canceled
        check "nothing left to cancel" expect_fail "has ended" raidctl cancel vg0/data
        check "split" raidctl split vg0/data --allow-degraded
        check "agrees" vg_agrees vg0
}

clean() { [ -z "$(dirty_regions vg0 data 0)" ]; } # md takes bits away some seconds after the last write

# Of 64 MiB three regions were written: so much is copied, wherever the kernel's position is.
scenario_bytes() {
        fresh 2 64M
        retry 20 clean
        raidctl split vg0/data --allow-degraded
        dd if=/dev/urandom of=/dev/vg0/data bs=64K count=1 oflag=direct status=none
        dd if=/dev/urandom of=/dev/vg0/data bs=64K count=1 seek=160 oflag=direct status=none
        dd if=/dev/urandom of=/dev/vg0/data bs=64K count=1 seek=960 oflag=direct status=none
        check "merge" raidctl merge vg0/data --wait
        is "the bytes of three regions" "$(property Bytes)" $((3 * $(region_size vg0 data 0)))
        is "all of them" "$(property BytesDone)" "$(property Bytes)"
        retry 20 clean
        raidctl split vg0/data --allow-degraded
        check "merge at once" raidctl merge vg0/data --wait
        is "nothing" "$(property Bytes)" 0
        is "and that is done" "$(property Progress)" 1
        check "no difference" checked vg0 data
}

no_note() { [ -z "$(ls /run/raidd-daemon/job 2>/dev/null)" ]; }

# A daemon that is started again knows whose the job is, and goes on with its bytes.
scenario_restart() {
        local before
        fresh 2 64M
        retry 20 clean
        raidctl split vg0/data --allow-degraded
        fill /dev/vg0/data 5 --size=24M
        raidctl sync-rate vg0/data --max=1M
        raidctl merge vg0/data
        before="$(property Operation) $(property Bytes) $(property StartTime)"
        is "what is copied" "$(cut -d' ' -f1,2 <<<"$before")" "raid-merge $((24 << 20))"
        retry 20 eval '[ "$(property BytesDone)" -gt 1000000 ]'
        systemctl restart raidd
        is "the same job" "$(property Operation) $(property Bytes) $(property StartTime)" "$before"
        check "as far as it was ($(property BytesDone))" test "$(property BytesDone)" -gt 1000000
        raidctl sync-rate vg0/data --max=200M
        check "wait" raidctl wait vg0/data
        is "all of it" "$(property BytesDone)" $((24 << 20))
        check "no note is left" no_note
        check "no difference" checked vg0 data
}

after() { [ "$(property "$1")" -gt "$2" ]; }
ended() { grep -q "Job.Completed (true, '')" /run/raidd-test.signals; }

# What somebody sees who looks at the job, and who only listens.
scenario_seen_from_outside() {
        local listener now
        fresh 2 64M
        raidctl split vg0/data --allow-degraded
        fill /dev/vg0/data 5 --size=24M
        raidctl sync-rate vg0/data --max=1M
        gdbus monitor --system --dest $bus >/run/raidd-test.signals &
        listener=$!
        retry 10 grep -q 'is owned by' /run/raidd-test.signals
        raidctl merge vg0/data
        now=$(date +%s%6N)
        is "by root" "$(property StartedByUID)" 0
        check "it has begun" test "$(property StartTime)" -le "$now"
        check "it has a rate" retry 20 after Rate 0
        check "and an end, which is to come" retry 20 after ExpectedEndTime "$now"
        check "not above the limit" test "$(property Rate)" -le $((4 << 20))
        raidctl sync-rate vg0/data --max=200M
        check "wait" raidctl wait vg0/data
        check "its end is told" retry 10 ended
        kill $listener
        is "no rate at the end" "$(property Rate)" 0
}

# Whoever has the reply finds the objects as they are now, and everybody who listens has heard of it before.
scenario_signals_before_the_reply() {
        local listener
        fresh 3 16M
        busctl monitor --json=short $bus >/run/raidd-test.order 2>&1 &
        listener=$!
        retry 10 eval 'raidctl list >/dev/null; grep -q GetManagedObjects /run/raidd-test.order'
        raidctl create vg0/one --size=4M
        raidctl rename vg0/one two
        raidctl --yes remove vg0/two
        raidctl split vg0/data
        raidctl merge vg0/data
        retry 10 eval 'grep -q "\"Merge\"" /run/raidd-test.order'
        sleep 1
        kill $listener
        check "told before it was replied" "$files/signals-before-reply.py" /run/raidd-test.order
}

# A recovery goes on by itself after a reboot, and whoever looks finds a job for it.
scenario_after_a_reboot() {
        if [ -z "${1:-}" ]; then
                fresh 2 64M
                raidctl sync-rate vg0/data --max=1M
                raidctl add-image vg0/data
                retry 20 after BytesDone 0
                vm_reboot again
        fi
        is "there is a job again" "$(property Operation) $(property State)" "raid-recover running"
        is "of nobody" "$(property StartedByUID)" 0
        raidctl sync-rate vg0/data --max=200M
        check "wait" raidctl wait vg0/data
        is "done" "$(property Result)" done
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0
}

run_scenarios "$@"

# SPDX-License-Identifier: LGPL-2.1-or-later
# A held image stays as it is, whoever asks; raidctl run and the template unit clean up whatever happens.
# batch: 6
# full: terminal_goes_away

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

untracked() { [ "$(property vg0/data Volume TrackedImage)" = / ]; }
holders() { property vg0/data_rimage_2 RaidImage Holders | jq -r '.[]'; }
# What raidctl run holds, as somebody sees it who wants the image.
held_by_run() { retry 20 sh -c 'raidctl show vg0/data_rimage_2 | grep -q "^Holders=.*raidctl run"'; }

scenario_hold() {
        local pid
        fresh 3 32M
        raidctl split vg0/data
        "$files/hold.py" vg0/data_rimage_2 &
        pid=$!
        retry 20 test -e /run/raidd-test.held
        is "who and why" "$(holders)" "hold.py: looking at it"
        check "no merge" expect_fail "is held by somebody" raidctl merge vg0/data
        check "no merge of the image" expect_fail "is held by somebody" raidctl merge vg0/data_rimage_2
        check "nor a plan of it" expect_fail "is held by somebody" raidctl merge vg0/data --dry-run
        check "no permanent split" expect_fail "is held by somebody" raidctl split vg0/data --permanent --yes --name=new
        check "lvm2 does not merge it" expect_fail "in use|used by|open" lvconvert -y --merge vg0/data_rimage_2
        check "lvm2 does not deactivate it" expect_fail "in use|used by" lvchange -an vg0/data_rimage_2
        check "the descriptor cannot read it" grep -qx "read: Bad file descriptor" /run/raidd-test.held
        systemctl restart raidd.service
        is "held over a restart" "$(holders)" "hold.py: looking at it"
        systemctl kill -s KILL raidd.service
        retry 20 systemctl -q is-active raidd.service
        retry 20 sh -c 'raidctl list >/dev/null'
        is "held over a crash" "$(holders)" "hold.py: looking at it"
        check "still no merge" expect_fail "is held by somebody" raidctl merge vg0/data
        kill -9 $pid
        wait $pid || true
        check "released by the end of its holder" retry 5 sh -c '[ "$(raidctl show vg0/data_rimage_2 | sed -n s/^Holders=//p)" = "[]" ]'
        check "and then it goes" raidctl merge vg0/data --wait
        check "not tracked" expect_fail NotTracked call "$(volume_path vg0/data_rimage_2)" RaidImage Hold "'me'" "'why'" '@a{sv} {}'
        check "agrees" vg_agrees vg0
}

scenario_run() {
        local out pid
        fresh 3 96M
        mkfs.ext4 -q /dev/vg0/data
        mkdir -p /mnt/fs /mnt/image
        mount /dev/vg0/data /mnt/fs
        echo before >/mnt/fs/file
        out=$(raidctl run vg0/data --mount -- sh -c 'cat $RAIDCTL_MOUNT/file; echo after >/mnt/fs/file; cat $RAIDCTL_MOUNT/file; touch $RAIDCTL_MOUNT/x || echo read-only' 2>/dev/null)
        is "the command sees the image" "$out" "before
before
read-only"
        check "merged" untracked
        check "no directory is left" sh -c '! ls -d /run/raidctl-*'
        wait_sync vg0 data
        out=$(raidctl run vg0/data --mount=/mnt/image --wait -q -- sh -c 'cat /mnt/image/file; echo $RAIDCTL_DEVICE; exit 9') || r=$?
        is "its exit code" "${r:-0}" 9
        is "at the place that was asked for" "$out" "after
/dev/mapper/vg0-data_rimage_2"
        check "in nobody else's sight" sh -c '! mountpoint -q /mnt/image'
        check "merged after a failure" untracked

        raidctl run vg0/data --mount -- sleep 60 &
        pid=$!
        held_by_run
        kill -TERM $pid
        wait $pid && r=0 || r=$?
        is "killed by a signal" "$r" 143
        check "merged after a signal" untracked
        wait_sync vg0 data

        # Without a chance to clean up: when the command ends, raidd merges.
        rm -f /run/raidd-test.go
        mkfifo /run/raidd-test.go
        raidctl run vg0/data --mount -- sh -c 'read x </run/raidd-test.go' &
        pid=$!
        held_by_run
        kill -9 $pid
        wait $pid || true
        sleep 2
        check "the command goes on, and its image stays" expect_fail "is held by somebody" raidctl merge vg0/data
        echo go >/run/raidd-test.go
        check "merged when it ends" retry 10 untracked
        umount /mnt/fs
        wait_sync vg0 data
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0
}

# The terminal goes away: script(1) is killed, and with it the terminal that it made.
scenario_terminal_goes_away() {
        local pid
        fresh 3 32M
        script -qec "raidctl run vg0/data -- sleep 60" /dev/null </dev/null >/dev/null &
        pid=$!
        held_by_run
        kill -9 $pid
        wait $pid || true
        check "merged" retry 20 untracked
        wait_sync vg0 data
        check "no difference" checked vg0 data
}

scenario_template_unit() {
        fresh 3 32M
        printf '[Unit]\nBindsTo=raidd-split@vg0-data.service\nAfter=raidd-split@vg0-data.service\n[Service]\nType=oneshot\nExecStart=/bin/sh -c "systemctl restart raidd.service; cksum </dev/vg0/data_rimage_2 >/run/raidd-test.sum; blockdev --getro /dev/vg0/data_rimage_2 >>/run/raidd-test.sum"\n' \
                >/run/systemd/system/backup.service
        systemctl daemon-reload
        check "a backup of two lines, over a restart of the daemon" systemctl start backup.service
        is "had its image, read-only" "$(tail -n 1 /run/raidd-test.sum)" 1
        check "merged when nobody needs it" retry 10 untracked
        wait_sync vg0 data
        check "no difference" checked vg0 data
        rm /run/systemd/system/backup.service
        systemctl daemon-reload
}

run_scenarios "$@"

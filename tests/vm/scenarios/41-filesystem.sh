# SPDX-License-Identifier: LGPL-2.1-or-later
# The image of a mounted filesystem is clean: it mounts read-only without replay while the volume is written, and what was
# written up to the split is in it.
# full: ext4_on_crypt
# batch: 7

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# Small files, renamed, appended, removed: the journal always has something to do.
files_start() { # DIR
        (
                i=0
                while [ ! -e /run/raidd-test.stop ]; do
                        echo "$i" >"$1/f$((i % 50)).new" && mv "$1/f$((i % 50)).new" "$1/f$((i % 50))"
                        head -c 20000 /dev/urandom >>"$1/log$((i % 3))"
                        [ $((i % 7)) != 0 ] || rm -f "$1/f$((i * 3 % 50))"
                        [ $((i % 40)) != 0 ] || : >"$1/log$((i % 3))"
                        i=$((i + 1))
                done
        ) &
        files_pid=$!
}
files_stop() { touch /run/raidd-test.stop; wait $files_pid; rm /run/raidd-test.stop; }

# contents DIR: what must be in the image, written just before the split and not synced
write_marker() { head -c 300000 /dev/urandom >"$1/marker.$2"; sha256sum <"$1/marker.$2" >"/run/raidd-test.sum.$2"; }
has_marker() {
        sha256sum <"$1/marker.$2" | diff - "/run/raidd-test.sum.$2"
}

replay_in_log() { dmesg | tail -n "+$(($1 + 1))" | grep -iE 'recovery|replay|orphan' | grep -v 'in no-recovery mode'; }

# A frozen XFS has one dummy record in its log, and its superblock counts free blocks lazily; nothing else may be wrong.
xfs_is_clean() { # DEVICE
        local out
        out=$(xfs_repair -n "$1" 2>&1 | grep -vE '^(Phase [0-9]| +- |No modify flag|sb_(fdblocks|ifree|icount) )' |
                grep -vE '^(ALERT: The filesystem has valuable metadata|ignored because the -n option|which may be resolved)')
        is_empty "$out"
}

# walk FSTYPE MKFS-DEVICE MOUNT-OPTIONS IMAGE-DEVICE: splits, mounts the image, looks, merges; twice
walk() {
        local type=$1 device=$2 options=$3 image=$4 round lines
        mkdir -p /mnt/fs /mnt/image
        mount "$device" /mnt/fs
        files_start /mnt/fs
        for round in 1 2; do
                sleep 1
                write_marker /mnt/fs $round
                check "$type, round $round: split" raidctl split vg0/data
                [ "$image" != crypt ] || open_crypt /dev/vg0/data_rimage_2 image --readonly
                lines=$(dmesg | wc -l)
                check "$type, round $round: mount" mount -o "$options" "${5}" /mnt/image
                check "$type, round $round: nothing replayed" is_empty "$(replay_in_log "$lines")"
                check "$type, round $round: what was written before is there" has_marker /mnt/image $round
                check "$type, round $round: everything can be read" sh -c "tar -C /mnt/image -cf - . | wc -c"
                if [ "$type" = ext4 ]; then
                        check "$type, round $round: the flag is clear" \
                                is_empty "$(dumpe2fs -h "$5" 2>/dev/null | grep needs_recovery)"
                        umount /mnt/image
                        check "$type, round $round: e2fsck" e2fsck -fn "$5"
                else
                        umount /mnt/image
                        check "$type, round $round: xfs_repair" xfs_is_clean "$5"
                fi
                [ "$image" != crypt ] || cryptsetup close image
                check "$type, round $round: merge" raidctl merge vg0/data --wait
        done
        files_stop
        umount /mnt/fs
        check "$type: no difference" checked vg0 data
        check "$type: agrees" vg_agrees vg0
}

open_crypt() { # DEVICE NAME [OPTION...]
        local device=$1 name=$2
        shift 2
        head -c 32 /dev/zero | cryptsetup open --type plain -c aes-xts-plain64 -s 256 --key-file - --keyfile-size 32 "$@" "$device" "$name"
}

scenario_ext4() {
        fresh 3 96M
        mkfs.ext4 -q /dev/vg0/data
        walk ext4 /dev/vg0/data ro plain /dev/vg0/data_rimage_2
}

# A frozen XFS leaves one dummy record in its log, which only a writable device could take out: norecovery, and clean.
scenario_xfs() {
        fresh 3 320M
        mkfs.xfs -q /dev/vg0/data
        walk xfs /dev/vg0/data ro,norecovery,nouuid plain /dev/vg0/data_rimage_2
}

scenario_ext4_on_crypt() {
        modprobe dm-crypt || { skip crypt "no dm-crypt in this kernel"; return; }
        fresh 3 96M
        open_crypt /dev/vg0/data plain
        mkfs.ext4 -q /dev/mapper/plain
        walk ext4 /dev/mapper/plain ro crypt /dev/mapper/image
        cryptsetup close plain
}

# A filesystem that does not freeze in time: the split is refused, and nothing has changed.
scenario_freeze_fails() {
        local before out
        fresh 3 64M
        mkfs.ext4 -q /dev/vg0/data
        mkdir -p /mnt/fs
        mount /dev/vg0/data /mnt/fs
        # Frozen by somebody else already: a second freeze fails at once.
        fsfreeze -f /mnt/fs
        before=$(vg_state vg0)
        out=$(timeout 60 raidctl split vg0/data 2>&1) && r=0 || r=$?
        fsfreeze -u /mnt/fs
        if [ $r = 0 ]; then
                check "frozen by somebody else: the image is clean all the same" e2fsck -fn /dev/vg0/data_rimage_2
                raidctl merge vg0/data --wait
        else
                echo "$out"
                is "refused: nothing has changed" "$(vg_state vg0)" "$before"
        fi
        check "next split" raidctl split vg0/data
        check "without quiescing" raidctl merge vg0/data --wait
        check "no-quiesce" raidctl split vg0/data --no-quiesce
        raidctl merge vg0/data --wait
        umount /mnt/fs
        check "no difference" checked vg0 data
}

# A filesystem over something that device-mapper does not freeze with the volume is frozen by its mount, wherever that leads now.
scenario_freeze_over_crypt() {
        local before
        modprobe dm-crypt || { skip crypt "no dm-crypt in this kernel"; return; }
        fresh 3 64M
        open_crypt /dev/vg0/data plain
        mkfs.ext4 -q /dev/mapper/plain
        mkdir -p /mnt/fs /mnt/elsewhere
        mount /dev/mapper/plain /mnt/fs
        before=$(vg_state vg0)
        fsfreeze -f /mnt/fs
        check "frozen by somebody else" expect_fail "could not be flushed and frozen" timeout 60 raidctl split vg0/data
        check "and it is his to thaw" fsfreeze -u /mnt/fs
        is "refused: nothing has changed" "$(vg_state vg0)" "$before"
        mount -t tmpfs hidden /mnt/fs
        check "something is mounted over it" expect_fail "could not be flushed and frozen" raidctl split vg0/data
        is "hidden: nothing has changed" "$(vg_state vg0)" "$before"
        check "nothing stays frozen" timeout 20 touch /mnt/fs/file
        umount /mnt/fs
        mount /dev/mapper/plain /mnt/elsewhere
        mount -t tmpfs hidden /mnt/fs
        dd if=/dev/urandom of=/mnt/elsewhere/file bs=1M count=4 status=none
        check "there is another way to it" raidctl split vg0/data
        open_crypt /dev/vg0/data_rimage_2 image --readonly
        is "clean" "$(dumpe2fs -h /dev/mapper/image 2>/dev/null | grep -c needs_recovery)" 0
        check "e2fsck" e2fsck -fn /dev/mapper/image
        cryptsetup close image
        check "the filesystem goes on" timeout 20 dd if=/dev/zero of=/mnt/elsewhere/more bs=4k count=1 conv=fsync status=none
        umount /mnt/fs /mnt/elsewhere /mnt/fs
        cryptsetup close plain
        raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
}

run_scenarios "$@"

# SPDX-License-Identifier: LGPL-2.1-or-later
# One life of a machine between two power cuts: looks at what the last cut left, as nobody has touched it, then works on a volume under a
# filesystem until the power goes. Run by tests/torture; CUT_ROUND counts from 1, CUT_FS is ext4 or xfs, CUT_SEED seeds the choices.

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh
cd /root || exit
set -E
mnt=/run/mnt
vm_scenario="$CUT_FS $CUT_ROUND"
mkdir -p $mnt
failed=0
must() { check "$@"; grep -q fail $vm_tmp/checks && failed=1; : >$vm_tmp/checks; }

begin() {
        r_vg vg0 d1 d2 d3 d4
        r_raid1 vg0 data 64M 3
        "mkfs.$CUT_FS" -q /dev/vg0/data
}

tracked_image() { raidctl show vg0/data --json=short | jq -r '.object.TrackedImage | select(. != "/")'; }
image_name() { # of the tracked one: the kernel has no device in its place
        local h
        h=$(health vg0 data)
        h=${h%%-*}
        echo "data_rimage_${#h}"
}
fs_is_clean() { # DEVICE
        case $CUT_FS in
        ext4) e2fsck -fn "$1" ;;
        xfs) xfs_repair -n "$1" ;;
        esac
}
no_residuals() { is_empty "$(lvs -a --noheadings -o name vg0 | grep _extracted)"; }
is_up() { systemctl -q is-active raidd-boot.service && [ -b /dev/vg0/data ]; }
write_fails() { expect_fail . dd if=/dev/zero of="$1" bs=4k count=1 oflag=direct conv=notrunc status=none; }
health_is_full() { [[ $(health vg0 data) =~ ^A+$ ]]; }

look() {
        local image
        must "up by itself" retry 30 is_up
        must "nothing is suspended" nothing_suspended
        must "lvm2 is content" vg_ok vg0
        must "the bus agrees" retry 10 eval '[ -z "$("$files/compare.py" vg0 2>&1)" ]'
        must "nothing is left of what was interrupted" retry 10 no_residuals
        if ! health_is_full; then echo "health $(health vg0 data)"; fi
        must "mount" mount "/dev/vg0/data" $mnt
        must "what was on disk is on disk" "$files/records.py" check $mnt/records "$files/said"
        must "in sync before the merge" wait_sync vg0 data
        if [ -n "$(tracked_image)" ]; then
                image=$(image_name)
                echo "tracked: $image"
                must "the image is there" test -b "/dev/vg0/$image"
                must "the image is read-only" write_fails "/dev/vg0/$image"
                must "the image is as it was split off: clean" fs_is_clean "/dev/vg0/$image"
                must "merge" raidctl --quiet merge vg0/data
        fi
        must "in sync" wait_sync vg0 data
        sysctl -q vm.drop_caches=3
        must "what was on disk is on disk after the merge" "$files/records.py" check $mnt/records "$files/said"
        must "umount" umount $mnt
        must "the filesystem is clean" fs_is_clean /dev/vg0/data
        must "no difference" checked vg0 data
}

# Whatever is possible at that moment; what is refused is refused.
work() {
        local ops=(split merge split merge 'split --permanent --yes --name=new' 'add-image' 'scrub' 'resize' 'other' 'merge') op
        RANDOM=$CUT_SEED
        while :; do
                op=${ops[RANDOM % ${#ops[@]}]}
                echo "O $op"
                case $op in
                split*) raidctl --quiet ${op/split/split vg0/data} && { [[ $op != *new* ]] || raidctl --quiet --yes remove vg0/new; } ;;
                other) raidctl --quiet create vg0/other --size=4M && raidctl --quiet --yes remove vg0/other ;;
                resize) raidctl --quiet resize vg0/data --size="$((64 + RANDOM % 3 * 4))M" --allow-shrink ;;
                *) raidctl --quiet "$op" vg0/data ;;
                esac 2>&1 | head -n 1
                sleep "0.$((RANDOM % 10))"
        done
}

if [ "$CUT_ROUND" = 1 ]; then begin; else look; fi
[ $failed = 0 ] || exit 1
[ -z "${CUT_LAST:-}" ] || exit 0
mount /dev/vg0/data $mnt
"$files/records.py" write $mnt/records "$CUT_ROUND"000000 &
# What nobody waits for, so that the caches of the disks have something to lose.
fio --name=scratch --filename=$mnt/scratch --size=16M --rw=randwrite --bs=4k --direct=1 --ioengine=psync --numjobs=2 --time_based \
        --runtime=3600 --output=/dev/null &
printf 'ready\n' >/dev/virtio-ports/raidd.ctl
work

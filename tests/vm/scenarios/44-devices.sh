# SPDX-License-Identifier: LGPL-2.1-or-later
# What may become a physical volume, and how: partitions, loop, crypt, md and multipath devices, alignment, devices with something on
# them, lvm2's filters and its devices file; and the metadata devices of a volume that grows. lvm2 does the same each time.
# batch: 8
# full: topology bitmap alignment filters

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

pe_start() { pvs --noheadings --nosuffix --units s -o pe_start "$1" | xargs; }

# aligned NAME DEV: raidd puts the first extent where lvm2 does
aligned() {
        local name=$1 dev=$2 wanted
        pvcreate -qq "$dev"
        wanted=$(pe_start "$dev")
        pvremove -qq "$dev"
        check "$name" raidctl vg-create vga "$dev"
        is "$name: begins where lvm2 begins ($wanted)" "$(pe_start "$dev")" "$wanted"
        check "$name: agrees" vg_agrees vga
        raidctl vg-remove vga --yes --quiet
        pvremove -qq "$dev"
        wipefs -qa "$dev"
}

scsi_gone() { modprobe -r scsi_debug; udevadm settle; ! ls -d /sys/block/sd* >/dev/null 2>&1; }

scsi() { # OPTION...: a disk of scsi_debug; its name is in $scsi
        local before
        retry 10 scsi_gone
        before=$(ls /sys/block)
        modprobe scsi_debug dev_size_mb=256 "$@"
        retry 10 sh -c 'ls -d /sys/block/sd*'
        udevadm settle
        scsi=/dev/$(comm -13 <(echo "$before") <(ls /sys/block) | head -1)
        test -b "$scsi"
}

partition() { # DISK: one partition, not on a round sector; its name is in $part
        echo 'start=63, type=83' | sfdisk -q "$1"
        udevadm settle
        part=$(lsblk -nrpo NAME "$1" | tail -1)
}

scenario_alignment() {
        aligned "a disk" "$(disk d1)"
        partition "$(disk d2)"
        aligned "a partition" "$part"
        losetup -f -o 1M "$part"
        aligned "a loop device over it" "$(losetup -nO NAME -j "$part" | xargs)"
        echo secret | cryptsetup open --type plain "$(disk d3)" raidd-crypt
        aligned "a crypt device" /dev/mapper/raidd-crypt
        raidctl vg-create vga /dev/mapper/raidd-crypt "$(disk d4)"
        rescan
        check "known by any of its names" raidctl vg-reduce vga "$(readlink -f /dev/mapper/raidd-crypt)"
        raidctl vg-remove vga --yes
        pvremove -qq /dev/mapper/raidd-crypt
        cryptsetup close raidd-crypt
        wipefs -qa "$(disk d2)"
}

# What topology can ask for. 384 sectors are 192 KiB, no part of 1 MiB.
timeout_topology=600
scenario_topology() {
        local options
        lvm_conf ''
        modprobe -qn scsi_debug || { skip "a disk with a topology" "no scsi_debug"; return 0; }
        for options in "opt_blks=384" "opt_blks=6144" "physblk_exp=3 lowest_aligned=7" "sector_size=4096" \
                       "opt_blks=384 physblk_exp=3 lowest_aligned=1"; do
                # shellcheck disable=SC2086 # words
                scsi $options
                aligned "$options" "$scsi"
        done
        partition "$scsi"
        aligned "a partition of that" "$part"
        lvm_conf 'devices { data_alignment_detection = 0 data_alignment_offset_detection = 0 }'
        scsi opt_blks=384 physblk_exp=3 lowest_aligned=1
        aligned "not detected" "$scsi"
        lvm_conf 'devices { data_alignment = 2048 }'
        aligned "given" "$scsi"
        lvm_conf 'devices { default_data_alignment = 4 }'
        aligned "another default" "$scsi"
        lvm_conf ''
        wipefs -qa "$scsi"
        check "gone again" retry 10 scsi_gone
}

# lvm_conf TEXT: lvm.conf, for lvm2 and raidd; the first call saves the guest's
lvm_conf() {
        [ -e /run/raidd-test.lvm.conf ] || cp /etc/lvm/lvm.conf /run/raidd-test.lvm.conf
        printf '%s\n' "$1" >/etc/lvm/lvm.conf
        [ -n "$1" ] || cp /run/raidd-test.lvm.conf /etc/lvm/lvm.conf # also what a scenario that failed has left
}

# md_stripe DISK...: an array without superblocks, as there is no mdadm in the guest
md_stripe() {
        local md=/sys/block/md127/md d dev i=0
        modprobe raid0 && modprobe md_mod && echo md127 >/sys/module/md_mod/parameters/new_array || return
        udevadm settle
        echo none >$md/metadata_version && echo raid0 >$md/level && echo $# >$md/raid_disks && echo 65536 >$md/chunk_size || return
        for d in "$@"; do
                dev=$(basename "$(disk "$d")")
                cat "/sys/block/$dev/dev" >$md/new_dev && echo $((i++)) >"$md/dev-$dev/slot" &&
                        echo $(($(blockdev --getsz "$(disk "$d")") / 2)) >"$md/dev-$dev/size" || return
        done
        echo active >$md/array_state
        udevadm settle
        [ "$(blockdev --getsz /dev/md127)" -gt 0 ]
}

scenario_md() {
        if ! md_stripe d1 d2 d3; then
                echo clear >/sys/block/md127/md/array_state || true
                skip "an md array" "none can be made here"
                return 0
        fi
        aligned "a stripe over three" /dev/md127
        check "not on a part of it" expect_fail "is in use" raidctl vg-create vga "$(disk d1)" --wipe --yes
        echo clear >/sys/block/md127/md/array_state
}

scenario_multipath() {
        local sectors
        sectors=$(blockdev --getsz "$(disk d1)")
        modprobe dm-multipath && modprobe dm-round-robin 2>/dev/null || { skip "a multipath map" "no dm-multipath"; return 0; }
        dmsetup create raidd-mp -u mpath-raidd --table "0 $sectors multipath 0 0 1 1 round-robin 0 1 1 $(disk d1) 1000"
        udevadm settle
        check "not on a path" expect_fail "multipath" raidctl vg-create vga "$(disk d1)"
        check "on the map" raidctl vg-create vga /dev/mapper/raidd-mp
        check "a volume there" raidctl create vga/one --size=8M
        rescan
        is "the path is no second one" "$(raidctl show vga/one | sed -n 's/^Health=//p')" healthy
        check "nor to lvm2" sh -c "vgs --noheadings -o pv_name vga 2>/dev/null | grep -q raidd-mp" # it warns: there is no multipathd
        raidctl remove vga/one --yes
        raidctl vg-remove vga --yes
        dmsetup remove raidd-mp
}

only_lvm() { [ "$(wipefs -nO TYPE --noheadings "$1" | xargs)" = LVM2_member ] || { wipefs "$1"; return 1; }; }

scenario_wipe() {
        local d
        d=$(disk d1)
        mkfs.ext4 -q "$d"
        check "something is on it" expect_fail "\(ext4\).*--wipe" raidctl vg-create vg0 "$d"
        check "not without a word" expect_fail "Confirm with --yes" raidctl vg-create vg0 "$d" --wipe
        check "it would be erased" sh -c "raidctl vg-create vg0 $d --wipe --dry-run | grep -q 'erase.*ext4'"
        is "it was not" "$(blkid -po value -s TYPE "$d")" ext4
        mount "$d" /mnt
        check "not what is mounted" expect_fail "is in use" raidctl vg-create vg0 "$d" --wipe --yes
        umount /mnt
        mkswap -q "$(disk d2)" && swapon "$(disk d2)"
        check "nor swap" expect_fail "is in use" raidctl vg-create vg0 "$d" "$(disk d2)" --wipe --yes
        is "nothing was done to the other one" "$(blkid -po value -s TYPE "$d")" ext4
        swapoff "$(disk d2)"
        check "both" raidctl vg-create vg0 "$d" "$(disk d2)" --wipe --yes
        check "nothing else is left" only_lvm "$d"
        check "nor there" only_lvm "$(disk d2)"
        check "agrees" vg_agrees vg0

        printf 'label: gpt\nsize=100M\nsize=100M\n' | sfdisk -q "$(disk d3)"
        udevadm settle
        mkfs.ext4 -q "$(lsblk -nrpo NAME "$(disk d3)" | tail -1)"
        check "partitions" expect_fail "gpt" raidctl vg-extend vg0 "$(disk d3)"
        mount "$(lsblk -nrpo NAME "$(disk d3)" | tail -1)" /mnt
        check "not under a mount" expect_fail "is in use" raidctl vg-extend vg0 "$(disk d3)" --wipe --yes
        umount /mnt
        check "the table goes" raidctl vg-extend vg0 "$(disk d3)" --wipe --yes
        is "with its partitions" "$(lsblk -nro NAME "$(disk d3)" | wc -l)" 1
        check "and its copy" only_lvm "$(disk d3)"
        check "agrees with three" vg_agrees vg0
        raidctl create vg0/one --size=8M
        check "not on a volume" expect_fail "logical volume" raidctl vg-create vg1 /dev/vg0/one --wipe --yes
        check "not of another group" expect_fail "another volume group" raidctl vg-create vg1 "$(disk d3)" --wipe --yes
        blockdev --setro "$(disk d4)"
        check "not what is read-only" expect_fail "read-only" raidctl vg-create vg1 "$(disk d4)"
        blockdev --setrw "$(disk d4)"
        check "not a file" expect_fail "no block device" raidctl vg-create vg1 /etc/passwd
        truncate -s 4M /run/raidd-test.img
        losetup -f /run/raidd-test.img
        check "nor what is too small" expect_fail "needs 5242880" raidctl vg-create vg1 "$(losetup -nO NAME -j /run/raidd-test.img | xargs)"
}

rescan() { busctl call $bus $root $bus.Manager Rescan 'a{sv}' 0 >/dev/null; }
sees() { rescan && raidctl list "$1" | grep -q "$2"; }
sees_not() { rescan; ! raidctl show "$1" 2>/dev/null | grep -q .; }
lvm_sees() { vgs --noheadings -o vg_name "$1" 2>/dev/null | grep -q "$1"; }
# both SEE VG: lvm2 and raidd do, or (SEE is no) do not
both() { if [ "$1" = yes ]; then lvm_sees "$2" && sees "$2" one; else ! lvm_sees "$2" && sees_not "$2/one"; fi; }

scenario_filters() {
        local pattern first second
        lvm_conf ''
        r_vg vg0 d1
        raidctl create vg0/one --size=8M
        r_vg vg1 d2
        raidctl create vg1/one --size=8M
        check "both groups" both yes vg0
        while read -ru3 first second pattern; do
                lvm_conf "devices { filter = $pattern }"
                check "$pattern: vg0 $first" both "$first" vg0
                check "$pattern: vg1 $second" both "$second" vg1
        done 3<<PATTERNS
no no [ "r|.*|" ]
yes yes [ "a|.*|", "r|.*|" ]
yes no [ "a|by-id/virtio-d1$|", "r|.*|" ]
yes yes [ "r|^$(disk d1)$|", "a|by-id/virtio-d[0-9]+$|", "r|.*|" ]
yes yes [ "r|^$(disk d1)$|", "a|by-path|" ]
no yes [ "r(virtio-d1$)" ]
no no [ "r{^/dev/vd[b-c]$}" ]
PATTERNS
        lvm_conf "devices { global_filter = [ \"r|^$(disk d3)|\" ] filter = [ \"a|.*|\" ] }"
        check "not on what is filtered" expect_fail "filter in lvm.conf" raidctl vg-create vg2 "$(disk d3)"
        check "nor to extend" expect_fail "filter in lvm.conf" raidctl vg-extend vg0 "$(disk d3)"
        check "the others as ever" raidctl vg-extend vg0 "$(disk d4)"
        check "agrees" vg_agrees vg0
        lvm_conf ''
}

lvmdevices() { lvm lvmdevices --yes "$@"; } # Debian has no link of that name

scenario_devices_file() {
        local file=/etc/lvm/devices/system.devices
        lvm_conf ''
        r_vg vg0 d1 d2
        raidctl create vg0/one --size=8M
        r_vg vg1 d3
        raidctl create vg1/one --size=8M
        rm -rf /etc/lvm/devices
        lvm_conf 'devices { use_devicesfile = 1 }'
        check "no file, no limit" both yes vg1
        mkdir -p /etc/lvm/devices
        lvmdevices --adddev "$(disk d1)"
        lvmdevices --adddev "$(disk d2)"
        keep $file
        check "what is listed" both yes vg0
        check "what is not" both no vg1
        check "not on an unlisted device" expect_fail "lvmdevices --adddev $(disk d4)" raidctl vg-create vg2 "$(disk d4)"
        check "nor to extend" expect_fail "lvmdevices --adddev $(disk d4)" raidctl vg-extend vg0 "$(disk d4)"
        lvmdevices --adddev "$(disk d4)"
        check "listed, extended" raidctl vg-extend vg0 "$(disk d4)"
        check "agrees" vg_agrees vg0
        is "lvm2 has it too" "$(vgs --noheadings -o pv_count vg0 | xargs)" 3
        check "still there" sees vg0 one
        lvmdevices --deldev "$(disk d4)"
        rescan
        is "an unlisted one is missing" "$(raidctl list -j | jq '[.objects[] | select(.kind == "PhysicalVolume" and .Missing)] | length')" 1
        lvmdevices --adddev "$(disk d4)"
        rescan
        check "and there again" vg_agrees vg0 3
        rm -rf /etc/lvm/devices
        lvm_conf ''
        check "without the file" both yes vg1
}

rmeta_size() { lvs -a --noheadings --nosuffix --units k -o lv_size "$1/data_rmeta_$2" | xargs; }
write_at() { dd if=/dev/urandom of="$1" bs=1M seek="$2" count=1 oflag=direct status=none; }
behind() { [ "$(dirty_regions vg0 data 0 | tr ' ' '\n' | tail -1)" -gt "$1" ] || { dirty_regions vg0 data 0; return 1; }; }

# Extents and regions of 4 KiB: what is behind 128 MiB has its bits in an extent that the metadata devices do not have yet.
scenario_bitmap() {
        local vg before
        for vg in "vg0 d1 d2" "vg9 d3 d4"; do
                # shellcheck disable=SC2086 # words
                set -- $vg
                vgcreate -qq -s 4k "$1" "$(disk "$2")" "$(disk "$3")"
                lvcreate -qq -y -Wn --type raid1 -m 1 -R 4k -L 16M -n data "$1"
                wait_sync "$1" data
        done
        is "metadata devices of 3 extents" "$(rmeta_size vg0 0)" 12.00
        head -c 16M /dev/urandom >/run/raidd-test.data
        dd if=/run/raidd-test.data of=/dev/vg0/data bs=1M oflag=direct status=none
        check "known" retry 5 raidctl show vg0/data
        check "told beforehand" sh -c 'raidctl resize vg0/data --size=150M --dry-run | grep -q "wipe.*bitmap"'
        before=$(sectors_written vg0 data_rimage_1)
        check "grow" raidctl resize vg0/data --size=150M
        check "in sync" wait_sync vg0 data 600
        before=$(($(sectors_written vg0 data_rimage_1) - before))
        check "only the new part was copied ($before sectors)" test $before -le $((136 * 2048))
        lvextend -qq -L 150M vg9/data
        echo "# extended by lvm2: rmeta $(rmeta_size vg9 0), region $(lvs --noheadings -o region_size vg9/data | xargs)"
        lvremove -qq -y vg9/data
        lvcreate -qq -y -Wn --type raid1 -m 1 -R 4k -L 150M -n data vg9
        # lvm2 2.03.16 leaves them at 3, which is less than it reserves for a new volume of that size.
        is "as long as lvm2 makes them for a new one" "$(rmeta_size vg0 0) $(rmeta_size vg0 1)" "$(rmeta_size vg9 0) $(rmeta_size vg9 1)"
        is "longer" "$(rmeta_size vg0 0)" 16.00
        check "no difference" checked vg0 data
        check "what was there is there" cmp -n 16777216 /dev/vg0/data /run/raidd-test.data
        check "agrees" vg_agrees vg0
        raidctl split vg0/data --allow-degraded
        write_at /dev/vg0/data 1
        write_at /dev/vg0/data 149
        check "bits in the new extent" behind 32768
        is "and nowhere else" "$(raidctl changed vg0/data --regions | awk '{ n += $2 } END { print n }')" $((2 << 20))
        check "merge" raidctl merge vg0/data --wait
        check "no difference after that" checked vg0 data
        raidctl deactivate vg0/data
        check "and on again" raidctl activate vg0/data
        check "in sync from the beginning" _in_sync vg0 data
        writer_start /dev/vg0/data --rate=200
        check "further, in use" raidctl resize vg0/data --size=+8M
        check "in sync again" wait_sync vg0 data 600
        if writer_stop; then ok "the writer met no error"; else fail "the writer met no error"; fi
        check "no difference in the end" checked vg0 data
        check "agrees in the end" vg_agrees vg0
}
timeout_bitmap=900

hinted() { pvs >/dev/null; [ -s /run/lvm/hints ]; }

# Commands that LVM answers from its hints see what raidd has changed.
scenario_hints() {
        mk_vg vg9 d6
        check "lvm2 keeps hints" hinted
        r_vg vg0 d1 d2
        is "a new group" "$(lvs vg0 2>&1; vgs --noheadings -o pv_count vg0 | xargs)" 2
        hinted
        raidctl vg-extend vg0 "$(disk d3)"
        is "a larger one" "$(vgs --noheadings -o pv_count vg0 | xargs)" 3
        hinted
        raidctl vg-rename vg0 vg1
        raidctl create vg1/one --size=8M
        is "another name" "$(lvs --noheadings -o lv_name vg1 | xargs)" one
        hinted
        raidctl vg-reduce vg1 "$(disk d3)"
        is "a smaller one" "$(vgs --noheadings -o pv_count vg1 | xargs)" 2
        hinted
        raidctl remove vg1/one --yes
        raidctl vg-remove vg1 --yes
        check "none" expect_fail "not found" lvs vg1
        check "agrees" vg_ok vg9
}

devices() { raidctl list -j | jq -r '.objects[] | select(.kind == "PhysicalVolume") | .Device' | sort | xargs; }

# However the caller calls them: the names on the bus are those of the kernel, from the first moment on.
scenario_links() {
        raidctl vg-create vg0 /dev/disk/by-id/virtio-d1 /dev/disk/by-id/virtio-d2
        is "made of two links" "$(devices)" "$(printf '%s\n' "$(disk d1)" "$(disk d2)" | sort | xargs)"
        raidctl vg-extend vg0 /dev/disk/by-id/virtio-d3
        is "and a third one" "$(devices)" "$(printf '%s\n' "$(disk d1)" "$(disk d2)" "$(disk d3)" | sort | xargs)"
        check "also in the metadata" grep -q "device = \"$(disk d3)\"" /etc/lvm/backup/vg0
        check "nothing that is no device" expect_fail "is no block device" raidctl vg-extend vg0 /dev/disk/by-id/virtio-none
        check "agrees" vg_agrees vg0
}

run_scenarios "$@"

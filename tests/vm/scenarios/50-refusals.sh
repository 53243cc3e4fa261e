# SPDX-License-Identifier: LGPL-2.1-or-later
# Every refusal has a name and a sentence, and nothing has changed: neither the metadata nor any table.
# full: names_and_sizes options
# batch: 5

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# refused NAME ERROR-REGEX OBJECT-PATH INTERFACE METHOD ARGUMENT...
refused() {
        local name=$1 wanted=$2 before after out error sentence
        shift 2
        before=$(vg_state)
        if out=$(call "$@" 2>&1); then
                fail "$name" "was not refused: $out"
                return 0
        fi
        after=$(vg_state)
        error=$(sed -n 's/^Error: GDBus\.Error:\(org\.raidctl\.Raidd1\.Error\.\|org\.freedesktop\.DBus\.Error\.\)\([A-Za-z0-9]*\): .*/\2/p' <<<"$out")
        sentence=${out#*: *: }
        if ! grep -Eqx "$wanted" <<<"$error"; then
                fail "$name" "wanted $wanted: $out"
        elif [ "$after" != "$before" ]; then
                fail "$name" "something has changed"
                diff <(echo "$before") <(echo "$after") | sed 's/^/    /' || true
        elif [ ${#sentence} -lt 15 ]; then
                fail "$name" "what a sentence: $sentence"
        else
                ok "$name"
                echo "    $error: $sentence"
        fi
}

none='@a{sv} {}'
volume() { volume_path "${1:-vg0/data}"; }
image() { volume_path "vg0/data_rimage_$1"; }
group() { property "${1:-vg0/data}" Volume VolumeGroup; }

scenario_tracking() {
        fresh 3 32M
        local v; v=$(volume)
        refused "merge without a tracked image" NotTracked "$v" Volume Merge "$none"
        refused "merge of an untracked image" NotTracked "$(image 1)" RaidImage Merge "$none"
        raidctl split vg0/data --image=1
        refused "second tracked split" AlreadyTracking "$v" Volume SplitTracked "$none"
        refused "second tracked split of another image" AlreadyTracking "$(image 2)" RaidImage SplitTracked "$none"
        refused "permanent split of another image" TrackedElsewhere "$v" Volume Split "'new'" "{'image-index': <uint32 2>}"
        refused "the same through the image" TrackedElsewhere "$(image 0)" RaidImage Split "'new'" "$none"
        refused "merge of the wrong image" NotTracked "$(image 0)" RaidImage Merge "$none"
        # raidctl(1), "While an image is tracked"
        local command
        for command in "rename vg0/data x" "resize vg0/data --size=+4M" "add-image vg0/data" "remove-image vg0/data" "replace-image vg0/data_rimage_0" \
                       "split vg0/data --permanent --name=x --count=2" "rename vg0/data_rimage_1 x" "resize vg0/data_rimage_1 --size=+4M" \
                       "remove vg0/data_rimage_1" "vg-rename vg0 vgx"; do
                check "not: $command" expect_fail "tracked|An image cannot be [a-z]+ (on its own|by itself)" raidctl --yes $command
        done
        for command in "sync-rate vg0/data --max=50M" "refresh vg0/data" "scrub vg0/data --wait" "verify vg0/data" "changed vg0/data"; do
                check "but: $command" raidctl $command
        done
        # As with lvm2, the volume can be removed, image and all; the image on its own cannot: there is no such method.

        exec 7</dev/vg0/data_rimage_1
        refused "removal with an open image" InUse "$v" Volume Remove "$none"
        refused "merge of an open image" "InUse|Held" "$v" Volume Merge "$none"
        exec 7<&-
        dmsetup create holder --table "0 8192 linear /dev/vg0/data_rimage_1 0" --readonly
        refused "merge of a held image" "InUse|Held" "$(image 1)" RaidImage Merge "$none"
        refused "switching off a held image" "InUse|Held" "$(image 1)" RaidImage Deactivate "$none"
        dmsetup remove holder
        check "and then it goes" raidctl merge vg0/data --wait
        check "agrees" vg_agrees vg0
}

scenario_redundancy() {
        fresh 2 32M
        local v; v=$(volume)
        refused "tracked split of one of two" WouldLoseRedundancy "$v" Volume SplitTracked "$none"
        refused "permanent split of one of two" WouldLoseRedundancy "$v" Volume Split "'new'" "$none"
        refused "no such image" "NoSuchImage" "$v" Volume SplitTracked "{'image-index': <uint32 7>, 'allow-degraded': <true>}"
        raidctl split vg0/data --image=1 --allow-degraded
        fill /dev/vg0/data X
        sysctl -qw dev.raid.speed_limit_max=1000
        raidctl merge vg0/data
        refused "the only image in sync" "LastImage|NotInSync" "$v" Volume Split "'new'" "{'image-index': <uint32 0>, 'allow-degraded': <true>}"
        sysctl -qw dev.raid.speed_limit_max=200000
        wait_sync vg0 data
        check "agrees" vg_agrees vg0
}

scenario_state() {
        local v
        r_vg vg0 d1 d2 d3
        sysctl -qw dev.raid.speed_limit_max=1000
        raidctl create vg0/data --size=64M --images=3
        v=$(volume)
        refused "not in sync" NotInSync "$v" Volume SplitTracked "$none"
        refused "not in sync, permanent" NotInSync "$v" Volume Split "'new'" "$none"
        sysctl -qw dev.raid.speed_limit_max=200000
        wait_sync vg0 data
        raidctl deactivate vg0/data
        refused "not active" NotActive "$v" Volume SplitTracked "$none"
        refused "not active, permanent" NotActive "$v" Volume Split "'new'" "$none"
        raidctl activate vg0/data
        wait_sync vg0 data
        lvchange -q -q -pr vg0/data
        sleep 1
        refused "read-only" ReadOnly "$v" Volume SplitTracked "$none"
        lvchange -q -q -prw vg0/data
        exec 7</dev/vg0/data
        refused "switching off an open volume" InUse "$v" Volume Deactivate "$none"
        refused "removal of an open volume" InUse "$v" Volume Remove "$none"
        exec 7<&-
        # As programs of udev's rules do with what somebody has written to.
        sleep 1 </dev/vg0/data &
        check "not who looks at it in passing" raidctl deactivate vg0/data
        raidctl activate vg0/data
        wait_sync vg0 data
        lvcreate -q -q -y -Wn -L 8M -n plain vg0
        retry 3 volume vg0/plain
        refused "linear" NotRaid1 "$(volume vg0/plain)" Volume SplitTracked "$none"
        check "agrees" vg_agrees vg0 3
}

scenario_names_and_sizes() {
        local v g name
        fresh 3 32M
        v=$(volume) g=$(group)
        refused "taken" NameExists "$v" Volume Split "'data'" "$none"
        # The rest of them are in tests/unit.
        for name in "''" "'a b'" "'new_rimage_0'" "'snapshot1'"; do
                refused "name ${name:0:20}" InvalidName "$v" Volume Split "$name" "$none"
        done
        refused "create: taken" NameExists "$g" VolumeGroup CreateVolume "'data'" "uint64 4194304" "$none"
        refused "create: size 0" "InvalidSize|InvalidArgs" "$g" VolumeGroup CreateVolume "'new'" "uint64 0" "$none"
        refused "create: no space" "NoSpace" "$g" VolumeGroup CreateVolume "'new'" "uint64 999999999999" "$none"
        refused "create: absurd size" "InvalidArgs" "$g" VolumeGroup CreateVolume "'new'" "uint64 18446744073709551615" "$none"
        refused "create: more images than disks" "NoSpace" "$g" VolumeGroup CreateVolume "'new'" "uint64 4194304" "{'images': <uint32 5>}"
        refused "create: one image too many" "InvalidArgs|NoSpace|InvalidSize" "$g" VolumeGroup CreateVolume "'new'" "uint64 4194304" "{'images': <uint32 65>}"
        refused "vg-create: taken" NameExists "$root" Manager CreateVolumeGroup "'vg0'" "['$(disk d4)']" "$none"
        refused "vg-create: name" InvalidName "$root" Manager CreateVolumeGroup "'a b'" "['$(disk d4)']" "$none"
        refused "vg-create: a PV of somebody" DeviceInUse "$root" Manager CreateVolumeGroup "'vg1'" "['$(disk d1)']" "$none"
        refused "vg-create: no such device" MissingDevice "$root" Manager CreateVolumeGroup "'vg1'" "['/dev/nothing']" "$none"
        refused "vg-create: no block device" MissingDevice "$root" Manager CreateVolumeGroup "'vg1'" "['/dev/null']" "$none"
        mkfs.ext4 -q "$(disk d4)"
        refused "vg-create: a filesystem" DeviceInUse "$root" Manager CreateVolumeGroup "'vg1'" "['$(disk d4)']" "$none"
        check "which is still there" e2fsck -fn "$(disk d4)"
        wipefs -qa "$(disk d4)"
        truncate -s 512K /run/raidd-test.small
        losetup -f --show /run/raidd-test.small >/run/raidd-test.loop
        refused "vg-create: too small" "DeviceTooSmall" "$root" Manager CreateVolumeGroup "'vg1'" "['$(cat /run/raidd-test.loop)']" "$none"
        losetup -d "$(cat /run/raidd-test.loop)"
        refused "vg-create: twice the same" "DeviceInUse|InvalidArgs|DuplicateDevice" "$root" Manager CreateVolumeGroup "'vg1'" "['$(disk d4)', '$(disk d4)']" "$none"
        refused "find: no such volume" NoSuchVolume "$root" Manager FindVolume "'vg0/nothing'"
        check "agrees" vg_agrees vg0
}

scenario_options() {
        local v
        fresh 3 32M
        v=$(volume)
        refused "unknown key" InvalidArgs "$v" Volume SplitTracked "{'allow-degarded': <true>}"
        refused "wrong type" InvalidArgs "$v" Volume SplitTracked "{'image-index': <'2'>}"
        refused "wrong type of a boolean" InvalidArgs "$v" Volume SplitTracked "{'allow-degraded': <uint32 1>}"
        refused "an image and a PV that it is not on" NoSuchImage "$v" Volume SplitTracked \
                "{'image-index': <uint32 2>, 'physical-volume': <objectpath '$(property vg0/data_rimage_0 RaidImage PhysicalVolumes | jq -r '.[0]')'>}"
        refused "an image of nobody" "NoSuchImage|InvalidArgs" "$v" Volume SplitTracked "{'image': <objectpath '/org/raidctl/Raidd1/image/a/b'>}"
        refused "key of another method" InvalidArgs "$v" Volume Merge "{'allow-degraded': <true>}"
        refused "key of another method, activate" InvalidArgs "$v" Volume Activate "{'image-index': <uint32 1>}"
        refused "unknown key, rescan" InvalidArgs "$root" Manager Rescan "{'force': <true>}"
        refused "unknown key, create" InvalidArgs "$(group)" VolumeGroup CreateVolume "'new'" "uint64 4194304" "{'legs': <uint32 2>}"
        (
                exec 8>>/run/lock/lvm/V_vg0
                flock -s 8 # shared: lvm2 can look
                sleep 15
        ) &
        local pid=$!
        sleep 0.5
        refused "lock busy" "LockTimeout" "$v" Volume SplitTracked "{'lock-timeout-usec': <uint64 700000>}"
        kill $pid; wait $pid || true
        check "and then it goes" raidctl split vg0/data
        check "agrees" vg_agrees vg0
}

scenario_layers() {
        local name
        modprobe -a dm-integrity dm-cache dm-snapshot dm-thin-pool 2>/dev/null || true
        mk_vg vg0 d1 d2 d3 d4
        if lvcreate -q -q -y -Wn --type raid1 -m 1 --raidintegrity y -L 16M -n integrity vg0; then
                retry 60 sh -c '[ "$(dmsetup status vg0-integrity | cut -d" " -f8)" = idle ]'
                retry 3 volume vg0/integrity
                refused "integrity" "Layered|NotRaid1" "$(volume vg0/integrity)" Volume SplitTracked "{'allow-degraded': <true>}"
                lvremove -q -q -y vg0/integrity
        else
                skip "integrity" "not in this kernel"
        fi
        mk_raid1 vg0 origin 16M 3
        lvcreate -q -q -y -s -L 8M -n snap vg0/origin
        retry 3 volume vg0/origin
        refused "origin of a snapshot" "Layered|NotRaid1" "$(volume vg0/origin)" Volume SplitTracked "$none"
        refused "origin of a snapshot, permanent" "Layered|NotRaid1" "$(volume vg0/origin)" Volume Split "'new'" "$none"
        refused "removing the origin" "Layered|NotRaid1|InUse" "$(volume vg0/origin)" Volume Remove "$none"
        lvremove -q -q -y vg0/snap
        if lvcreate -q -q -y --type cache-pool -L 12M -n pool vg0 && lvconvert -q -q -y --type cache --cachepool vg0/pool vg0/origin; then
                sleep 1
                refused "cached" "Layered|NotRaid1" "$(volume vg0/origin)" Volume SplitTracked "$none"
                lvconvert -q -q -y --uncache vg0/origin
        else
                skip "cached" "not in this kernel"
        fi
        check "agrees" vg_agrees vg0 3
}

# edit SED-SCRIPT: changes the metadata as an editor would
edit() {
        vgcfgbackup -f /run/raidd-test.cfg vg0 >/dev/null
        sed -i "$1" /run/raidd-test.cfg
        vgcfgrestore --force -f /run/raidd-test.cfg vg0 >/dev/null
        sleep 1.5
}

# unmanaged GROUP: why raidd does not touch it
unmanaged() {
        local managed
        managed=$(busctl --json=short get-property $bus "$1" $bus.VolumeGroup Managed | jq .data)
        [ "$managed" = false ] || echo "but managed: $managed"
        busctl --json=short get-property $bus "$1" $bus.VolumeGroup UnmanagedReason | jq -r .data
}

scenario_groups() {
        local v g
        fresh 3 32M
        v=$(volume) g=$(group)
        raidctl deactivate vg0
        vgexport -q -q vg0
        sleep 1.5
        is "exported: the bus says why" "$(unmanaged "$g")" exported
        refused "exported: activate" Exported "$g" VolumeGroup Activate "$none"
        refused "exported: split" "Exported|NotActive" "$v" Volume SplitTracked "$none"
        refused "exported: remove" Exported "$v" Volume Remove "$none"
        vgimport -q -q vg0
        edit '/^vg0 {/,/}/ s/^\(\s*\)max_lv = /\1lock_type = "sanlock"\n\1lock_args = "1.0.0:lvmlock"\n&/'
        refused "shared" Shared "$g" VolumeGroup Activate "$none"
        refused "shared: create" Shared "$g" VolumeGroup CreateVolume "'new'" "uint64 4194304" "$none"
        is "shared: the bus says why" "$(unmanaged "$g")" shared
}

scenario_foreign_group() {
        local g
        fresh 3 32M
        g=$(group)
        raidctl deactivate vg0
        edit '/^vg0 {/,/}/ s/^\(\s*\)max_lv = /\1system_id = "somebody-else"\n&/'
        is "foreign: the bus says why" "$(unmanaged "$g")" foreign-system-id
        refused "foreign: activate" Foreign "$g" VolumeGroup Activate "$none"
        refused "foreign: create" Foreign "$g" VolumeGroup CreateVolume "'new'" "uint64 4194304" "$none"
        refused "foreign: remove" Foreign "$g" VolumeGroup Remove "$none"
}

scenario_clustered_group() {
        local g
        fresh 3 32M
        g=$(group)
        raidctl deactivate vg0
        edit '/^vg0 {/,/}/ s/status = \["RESIZEABLE", "READ", "WRITE"\]/status = ["RESIZEABLE", "READ", "WRITE", "CLUSTERED"]/'
        refused "clustered: activate" "Shared|UnknownMetadata" "$g" VolumeGroup Activate "$none"
}

scenario_missing_and_duplicate() {
        local v
        fresh 3 32M
        v=$(volume)
        dd if="$(disk d1)" of="$(disk d4)" bs=1M count=4 conv=fsync status=none
        udevadm trigger --settle -c change "$(disk d4)"
        sleep 1
        refused "duplicate" DuplicateDevice "$v" Volume SplitTracked "$none"
        refused "duplicate: create" DuplicateDevice "$(group)" VolumeGroup CreateVolume "'new'" "uint64 4194304" "$none"
        wipefs -qa "$(disk d4)"
        dd if=/dev/zero of="$(disk d4)" bs=1M count=4 conv=fsync status=none
        udevadm trigger --settle -c change "$(disk d4)"
        disk_unplug d2
        sleep 2
        refused "missing" "MissingDevice|NotInSync" "$v" Volume SplitTracked "$none"
        refused "missing: create" "MissingDevice" "$(group)" VolumeGroup CreateVolume "'new'" "uint64 4194304" "$none"
        disk_plug d2
}

# What the initramfs asks for: a volume by its path, while disks are still to come, missing or there twice.
scenario_root_volume() {
        local worker node=/dev/mapper/vg0-data
        worker=$(echo /usr/lib*/raidd/raidd-worker)
        fresh 2 16M
        raidctl --quiet deactivate vg0
        check "no such volume" expect_fail "" "$worker" root /dev/vg0/none
        check "by its link" "$worker" root /dev/vg0/data
        check "it is there" test -e $node
        raidctl --quiet deactivate vg0
        disk_unplug d2
        check "a disk is to come" expect_fail "" "$worker" root $node
        check "nothing is there" test ! -e $node
        check "with what there is" "$worker" root --degraded $node
        check "it is there" test -e $node
        raidctl --quiet deactivate vg0
        disk_plug d2
        dd if="$(disk d1)" of="$(disk d4)" bs=1M count=4 conv=fsync status=none
        udevadm settle
        check "a disk is there twice" expect_fail "there twice" "$worker" root --degraded $node
        check "nothing is there" test ! -e $node
        dd if=/dev/zero of="$(disk d4)" bs=1M count=4 conv=fsync status=none
}

run_scenarios "$@"

# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced by the scenarios after lib.sh: what they need of raidd beyond it. Functions say on stdout what is wrong.

bus=org.raidctl.Raidd1
root=/org/raidctl/Raidd1
files=/usr/lib/raidd-vm/files

# r_vg VG DISK...: by raidd, as mk_vg is by lvm2
r_vg() {
        local vg=$1 devs=() d
        shift
        for d in "$@"; do devs+=("$(disk "$d")"); done
        raidctl vg-create "$vg" "${devs[@]}"
}

# r_raid1 VG LV SIZE IMAGES: in sync when it returns
r_raid1() {
        raidctl create "$1/$2" --size="$3" --images="$4"
        wait_sync "$1" "$2"
}

# fresh IMAGES [SIZE]: vg0/data with so many images, made by raidd
fresh() {
        local disks=(d1 d2 d3) i
        for ((i = 4; i <= $1; i++)); do disks+=("d$i"); done
        r_vg vg0 "${disks[@]}"
        r_raid1 vg0 data "${2:-64M}" "$1"
}

# checked VG LV: md finds no difference between the images
checked() {
        local n
        n=$(md_check "$1" "$2")
        [ "$n" = 0 ] || { echo "$1/$2: $n sectors differ"; return 1; }
}

# py SCRIPT ARGUMENT...: as "SCRIPT ARGUMENT...", by python-server.py, which lives until the guest goes down
py_requests=/run/raidd-py/requests
py() {
        local answer=/run/raidd-py/$BASHPID IFS=$'\x1f' lines
        [ -p $py_requests ] || py_start
        mkfifo "$answer"
        echo "$answer$IFS$*" >$py_requests
        mapfile -t lines <"$answer"
        rm "$answer"
        [ ${#lines[@]} -gt 0 ] || return 1
        [ ${#lines[@]} -lt 3 ] || printf '%s\n' "${lines[@]:0:${#lines[@]}-2}"
        return "${lines[-1]}"
}
py_start() {
        mkdir -p "${py_requests%/*}"
        mkfifo $py_requests
        # Not a child of a scenario, which would take it with it.
        systemd-run -q --collect --unit=raidd-py "$files/python-server.py" $py_requests
}

is_empty() { [ -z "$1" ] || { echo "$1"; return 1; }; }

nothing_suspended() { local s; s=$(suspended_nodes | xargs); [ -z "$s" ] || { echo "suspended: $s"; return 1; }; }

# lvm2_is_content VG: it has no complaint, and says in /run/raidd-test.cfg what it has read
lvm2_is_content() {
        local out
        rm -f /run/raidd-test.cfg
        printf '#!lvm\nvgck %s\nvgcfgbackup -qq -f /run/raidd-test.cfg %s\n' "$1" "$1" >/run/raidd-test.lvm
        out=$(command lvm /run/raidd-test.lvm 2>&1) && [ -z "$out" ] && [ -s /run/raidd-test.cfg ] || { echo "vgck, vgcfgbackup: $out"; return 1; }
}
backup_agrees() {
        py "$files/same-config.py" "/etc/lvm/backup/$1" /run/raidd-test.cfg || { echo "the backup file is not that of the last change"; return 1; }
}

# vg_agrees VG [TRIES]: lvm2 has nothing to complain about and says the same as the bus; the backup file is that of the
# last change. What raidd did is there at once; what lvm2 did may take a second: 3 tries.
vg_agrees() {
        local vg=$1 out='' tries=${2:-1} i rc=1
        lvm2_is_content "$vg" || return 1 # what lvs has to say, compare.py looks at
        [ "$tries" = 1 ] || tries=$((tries * vm_patience))
        for ((i = tries; i > 0; i--)); do
                out=$(py "$files/compare.py" "$vg" 2>&1) && rc=0 && break
                [ "$i" = 1 ] || sleep 0.5
        done
        [ "$rc" = 0 ] || { echo "$out"; return 1; }
        backup_agrees "$vg" && nothing_suspended
}

# vg_state: what a refusal must leave alone: labels and the headers of metadata areas (both in the first 9 sectors), bit for
# bit, and every node. The ring may have got a text that no header points to: a refused freeze comes after it is written.
vg_state() {
        head -qc 4608 /dev/disk/by-id/virtio-d[0-9]* 2>&1 | cksum
        dmsetup table 2>&1
        dmsetup info -c --noheadings -o name,uuid,suspended,tables_loaded,readonly 2>&1
}

volume_path() { busctl --json=short call $bus $root $bus.Manager FindVolume s "$1" | jq -r '.data[0]'; }

# property vg0/data Volume TrackedImage
property() { raidctl show "$1" | sed -n "s/^$3=//p"; }

# call OBJECT-PATH INTERFACE METHOD ARGUMENT...: by gdbus, which prints the name of an error
call() {
        local path=$1 interface=$2 method=$3
        shift 3
        gdbus call --system --timeout 120 --dest $bus --object-path "$path" --method "$bus.$interface.$method" "$@"
}

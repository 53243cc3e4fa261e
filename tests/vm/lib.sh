# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sourced by the scripts that tests/vm/run runs in the guest. A scenario file looks like this:
#
#       . /usr/lib/raidd-vm/lib.sh
#       scenario_some_name() {          # runs under set -eE: any command that fails, fails it
#               mk_vg vg d1 d2
#               mk_raid1 vg lv 64M 2
#               ...
#       }
#       timeout_some_name=600           # optional; else 300 s
#       run_scenarios "$@"
#
# A scenario that makes no check of its own by ok, fail, check or skip counts as one test; one that dies counts as failed.
# Disks are named d1 to d$RAIDD_VM_DISKS. Every scenario finds them blank and need not tidy up.

set -uo pipefail
vm_lib=/usr/lib/raidd-vm
vm_state=/var/lib/raidd-vm
vm_tmp=/run/raidd-vm
mkdir -p $vm_tmp
: "${vm_scenario:=}"

# --- results ---

_result() { # ok|fail|skip NAME WHY
        local name=${RAIDD_VM_SCRIPT:-}/$vm_scenario${2:+${vm_scenario:+: }$2}
        case $1 in
        ok) echo "ok $name" ;;
        fail) echo "not ok $name${3:+ — $3}" ;;
        skip) echo "ok $name # skip $3" ;;
        esac
        echo "$1" >>$vm_tmp/checks
        # Opened for each line: an inherited descriptor would make lvm2 complain of a leak. One may have it open at a time.
        until printf '%s\t%s\t%s\n' "$1" "$name" "${3:-}" 2>/dev/null >/dev/virtio-ports/raidd.ctl; do sleep 0.05; done
}
ok() { _result ok "$1"; }
fail() { _result fail "$1" "${2:-}"; }
skip() { _result skip "$1" "$2"; }

# check NAME COMMAND...: one check; what the command prints is shown only when it fails.
check() {
        local name=$1 out
        shift
        if out=$("$@" 2>&1); then
                ok "$name"
        else
                fail "$name" "$* (exit code $?)"
                printf '%s\n' "$out" | sed 's/^/    /'
        fi
}

# is NAME GOT WANTED
is() {
        if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "got '$2', wanted '$3'"; fi
}

# expect_fail REGEX COMMAND...: the command has to fail, and to say something that matches.
expect_fail() {
        local regex=$1 out
        shift
        if out=$("$@" 2>&1); then
                echo "succeeded, but must not: $*"
                echo "$out"
                return 1
        fi
        grep -Eq -- "$regex" <<<"$out" || { printf 'wanted /%s/ from: %s\ngot: %s\n' "$regex" "$*" "$out"; return 1; }
}

# How many times longer anything may take: an emulated guest shares two processors with another one.
vm_patience=1 vm_pause=0.1
[ "$(systemd-detect-virt)" != qemu ] || vm_patience=4 vm_pause=0.3

# retry SECONDS COMMAND...: until it succeeds.
retry() {
        local end=$((SECONDS + $1 * vm_patience))
        shift
        until "$@" >/dev/null 2>&1; do
                [ $SECONDS -lt $end ] || { echo "never true: $*"; return 1; }
                sleep $vm_pause
        done
}

# keep FILE...: into the log folder on the host.
keep() { cp -a -- "$@" /var/log/raidd-vm/; }

as_user() { runuser -u user -- "$@"; }

# --- reboots: the scenario is run again, with STATE as its argument ---

_next() {
        printf '%s\n' "$1" "$vm_scenario" >$vm_state/next
        sync -f $vm_state
}
vm_reboot() { _next "$1"; echo "(reboot)"; systemctl reboot; sleep infinity; }

# What a power cut leaves: nothing is written back, nothing is told to stop.
vm_reset() { _next "$1"; echo "(reset)"; echo b >/proc/sysrq-trigger; sleep infinity; }

# --- disks, volume groups, volumes ---

disk() { readlink -f "/dev/disk/by-id/virtio-$1"; }
all_disks() { local i; for ((i = 1; i <= RAIDD_VM_DISKS; i++)); do echo "d$i"; done; }

# Pulls a disk out of the running guest, and puts it in again. Its name may change.
disk_unplug() {
        local dev
        dev=$(basename "$(readlink -f "/sys/block/$(basename "$(disk "$1")")/device")")
        echo "$dev" >"$vm_tmp/unplugged-$1"
        echo "$dev" >/sys/bus/virtio/drivers/virtio_blk/unbind
        udevadm settle
}
disk_plug() {
        [ -e "$vm_tmp/unplugged-$1" ] || return 0
        cat "$vm_tmp/unplugged-$1" >/sys/bus/virtio/drivers/virtio_blk/bind
        rm "$vm_tmp/unplugged-$1"
        retry 10 test -e "/dev/disk/by-id/virtio-$1"
        udevadm settle
}

# replace_table NODE TABLE: what is under it changes behind its user's back. udev is not waited for: it may have to wait for the disk.
replace_table() { dmsetup suspend --noflush --nolockfs "$1" && dmsetup load "$1" --table "$2" && dmsetup resume --noudevsync "$1"; }

mk_vg() { # VG DISK...
        local vg=$1 devs=() d
        shift
        for d in "$@"; do devs+=("$(disk "$d")"); done
        vgcreate -q -q "$vg" "${devs[@]}"
}

mk_raid1() { # VG LV SIZE IMAGES [LVCREATE-OPTION...]: in sync when it returns
        local vg=$1 lv=$2 size=$3 images=$4
        shift 4
        lvcreate -q -q -y -Wn --type raid1 -m $((images - 1)) -L "$size" -n "$lv" "$@" "$vg"
        wait_sync "$vg" "$lv"
}

# dm_name VG LV: the name of the node; hyphens are doubled.
dm_name() { echo "${1//-/--}-${2//-/--}"; }
dm_node() { echo "/dev/mapper/$(dm_name "$1" "$2")"; }

# raid_status VG LV: health ratio action mismatches
raid_status() {
        local fields
        read -ra fields < <(dmsetup status --noflush "$(dm_name "$1" "$2")") || return
        [ "${fields[2]}" != raid ] || echo "${fields[@]:5:4}"
}
health() { raid_status "$1" "$2" | cut -d' ' -f1; }

_in_sync() {
        local health ratio action
        read -r health ratio action _ < <(raid_status "$1" "$2")
        [ "${ratio%/*}" = "${ratio#*/}" ] && [ "$action" = idle ]
}
wait_sync() { retry "${3:-120}" _in_sync "$1" "$2"; }

# md_check VG LV: reads and compares all images; prints the number of sectors that differ.
md_check() {
        wait_sync "$1" "$2" || return
        dmsetup message "$(dm_name "$1" "$2")" 0 check
        wait_sync "$1" "$2" || return
        raid_status "$1" "$2" | cut -d' ' -f4
}

rmeta() { dm_node "$1" "$2_rmeta_$3"; }
# superblock VG LV SLOT: array_position events failed_devices
superblock() { $vm_lib/guest/raidmeta superblock "$(rmeta "$@")"; }
# dirty_regions VG LV SLOT: numbers of the regions that this image's bitmap has as changed
dirty_regions() { $vm_lib/guest/raidmeta dirty "$(rmeta "$@")"; }
region_size() { $vm_lib/guest/raidmeta region "$(rmeta "$@")"; }

# sectors_written NODE: since the node exists. NODE: a path, or VG LV.
sectors_written() {
        local node=$1
        [ $# = 1 ] || node=$(dm_node "$1" "$2")
        awk '{ print $7 }' "/sys/class/block/$(basename "$(readlink -f "$node")")/stat"
}

# vg_ok VG: lvm2 has nothing to say against it.
vg_ok() {
        local out
        out=$(vgck "$1" 2>&1) && [ -z "$out" ] && out=$(lvs -a --reportformat json "$1" 2>&1 >/dev/null) && [ -z "$out" ] ||
                { printf 'lvm2 on %s: %s\n' "$1" "$out"; return 1; }
}

suspended_nodes() { dmsetup info -c --noheadings --separator ' ' -o name,suspended 2>/dev/null | sed -n 's/ Suspended$//p'; }

# --- writers ---

# writer_start DEV [OPTION...]: 4 KiB random writes until writer_stop; options as in tests/vm/writer.c. One at a time for
# each NAME, by default w. As fast as they go, but for an emulated guest, where they would leave nobody else the processor.
writer_start() {
        local dev=$1 name=${writer:-w} rate=()
        shift
        [ $vm_patience = 1 ] || rate=(--rate=400)
        rm -f "$vm_tmp/writer-$name"
        $vm_lib/writer --stats="$vm_tmp/writer-$name" "${rate[@]}" "$@" "$dev" &
        echo $! >"$vm_tmp/writer-$name.pid"
        sleep 0.2
        kill -0 $!
}
# writer_stall: prints the longest write, in µs, since it was asked last; it may still be going on.
writer_stall() {
        local name=${writer:-w}
        rm -f "$vm_tmp/writer-$name"
        kill -USR1 "$(cat "$vm_tmp/writer-$name.pid")"
        retry 10 test -e "$vm_tmp/writer-$name"
        cut -d' ' -f2 "$vm_tmp/writer-$name"
}
# writer_stop: fails when a write failed, or with --verify reads back wrong. What it did is in writer_writes.
writer_stop() {
        local name=${writer:-w} pid
        pid=$(cat "$vm_tmp/writer-$name.pid")
        kill "$pid"
        wait "$pid" || { echo "the writer met errors"; return 1; }
        writer_writes=$(cut -d' ' -f1 "$vm_tmp/writer-$name")
}
# fill DEV BYTE [OPTION...]: every 4 KiB block, once, directly
fill() { local dev=$1 byte=$2; shift 2; $vm_lib/writer --once --byte="$byte" "$@" "$dev"; }

# load_start DEV SIZE: the load of the hazard measurements: fio, one writer, direct
load_start() {
        fio --name=load --filename="$1" --size="$2" --rw=randwrite --bs=4k --direct=1 --ioengine=psync --time_based \
                --runtime=3600 --output=$vm_tmp/fio.txt &
        echo $! >$vm_tmp/fio.pid
        retry 20 grep -qs . $vm_tmp/fio.pid
        sleep 1
}
load_stop() { kill -INT "$(cat $vm_tmp/fio.pid)"; wait "$(cat $vm_tmp/fio.pid)" || true; }

# --- running scenarios ---

# written: a line for each disk: its name, which device it is, and how much was written to it. No other program is started for that.
written() {
        local sys name stat
        for sys in /sys/block/vd*; do
                name=''
                read -r name 2>/dev/null <"$sys/serial" || : # it ends without a newline
                [[ $name == d[0-9]* ]] || continue
                read -ra stat <"$sys/stat"
                echo "$name ${sys##*/} ${stat[6]}"
        done
}
# touched_disks: the devices of those that have been written to since they were blank
touched_disks() {
        local name dev sectors known
        while read -r name dev sectors; do
                known=''
                [ ! -e "$vm_state/written-$name" ] || read -r known <"$vm_state/written-$name"
                [ "$known" = "$dev $sectors" ] || echo "/dev/$dev"
        done < <(written)
}
forget_touched() {
        local name now
        while read -r name now; do echo "$now" >"$vm_state/written-$name"; done < <(written)
}

# The kernel takes what nobody has open, from the top down; what is left then is stuck somehow.
remove_nodes() {
        timeout 60 dmsetup remove_all >/dev/null
        [[ $(dmsetup info -c --noheadings -o name) != "No devices"* ]] || return
        timeout 60 vgchange -q -q -an >/dev/null 2>&1
        timeout 60 dmsetup remove_all --force >/dev/null
        timeout 60 dmsetup remove_all --force >/dev/null
}

# Leaves the guest as it found it: nothing mounted, no dm node, blank disks, the daemon as it was.
vm_cleanup() {
        local d state active='' touched nodes
        exec 2>&1
        systemctl -q is-active raidd.service && active=1
        timeout 60 systemctl -q stop raidd.service raidd-helper.service 2>/dev/null

        nodes=$(dmsetup info -c --noheadings --separator ' ' -o name,suspended)
        while read -r d state; do [ "$state" != Suspended ] || timeout 20 dmsetup resume "$d"; done <<<"$nodes"
        findmnt -rno SOURCE,TARGET | grep -E '^/dev/(mapper|dm-|loop|vd[b-z])' | tac | while read -r _ target; do
                timeout 30 umount "$target" || { fuser -skm "$target"; timeout 30 umount -l "$target"; }
        done
        for d in $(all_disks); do disk_plug "$d"; done
        [[ $nodes == "No devices"* ]] || remove_nodes
        losetup -D
        for d in /dev/sd*; do [ ! -L "$d" ] || rm "$d"; done # 70-examples.sh makes them
        rm -rf /etc/lvm/{backup,archive}/* /run/raidd{,-daemon}/* $vm_tmp/*
        touched=$(touched_disks)
        for d in $touched; do blkdiscard -f "$d" 2>/dev/null; done
        # blkdiscard is no close after a write: lvm2's and udev's idea of the disks would be out of date.
        # shellcheck disable=SC2086 # a list
        [ -z "$touched" ] || udevadm trigger -c change $touched
        forget_touched
        udevadm settle -t 30
        systemctl -q reset-failed 2>/dev/null
        [ -z "$active" ] || systemctl start raidd.service
} >&2

_run_scenario() { # FUNCTION STATE
        local rc=0 pid dog limit=timeout_$vm_scenario began=$SECONDS left
        : >$vm_tmp/checks
        # A process group of its own, so that nothing it started outlives it.
        set -m
        (
                set +m -eE
                trap 'echo "    ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
                "$1" "$2"
        ) &
        pid=$!
        (
                sleep "${!limit:-300}"
                echo "    took longer than ${!limit:-300} s; suspended: $(suspended_nodes | xargs)"
                echo w >/proc/sysrq-trigger
                kill -TERM -- -$pid
                sleep 5
                kill -KILL -- -$pid
        ) &
        dog=$!
        set +m
        wait $pid || rc=$?
        if [ -e $vm_state/next ]; then sleep infinity; fi # on the way down
        kill -KILL -- -$dog 2>/dev/null
        wait $dog 2>/dev/null
        kill -KILL -- -$pid 2>/dev/null

        left=$(suspended_nodes | xargs)
        if [ $rc != 0 ]; then
                _result fail '' "exit code $rc"
        elif [ -n "$left" ]; then
                _result fail '' "left suspended: $left"
        elif [ ! -s $vm_tmp/checks ]; then
                _result ok ''
        fi
        echo "# $vm_scenario took $((SECONDS - began)) s"
        [ $rc = 0 ] && [ -z "$left" ] && ! grep -q fail $vm_tmp/checks
}

# run_scenarios "$@": every scenario_* of this file that --only lets through, in the order of the file.
run_scenarios() {
        local f rc=0 state=${1:-} resume=${RAIDD_VM_RESUME:-}
        mapfile -t functions < <(sed -nE 's/^(scenario_[A-Za-z0-9_]+) *\(\).*/\1/p' "$0")
        for f in "${functions[@]}"; do
                vm_scenario=${f#scenario_}
                [[ " ${RAIDD_VM_SKIP:-} " != *" $RAIDD_VM_SCRIPT/$vm_scenario "* ]] || continue # tests/pending
                if [ -n "$resume" ]; then
                        [ "$resume" = "$vm_scenario" ] || continue
                        resume=''
                elif [ -n "${RAIDD_VM_ONLY:-}" ]; then
                        # shellcheck disable=SC2053 # a pattern
                        [[ $RAIDD_VM_SCRIPT/$vm_scenario == *$RAIDD_VM_ONLY* ]] || continue
                fi
                echo "# $RAIDD_VM_SCRIPT/$vm_scenario${state:+ ($state)}"
                _run_scenario "$f" "$state" || rc=1
                state=''
                vm_cleanup
        done
        exit $rc
}

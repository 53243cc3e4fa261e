# SPDX-License-Identifier: LGPL-2.1-or-later
# cpus: 2
# Runs in the guest: the same split, write and merge by lvm2 and by raidd, side by side.
#
# 16 MiB of A are written, image 0 is split off and tracked, all of it is overwritten with B, the image is merged back,
# and an application reads. Another writer works on the rest of the volume all the time.

. /usr/lib/raidd-vm/lib.sh
set -eE
trap 'echo "${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND" >&2' ERR

now_ms() { echo $(($(date +%s%N) / 1000000)); }
timed() { # KEY COMMAND...: how long it took, and the longest write meanwhile
        local key=$1 began
        shift
        writer_stall >/dev/null
        began=$(now_ms)
        "$@" >"$vm_tmp/out" 2>&1 || { cat "$vm_tmp/out"; return 1; }
        echo "$(($(now_ms) - began)) ms" >"$vm_tmp/$key"
        sleep 0.5
        echo "$(($(writer_stall) / 1000)) ms" >"$vm_tmp/$key-stall"
}

by_lvm2() {
        case $1 in
        split) lvconvert -y --splitmirrors 1 --trackchanges vg/lv "$(disk d1)" ;;
        merge) lvconvert -y --merge vg/lv_rimage_0 ;;
        esac
}
by_raidd() {
        case $1 in
        split) raidctl split vg/lv --image=0 ;;
        merge) raidctl merge vg/lv_rimage_0 ;;
        esac
}

round() { # lvm2|raidd
        local who=$1 vm_tmp=$vm_tmp/$1
        mkdir -p "$vm_tmp"
        mk_vg vg d1 d2 d3
        mk_raid1 vg lv 64M 3
        fill /dev/vg/lv A --size=16M
        writer_start /dev/vg/lv --offset=16M
        timed idle sleep 3
        timed split "by_$who" split
        fill /dev/vg/lv B --size=16M
        timed merge "by_$who" merge
        # Four times, since the array chooses anew which image to ask.
        $vm_lib/guest/readback /dev/vg/lv 16M 4 >"$vm_tmp/reads"
        raid_status vg lv | sed 's/ \S*$//' >"$vm_tmp/status"
        sleep 1
        writer_stop
        md_check vg lv >"$vm_tmp/mismatches"
}

# The daemon is started by whoever asks first; that is not what is measured.
raidctl list >/dev/null
for who in lvm2 raidd; do
        echo "$who ..." >&2
        round $who
        mkdir -p /var/tmp/compare
        rm -rf /var/tmp/compare/$who
        mv $vm_tmp/$who /var/tmp/compare/
        vm_cleanup >/dev/null 2>&1 || true
done

row() { # KEY TITLE
        printf '| %-48s | %-22s | %-22s |\n' "$2" "$(cat /var/tmp/compare/lvm2/"$1")" "$(cat /var/tmp/compare/raidd/"$1")"
}
echo
printf '| %-48s | %-22s | %-22s |\n' 'image 0 tracked, A overwritten with B, merged' \
        "lvm2 $(lvm version | sed -n 's/.*LVM version: *\([^ (]*\).*/\1/p')" "$(raidctl --version | head -n 1)"
printf '|%s|%s|%s|\n' "$(printf -- '-%.0s' {1..50})" "$(printf -- '-%.0s' {1..24})" "$(printf -- '-%.0s' {1..24})"
row reads 'what an application then reads'
row status 'what the kernel says then'
row mismatches 'sectors that differ between the images'
row split 'time of the split'
row merge 'time of the merge'
row idle-stall 'longest write of a 4 KiB writer when idle'
row split-stall '  during the split'
row merge-stall '  during the merge'

[ "$(cat /var/tmp/compare/raidd/mismatches)" = 0 ] && grep -q '^B: ' /var/tmp/compare/raidd/reads

# SPDX-License-Identifier: LGPL-2.1-or-later
# The worker alone, without daemon and bus: one request on its standard input, as the daemon sends it.

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

worker=$(echo /usr/lib*/raidd/raidd-worker)

vg_uuid() { vgs --noheadings -o vg_uuid "$1" | tr -d ' -'; }
lv_uuid() { lvs -a --noheadings -o lv_uuid "$1" | tr -d ' -'; }

# ask JSON: the last line of the answer; fails if that is not "done" (or "scanned", "changed")
ask() {
        local line
        line=$("$worker" run <<<"$1" 2>/run/raidd-vm/worker.log | tail -n 1)
        echo "$line" >/run/raidd-vm/answer
        jq -e '.result == "done" or .result == "scanned" or .result == "changed"' <<<"$line" >/dev/null ||
                { cut -c1-600 <<<"$line"; tail -n 20 /run/raidd-vm/worker.log; return 1; }
}
on_lv() { # VERB VG LV [MORE]
        ask "{\"verb\":\"$1\",\"vg\":\"$(vg_uuid "$2")\",\"vg_name\":\"$2\",\"lv\":\"$(lv_uuid "$2/$3")\"${4:+,$4}}"
}
agrees_with_lvm2() {
        vg_ok vg0 || return 1
        backup_agrees vg0 && nothing_suspended
}

# The volume group is lvm2's: nothing of ours was needed to make it.
scenario_split_and_merge() {
        local slot
        systemctl stop raidd.service || true
        mk_vg vg0 d1 d2 d3
        mk_raid1 vg0 data 48M 3
        check "scan" ask '{"verb":"scan"}'
        for slot in 0 1 2; do
                writer_start /dev/vg0/data
                check "image $slot: split" on_lv split-tracked vg0 data "\"slot\":$slot"
                check "image $slot: lvm2 agrees" agrees_with_lvm2
                is "image $slot: read-only" "$(blockdev --getro /dev/vg0/data_rimage_$slot)" 1
                check "image $slot: changed" on_lv changed vg0 data_rimage_$slot
                sleep 1
                check "image $slot: merge" on_lv merge vg0 data
                jq -c '{warnings,rebuild,full_recovery}' /run/raidd-vm/answer
                check "image $slot: lvm2 agrees again" agrees_with_lvm2
                sleep 1
                writer_stop
                check "image $slot: no difference" checked vg0 data
        done
}

scenario_permanent_splits() {
        local slot
        systemctl stop raidd.service || true
        mk_vg vg0 d1 d2 d3
        for slot in 0 1 2; do
                mk_raid1 vg0 data 32M 3
                writer_start /dev/vg0/data
                check "image $slot of 3" on_lv split vg0 data "\"slot\":$slot,\"name\":\"new\""
                check "image $slot of 3: lvm2 agrees" agrees_with_lvm2
                sleep 0.5
                writer_stop
                check "image $slot of 3: no difference" checked vg0 data
                writer_start /dev/vg0/data
                check "then 1 of 2" on_lv split vg0 data '"name":"newer","allow_degraded":true'
                check "then 1 of 2: lvm2 agrees" agrees_with_lvm2
                writer_stop
                is "three linear volumes" "$(lvs -a --noheadings -o name,segtype vg0 | xargs)" "data linear new linear newer linear"
                check "lvm2 removes them" lvremove -q -q -y vg0/data vg0/new vg0/newer
        done
        mk_raid1 vg0 data 32M 3
        check "tracked" on_lv split-tracked vg0 data '"slot":1'
        check "and then for good" on_lv split vg0 data '"name":"new"'
        check "lvm2 agrees" agrees_with_lvm2
        is "it can be written" "$(blockdev --getro /dev/vg0/new)" 0
        check "no difference" checked vg0 data
}

scenario_own_group() {
        systemctl stop raidd.service || true
        check "vg-create" ask "{\"verb\":\"vg-create\",\"name\":\"vg0\",\"devices\":[\"$(disk d1)\",\"$(disk d2)\",\"$(disk d3)\"]}"
        local vg
        vg="\"vg\":\"$(vg_uuid vg0)\",\"vg_name\":\"vg0\""
        check "lvm2 agrees" agrees_with_lvm2
        check "create" ask "{\"verb\":\"create\",$vg,\"name\":\"data\",\"size\":33554432,\"images\":3}"
        check "linear" ask "{\"verb\":\"create\",$vg,\"name\":\"plain\",\"size\":8388608}"
        wait_sync vg0 data
        check "no difference" checked vg0 data
        check "lvm2 agrees, created" agrees_with_lvm2
        check "deactivate" on_lv deactivate vg0 plain
        check "vg-deactivate" ask "{\"verb\":\"vg-deactivate\",$vg}"
        is "no node is left" "$(dmsetup ls)" "No devices found"
        check "vg-activate" ask "{\"verb\":\"vg-activate\",$vg}"
        check "lvm2 agrees, on" agrees_with_lvm2
        check "remove" on_lv remove vg0 plain
        check "remove raid1" on_lv remove vg0 data
        check "lvm2 agrees, removed" agrees_with_lvm2
        check "vg-remove" ask "{\"verb\":\"vg-remove\",$vg}"
        is "no volume group is left" "$(vgs --noheadings)" ""
}

run_scenarios "$@"

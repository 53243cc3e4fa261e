# SPDX-License-Identifier: LGPL-2.1-or-later
# Every verb of the worker without a daemon, under a writer, with lvm2 as the judge and as the other party.
# suite: full
# batch: 8
. /usr/lib/raidd-vm/lib.sh

worker=$(echo /usr/lib*/raidd/raidd-worker)

# ask JSON: one request; the last line it answers is in $answer. Fails if that is a refusal or a failure.
ask() {
        answer=$($worker run <<<"$1" | tail -n 1)
        jq -e '.result != "refused" and .result != "failed"' <<<"$answer" >/dev/null || { echo "asked: $1"; echo "got: $answer"; return 1; }
}
refused() { # ERROR JSON
        answer=$($worker run <<<"$2" | tail -n 1)
        is "refused: $1" "$(jq -r '.error // .result' <<<"$answer")" "$1"
}
vg_id() { vgs --noheadings -o uuid "$1" | tr -d ' -'; }
lv_id() { lvs -a --noheadings -o uuid "$1/$2" | tr -d ' -'; }
request() { # VERB VG [LV] [JSON-MEMBERS]
        printf '{"verb":"%s","vg":"%s","vg_name":"%s"%s%s}' "$1" "$(vg_id "$2")" "$2" "${3:+,\"lv\":\"$(lv_id "$2" "$3")\"}" \
                "${4:+,$4}"
}
devices() { local d list=; for d in "$@"; do list+=",\"$(disk "$d")\""; done; echo "[${list#,}]"; }
node_ro() { blockdev --getro "$(dm_node "$1" "$2")"; }

make_volume() { # VG LV BYTES IMAGES DISK...
        local vg=$1 lv=$2 size=$3 images=$4
        shift 4
        ask '{"verb":"vg-create","name":"'"$vg"'","devices":'"$(devices "$@")"'}'
        vg_ok "$vg"
        ask "$(request create "$vg" '' "\"name\":\"$lv\",\"size\":$size,\"images\":$images")"
        vg_ok "$vg"
        wait_sync "$vg" "$lv"
}

scenario_create() {
        make_volume vg lv $((32 << 20)) 3 d1 d2 d3
        is 'layout' "$(lvs --noheadings -o segtype,lv_size --units m vg/lv | xargs)" 'raid1 32.00m'
        is 'health' "$(health vg lv)" AAA
        is 'link' "$(readlink -f /dev/vg/lv)" "$(readlink -f /dev/mapper/vg-lv)"
        is 'no mismatch' "$(md_check vg lv)" 0
        is 'lvm2 finds it active' "$(lvs --noheadings -o lv_active vg/lv | xargs)" active
        lvchange -an vg/lv
        lvchange -ay vg/lv
        is 'lvm2 activates it' "$(health vg lv)" AAA
        ask "$(request deactivate vg lv)"
        is 'no node is left' "$(dmsetup ls 2>&1)" 'No devices found'
        ask "$(request activate vg lv)"
        is 'active again' "$(health vg lv)" AAA
        ask "$(request remove vg lv)"
        vg_ok vg
        is 'removed' "$(lvs -a --noheadings vg)" ''
        ask "$(request vg-remove vg)"
        is 'no group' "$(vgs --noheadings)" ''
        make_volume vg lv $((16 << 20)) 2 d1 d2
        ask "$(request create vg '' '"name":"flat","size":8388608')"
        vg_ok vg
        is 'linear' "$(lvs --noheadings -o segtype vg/flat | xargs)" linear
}

scenario_split_and_merge() {
        local slot
        make_volume vg lv $((64 << 20)) 3 d1 d2 d3
        writer_start /dev/vg/lv
        for slot in 2 0 1; do
                ask "$(request split-tracked vg lv "\"slot\":$slot")"
                vg_ok vg
                is "image $slot is tracked" "$(lvs --noheadings -o lv_permissions vg/lv_rimage_$slot | xargs)" read-only
                is "image $slot cannot be written" "$(node_ro vg lv_rimage_$slot)" 1
                expect_fail 'not permitted|Read-only' dd if=/dev/zero of="$(dm_node vg lv_rimage_$slot)" bs=4k count=1 oflag=direct
                refused AlreadyTracking "$(request split-tracked vg lv)"
                ask "$(request merge vg lv)"
                is "image $slot: partial" "$(jq .rebuild <<<"$answer")" false
                vg_ok vg
                is "image $slot is hidden" "$(lvs --noheadings -o lv_name vg | xargs)" lv
                is "image $slot can be written" "$(node_ro vg lv_rimage_$slot)" 0
                wait_sync vg lv
        done
        writer_stop
        is 'health' "$(health vg lv)" AAA
        is 'no mismatch' "$(md_check vg lv)" 0
}
timeout_split_and_merge=600

scenario_permanent_split() {
        make_volume vg lv $((32 << 20)) 3 d1 d2 d3
        writer_start /dev/vg/lv
        ask "$(request split vg lv '"name":"new"')"
        vg_ok vg
        is 'two are left' "$(lvs --noheadings -o stripes vg/lv | xargs)" 2
        is 'new is linear' "$(lvs --noheadings -o segtype,lv_permissions vg/new | xargs)" 'linear writeable'
        is 'nothing else is left' "$(lvs -a --noheadings -o lv_name vg | xargs)" \
                'lv [lv_rimage_0] [lv_rimage_1] [lv_rmeta_0] [lv_rmeta_1] new'
        is 'new can be written' "$(blockdev --getro /dev/vg/new)" 0
        ask "$(request split vg lv '"name":"last","slot":0,"allow_degraded":true')"
        vg_ok vg
        is 'linear now' "$(lvs --noheadings -o segtype vg/lv | xargs)" linear
        is 'these are left' "$(lvs -a --noheadings -o lv_name vg | xargs)" 'last lv new'
        writer_stop
        is 'and their nodes' "$(dmsetup ls | awk '{ print $1 }' | sort | xargs)" 'vg-last vg-lv vg-new'
}

scenario_split_of_the_tracked_image() {
        make_volume vg lv $((32 << 20)) 3 d1 d2 d3
        ask "$(request split-tracked vg lv '"slot":1')"
        refused TrackedElsewhere "$(request split vg lv '"name":"new","slot":0')"
        ask "$(request split vg lv '"name":"new"')"
        vg_ok vg
        is 'new can be written' "$(blockdev --getro /dev/vg/new)" 0
        wait_sync vg lv
        is 'health' "$(health vg lv)" AA
        is 'no mismatch' "$(md_check vg lv)" 0
}

scenario_two_images() {
        local slot
        make_volume vg lv $((32 << 20)) 2 d1 d2
        writer_start /dev/vg/lv
        for slot in 0 1; do
                refused WouldLoseRedundancy "$(request split-tracked vg lv "\"slot\":$slot")"
                ask "$(request split-tracked vg lv "\"slot\":$slot,\"allow_degraded\":true")"
                vg_ok vg
                sleep 1
                ask "$(request merge vg lv)"
                is "image $slot: partial" "$(jq .rebuild <<<"$answer")" false
                wait_sync vg lv
        done
        writer_stop
        is 'no mismatch' "$(md_check vg lv)" 0
}

scenario_with_lvm2() {
        make_volume vg lv $((32 << 20)) 3 d1 d2 d3
        ask "$(request split-tracked vg lv)"
        fill /dev/vg/lv B
        lvconvert -q -q -y --merge vg/lv_rimage_2
        wait_sync vg lv
        is 'lvm2 merges our image rightly' "$(md_check vg lv)" 0

        lvconvert -q -q -y --splitmirrors 1 --trackchanges vg/lv
        fill /dev/vg/lv C
        ask "$(request merge vg lv)"
        wait_sync vg lv
        is 'we merge the image of lvm2 rightly' "$(md_check vg lv)" 0
        vg_ok vg

        ask "$(request split-tracked vg lv)"
        vgchange -q -q -an vg
        vgchange -q -q -ay vg
        retry 10 test "$(node_ro vg lv_rimage_2)" = 1
        fill /dev/vg/lv D
        ask "$(request merge vg lv)"
        wait_sync vg lv
        is 'after vgchange' "$(md_check vg lv)" 0
}

scenario_written_image() {
        make_volume vg lv $((32 << 20)) 3 d1 d2 d3
        ask "$(request split-tracked vg lv)"
        blockdev --setrw "$(dm_node vg lv_rimage_2)"
        dd if=/dev/urandom of="$(dm_node vg lv_rimage_2)" bs=64k count=1 oflag=direct status=none
        ask "$(request merge vg lv)"
        is 'a written image is copied whole' "$(jq .rebuild <<<"$answer")" true
        wait_sync vg lv
        is 'no mismatch' "$(md_check vg lv)" 0
        vg_ok vg
}

scenario_changed() {
        make_volume vg lv $((64 << 20)) 3 d1 d2 d3
        ask "$(request split-tracked vg lv)"
        fill /dev/vg/lv D --size=64K --offset=20M
        ask "$(request changed vg lv '"ranges":true')"
        is 'one region' "$(jq -c '[.changed, .region, .ranges]' <<<"$answer")" '[2097152,2097152,[[20971520,2097152]]]'
}

# files BLOCK-DEVICE: a filesystem in use, mounted on /mnt/fs
use_filesystem() {
        mkfs.ext4 -q "$1"
        mkdir -p /mnt/fs /mnt/image
        mount "$1" /mnt/fs
        for i in {1..50}; do dd if=/dev/urandom of=/mnt/fs/f$i bs=16k count=4 status=none; done
        sha256sum /mnt/fs/f* | sed 's,/mnt/fs,/mnt/image,' >/run/sums
        dd if=/dev/zero of=/mnt/fs/busy bs=1M count=8 status=none
        writer_start /mnt/fs/busy
}
image_is_clean() { # BLOCK-DEVICE
        check 'no journal to replay' sh -c "! dumpe2fs -h $1 2>/dev/null | grep -q needs_recovery"
        mount -o ro "$1" /mnt/image
        check 'all files are there' sha256sum --quiet -c /run/sums
        umount /mnt/image
}

scenario_filesystem() {
        make_volume vg lv $((128 << 20)) 3 d1 d2 d3
        use_filesystem /dev/vg/lv
        ask "$(request split-tracked vg lv)"
        image_is_clean /dev/mapper/vg-lv_rimage_2
        ask "$(request merge vg lv)"
        writer_stop
        umount /mnt/fs
        wait_sync vg lv
        is 'no mismatch' "$(md_check vg lv)" 0
}

scenario_filesystem_on_crypt() {
        make_volume vg lv $((128 << 20)) 3 d1 d2 d3
        echo secret | cryptsetup -q luksFormat --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file=- /dev/vg/lv
        echo secret | cryptsetup open --key-file=- /dev/vg/lv crypt
        use_filesystem /dev/mapper/crypt
        ask "$(request split-tracked vg lv)"
        echo secret | cryptsetup open --key-file=- --readonly /dev/mapper/vg-lv_rimage_2 image
        image_is_clean /dev/mapper/image
        cryptsetup close image
        check 'it was thawed' timeout 10 touch /mnt/fs/again
        is 'and nothing says otherwise' "$(ls /run/raidd/frozen)" ''
        writer_stop
        umount /mnt/fs
        cryptsetup close crypt
        ask "$(request merge vg lv)"
        wait_sync vg lv
        is 'no mismatch' "$(md_check vg lv)" 0
}

# A filesystem that does not freeze in time: refused, and nothing has changed.
scenario_freeze_fails() {
        local before
        make_volume vg lv $((64 << 20)) 3 d1 d2 d3
        mkfs.ext4 -q /dev/vg/lv
        mkdir -p /mnt/fs
        mount /dev/vg/lv /mnt/fs
        before=$(vgs --noheadings -o vg_seqno vg)
        fsfreeze -f /mnt/fs
        dmsetup table --concise vg-lv >/run/table
        refused FreezeFailed "$(request split-tracked vg lv '"freeze_limit_ms":1500')" || true
        fsfreeze -u /mnt/fs
        is 'same metadata' "$(vgs --noheadings -o vg_seqno vg)" "$before"
        is 'same table' "$(dmsetup table --concise vg-lv)" "$(cat /run/table)"
        check 'writable' timeout 10 touch /mnt/fs/file
        vg_ok vg
        ask "$(request split-tracked vg lv)"
        umount /mnt/fs
}

scenario_scan() {
        make_volume vg lv $((16 << 20)) 2 d1 d2
        ask '{"verb":"scan"}'
        is 'one group' "$(jq -r '[.vgs[] | .name, (.pvs | length)] | @csv' <<<"$answer")" '"vg",2'
        is 'same text as lvm2' "$(jq -r '.vgs[0].seqno' <<<"$answer")" "$(vgs --noheadings -o vg_seqno vg | xargs)"
}

# Only ratios mean anything here: the guest may be emulated. Identifiers are looked up before the clock starts.
timed() { local began; began=$(date +%s%N); "$@"; elapsed=$((elapsed + $(date +%s%N) - began)); }
scenario_speed() {
        local i ours=0 theirs=0 split merge
        make_volume vg lv $((64 << 20)) 3 d1 d2 d3
        split=$(request split-tracked vg lv)
        merge=$(request merge vg lv)
        for i in 1 2 3; do
                elapsed=$ours
                timed ask "$split"
                timed ask "$merge"
                ours=$elapsed
                wait_sync vg lv
                elapsed=$theirs
                timed lvconvert -q -q -y --splitmirrors 1 --trackchanges vg/lv
                timed lvconvert -q -q -y --merge vg/lv_rimage_2
                theirs=$elapsed
                wait_sync vg lv
        done
        echo "ours $((ours / 6000000)) ms, lvm2 $((theirs / 6000000)) ms for one operation"
        strace -f -r -o /run/trace-split $worker run <<<"$split" >/dev/null
        strace -f -r -o /run/trace-merge $worker run <<<"$merge" >/dev/null
        keep /run/trace-split /run/trace-merge
        check 'faster than lvm2' test $ours -lt $theirs
}

run_scenarios "$@"

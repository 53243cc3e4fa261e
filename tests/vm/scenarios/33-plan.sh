# SPDX-License-Identifier: LGPL-2.1-or-later
# --dry-run says what would be done, and nothing changes; a token of it is good until the metadata changes.
# full: token
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# planned NAME REGEX ARGUMENT...: the plan says so, and all is as before
planned() {
        local name=$1 regex=$2 before out
        shift 2
        before=$(vg_state)
        if ! out=$(raidctl "$@" --dry-run 2>&1) || ! grep -Eq -- "$regex" <<<"$out"; then
                fail "$name" "$out"
                return
        fi
        is "$name" "$(vg_state)" "$before"
}
token() { raidctl "$@" --dry-run --json=short | jq -r .plan.token; }

scenario_every_verb() {
        fresh 3 64M
        planned "split" "^Split image 2 of vg0/data as data_rimage_2, tracked" split vg0/data
        planned "the image that is named" "^Split image 0 of" split vg0/data --image=0
        planned "permanent split" "^Split image 2 of vg0/data into new volume vg0/new" split vg0/data --permanent --name=new
        planned "create" "128 MiB to copy afterwards, at most" create vg0/other --size=64M --images=3
        planned "remove" "dm.remove +vg0-data" remove vg0/data
        planned "deactivate" "^Deactivate vg0/data" deactivate vg0/data
        planned "deactivate the group" "vg0" deactivate vg0
        planned "vg-create" "^Create volume group more on 2 devices" vg-create more "$(disk d4)" "$(disk d5)"
        check "no label on it" sh -c "! pvs $(disk d4)"
        raidctl split vg0/data
        dd if=/dev/urandom of=/dev/vg0/data bs=4k count=1 seek=5000 oflag=direct status=none
        planned "merge: what has changed" "^  2.00 MiB to copy afterwards" merge vg0/data
        blockdev --setrw /dev/vg0/data_rimage_2
        dd if=/dev/urandom of=/dev/vg0/data_rimage_2 bs=4k count=1 oflag=direct conv=notrunc status=none
        planned "merge: a written image" "WARNING: vg0/data_rimage_2 may have been written" merge vg0/data
        planned "merge: all of it" "^  64.0 MiB to copy afterwards" merge vg0/data
        raidctl merge vg0/data --wait
        raidctl --yes remove vg0/data
        planned "vg-remove" "vg0" vg-remove vg0
        check "and lvm2 agrees" vg_ok vg0
}

scenario_refused() {
        fresh 2 64M
        check "would lose redundancy" expect_fail "allow it with --allow-degraded" raidctl split vg0/data --dry-run
        raidctl split vg0/data --allow-degraded --dry-run >/dev/null
        check "second split" expect_fail "" raidctl split vg0/nothing --dry-run
        raidctl split vg0/data --allow-degraded
        check "already tracking" expect_fail "Cannot track more than one split image at a time" raidctl split vg0/data --dry-run
        is "as JSON" "$(raidctl split vg0/data --dry-run --json=short | jq -r '.plan.blockers[0].error')" AlreadyTracking
        is "authorization" "$(raidctl split vg0/data --allow-degraded --dry-run --json=short | jq -rc .plan.authorization)" \
                '["org.raidctl.raidd1.split-tracked","org.raidctl.raidd1.reduce-redundancy"]'
        check "anybody may ask" as_user raidctl merge vg0/data --dry-run
        raidctl merge vg0/data --wait
}

scenario_token() {
        local before t
        fresh 3 64M
        t=$(token split vg0/data --image=1)
        check "a fresh token" raidctl split vg0/data --image=1 --plan="$t"
        t=$(token merge vg0/data)
        raidctl create vg0/other --size=4M
        before=$(vg_state)
        check "a stale one" expect_fail "has changed since that plan was made" raidctl merge vg0/data --plan="$t"
        is "a stale one changes nothing" "$(vg_state)" "$before"
        t=$(token merge vg0/data)
        lvchange --addtag x vg0/other
        check "made stale by lvm2" expect_fail "has changed since that plan was made" raidctl merge vg0/data --plan="$t"
        check "the next" raidctl merge vg0/data --wait --plan="$(token merge vg0/data)"
        check "and the bus agrees" vg_agrees vg0 3
}

run_scenarios "$@"

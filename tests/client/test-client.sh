#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-client.sh RAIDCTL RAIDD SOURCE-ROOT: what raidctl asks for, prints and exits with, against the real daemon on a bus of
# its own; its worker finds the volume group "vg" with the raid1 volume "lv", image 2 tracked, and refuses every change.

set -uo pipefail
raidctl=$1 raidd=$2 source=$3
set -e
. "$source/tests/bus/private-bus.sh"
set +e
export RAIDCTL_SESSION=1
failed=0 n=0
fail() { echo "not ok: $*"; failed=1; }

# runs EXIT STDOUT-REGEX STDERR-REGEX ARGUMENT...; an empty regex wants nothing printed
runs() {
        local code=$1 out=$2 err=$3 rc=0
        shift 3
        n=$((n + 1))
        "$raidctl" "$@" >"$TEST_BUS/out" 2>"$TEST_BUS/err" </dev/null || rc=$?
        [ $rc = "$code" ] || fail "raidctl $*: exit code $rc, not $code: $(cat "$TEST_BUS/err")"
        matches "$out" "$TEST_BUS/out" || fail "raidctl $*: stdout is: $(cat "$TEST_BUS/out")"
        matches "$err" "$TEST_BUS/err" || fail "raidctl $*: stderr is: $(cat "$TEST_BUS/err")"
}
matches() { if [ -z "$1" ]; then [ ! -s "$2" ]; else grep -Eq -- "$1" "$2"; fi; }

# asks JQ-FILTER ARGUMENT...: the worker is asked once, and for that; it refuses, which is exit code 7
asks() {
        local filter=$1 before
        shift
        before=$(wc -l <"$FAKE_LOG")
        runs 7 '' 'It is not in sync; wait for it\.' "$@"
        [ "$(wc -l <"$FAKE_LOG")" = $((before + 1)) ] || { fail "raidctl $*: the worker was asked $(($(wc -l <"$FAKE_LOG") - before)) times"; return; }
        tail -n 1 "$FAKE_LOG" | jq -e "$filter" >/dev/null || fail "raidctl $*: asked $(tail -n 1 "$FAKE_LOG")"
}

# --- usage ---

runs 0 '^raidctl \[OPTION' '' --help
runs 0 '^raidctl [0-9]+\.[0-9]+' '' --version
runs 2 '' "There is no verb 'spilt'" spilt
runs 2 '' 'unrecognized option' list --every
runs 2 '' 'Which volume' split
runs 2 '' 'whole number' split vg/lv --image=two
runs 2 '' 'needs --name' split vg/lv --permanent
runs 2 '' 'goes with --permanent' split vg/lv --name=new
runs 2 '' 'pretty, short or off' list --json=yaml
runs 2 '' 'raidctl create VG/NAME' create vg/new
runs 2 '' 'A size is' create vg/new --size=12Q
runs 2 '' 'raidctl vg-create' vg-create vg0
runs 2 '' 'Name a volume' activate
runs 2 '' 'One volume at a time' remove vg/lv vg/other --yes
runs 2 '' 'named already' split vg/lv_rimage_1 --image=2
runs 3 '' 'no such job or volume' wait vg/typo

# --- looking ---

runs 0 '^vg/lv ' '' list --no-legend
runs 0 '^vg/lv ' '' list
runs 0 '^VOLUME +SIZE' '' list
runs 0 '^VOLUME +SIZE' ''
runs 0 '^  lv_rimage_2 ' '' list -a vg
runs 0 '^  \[lv_rimage_0\] ' '' list -a vg/lv
runs 0 '^  \[lv_rmeta_2\] ' '' list -a
runs 3 '' 'no such volume or volume group' list other
runs 0 "tracked, and its disk is missing; attach it, or give it up with 'raidctl remove-image vg/lv_rimage_2'" '' status
runs 0 '^vg/lv: raid1' '' status vg/lv
runs 0 '^Name=lv$' '' show vg/lv
runs 0 '^Name=lv$' '' show /dev/vg/lv
runs 0 '^Slot=2$' '' show vg/lv_rimage_2
runs 3 '' 'no such volume or image' show vg/other
runs 0 '^ *JOB ' '' jobs
runs 0 '' '' jobs --no-legend
runs 0 '' '' wait
uuid=$("$raidctl" show vg/lv --json=short | jq -r .object.Uuid)
runs 0 '^Name=lv$' '' show "$uuid"

# Only JSON on standard output, and as the published schema has it.
valid() {
        n=$((n + 1))
        "$raidctl" "$@" 2>&1 | "$source/tests/client/validate.py" "$source/docs/raidctl-1.schema.json" >"$TEST_BUS/out" 2>&1 ||
                fail "raidctl $*: $(tail -n 5 "$TEST_BUS/out")"
}
valid list --json=pretty
valid list -j
valid list --json=short
valid show vg/lv --json=short
valid show vg/lv_rimage_0 --json=short
valid jobs --json=short
valid list vg/lv --json=short
valid status --json=short
valid status vg/lv_rimage_2 -j

# With names, those volumes and what is theirs; without, everything.
has() { # ARGUMENTS LIST: the names of the objects, in their order
        local names
        n=$((n + 1))
        # shellcheck disable=SC2086 # words
        names=$("$raidctl" $1 --json=short | jq -r '[.objects[] | .Name // empty] | sort | join(" ")')
        [ "$names" = "$2" ] || fail "raidctl $1 --json: '$names'"
}
has 'list vg/lv' 'lv lv_rimage_0 lv_rimage_1 lv_rimage_2'
has 'list vg -a' 'lv lv_rimage_0 lv_rimage_1 lv_rimage_2'
has 'status vg/lv' 'lv lv_rimage_0 lv_rimage_1 lv_rimage_2'
has 'status' 'lv lv_rimage_0 lv_rimage_1 lv_rimage_2'
has 'list' 'lv lv_rimage_0 lv_rimage_1 lv_rimage_2 vg'
[ "$("$raidctl" list --json=short | wc -l)" = 1 ] || fail '--json=short is one line'
[ "$("$raidctl" list --json=off)" = "$("$raidctl" list)" ] || fail '--json=off is as without'

# --- changing ---

lv=$(tr -d - <<<"$uuid")
vg=$("$raidctl" list --json=short | jq -r '.objects[] | select(.kind == "VolumeGroup") | .Uuid')
image=$("$raidctl" show vg/lv_rimage_1 --json=short | jq -r .object.Uuid | tr -d -)
asks ".verb == \"split-tracked\" and .lv == \"$lv\" and (has(\"slot\") | not) and (has(\"allow_degraded\") | not)" split vg/lv
asks '.slot == 1 and .allow_degraded' split vg/lv --image=1 --allow-degraded
asks ".verb == \"split-group\" and .lvs == [\"$lv\", \"$lv\"] and .allow_degraded" split vg/lv vg/lv --allow-degraded
asks '.quiesce == false' split vg/lv --no-quiesce
asks '.lock_timeout_ms == 7000' split vg/lv --lock-timeout=7
asks ".verb == \"split-tracked\" and .lv == \"$image\"" split vg/lv_rimage_1
asks '.verb == "split" and .name == "new"' split vg/lv --permanent --name=new --yes
asks '.verb == "split" and .images == 2 and (has("slots") | not)' split vg/lv --permanent --name=new --yes --count=2
asks '.verb == "split" and .slots == [0, 2] and (has("slot") | not)' split vg/lv --permanent --name=new --yes --image=0 --image=2
asks '.verb == "split-tracked" and .images == 2' split vg/lv --count=2
runs 2 '' 'whole number' split vg/lv --count=two
runs 2 '' 'named already' split vg/lv_rimage_1 --count=2
asks '.verb == "merge"' merge vg/lv
asks '.verb == "merge"' merge vg/lv_rimage_2 --wait
asks '.verb == "changed"' changed vg/lv
asks '.verb == "changed" and .ranges' changed vg/lv --regions
asks '.verb == "create" and .name == "new" and .size == 67108864 and .images == 3' create vg/new --size=64M --images=3
asks '.region_size == 4194304' create vg/new --size=1G --images=2 --region-size=4M
asks '.verb == "scrub" and .name == "check"' scrub vg/lv
asks '.verb == "scrub" and .name == "repair"' scrub vg/lv --repair --wait
asks '.verb == "vg-extend" and .new_devices == ["/dev/null"]' vg-extend vg /dev/null
asks '.verb == "vg-rename" and .name == "other"' vg-rename vg other
asks '.verb == "rename" and .name == "new"' rename vg/lv new
asks '.verb == "resize" and .size == 67108864 and (has("allow_shrink") | not)' resize vg/lv --size=64M
asks '.allow_shrink' resize vg/lv --size=4M --allow-shrink
asks '.verb == "set-sync-rate" and .min_kib == 1 and .max_kib == 1024' sync-rate vg/lv --min=1K --max=1M
asks '.verb == "refresh"' refresh vg/lv
asks '.verb == "add-images" and .images == 2' add-image vg/lv --images=2
asks ".verb == \"remove-images\" and .images == 1 and .image == \"$image\" and (has(\"slot\") | not)" remove-image vg/lv_rimage_1 --yes
asks '.verb == "remove-images" and .slot == 0 and (has("image") | not)' remove-image vg/lv --image=0 --yes
asks ".verb == \"replace-image\" and .image == \"$image\"" replace-image vg/lv_rimage_1
asks '.verb == "remove"' remove vg/lv --yes
asks '.verb == "vg-create" and .name == "vg0" and .devices == ["/dev/null", "/dev/zero"]' vg-create vg0 /dev/null /dev/zero
asks '.extent_size == 1048576' vg-create vg0 /dev/null --extent-size=1M
asks '.wipe' vg-create vg0 /dev/null --wipe --yes
asks '.wipe and .verb == "vg-extend"' vg-extend vg /dev/null --wipe --yes
asks '.verb == "vg-extend" and (has("wipe") | not)' vg-extend vg /dev/null
asks '.verb == "vg-remove"' vg-remove vg --yes
asks '.verb == "activate"' activate vg/lv_rimage_2
asks '.verb == "deactivate"' deactivate vg/lv
asks '.verb == "vg-activate"' activate vg
asks '.verb == "vg-deactivate"' deactivate vg
# A plan is refused as the operation would be; everything else about it is in test-wire.py.
asks '.dry_run and .verb == "split-tracked" and .slot == 1' split vg/lv --image=1 --dry-run
asks '.dry_run and .verb == "split" and .name == "new"' split vg/lv --permanent --name=new --dry-run
asks '.dry_run and .verb == "merge"' merge vg/lv --dry-run
asks '.dry_run and .verb == "create" and .name == "new" and .size == 1048576 and .images == 2' create vg/new --size=1M --images=2 --dry-run
asks '.dry_run and .verb == "vg-create" and .devices == ["/dev/null", "/dev/zero"]' vg-create vg0 /dev/null /dev/zero --dry-run
asks '.dry_run and .verb == "remove"' remove vg/lv --dry-run
asks '.dry_run and .verb == "vg-deactivate"' deactivate vg --dry-run
asks '.planned_seqno == 7 and (has("dry_run") | not)' split vg/lv --plan="$(tr -d - <<<"$vg"):7"
runs 2 '' 'is nothing that is known' split vg/lv --plan=7
runs 2 '' 'another volume group' split vg/lv --plan="$lv:7"
runs 3 '' 'not a physical volume of its volume group' split vg/lv --pv=/dev/null
runs 7 '' 'cannot be removed by itself' remove vg/lv_rimage_2 --yes
runs 3 '' 'no such volume group' vg-remove other --yes

# --- questions ---

before=$(wc -l <"$FAKE_LOG")
runs 8 '' 'Confirm with --yes' remove vg/lv
runs 8 '' 'Confirm with --yes' split vg/lv --permanent --name=new
"$source/tests/client/on-terminal.py" n "$raidctl" remove vg/lv >"$TEST_BUS/out"
[ $? = 8 ] || fail 'no is no'
[ "$(wc -l <"$FAKE_LOG")" = "$before" ] || fail 'asked the worker although nobody confirmed'
"$source/tests/client/on-terminal.py" y "$raidctl" remove vg/lv >"$TEST_BUS/out"
[ $? = 7 ] || fail 'yes is yes'

# --- completion ---

completes() { # WANTED-REGEX WORD...: the last word is the one to complete
        local wanted=$1 got
        shift
        n=$((n + 1))
        got=$(PATH=$(dirname "$raidctl"):$PATH bash -c '
                . "$0"
                COMP_WORDS=(raidctl "$@") COMP_CWORD=$#
                _raidctl
                echo "${COMPREPLY[*]}"' "$source/src/client/raidctl.bash-completion" "$@")
        grep -Eqx -- "$wanted" <<<"$got" || fail "completion of $*: $got"
}
completes 'split' spl
completes 'vg-create vg-extend vg-reduce vg-rename vg-remove' vg
completes 'vg/lv_rimage_0 vg/lv_rimage_1 vg/lv_rimage_2' merge vg/lv_r
completes 'vg' vg-remove v
completes '--permanent' split vg/lv --per
completes 'short' list --json sh
completes 'short' list --json = sh # as bash splits --json=sh
completes 'pretty short off' list --json =
completes 'list' --json = short li
completes '--permanent' --lock-timeout = 7 split --per
completes '' split --image = 1
completes '/dev/null' split --pv = /dev/nul

# --- others ---

out=$("${as_nobody[@]}" "$raidctl" --no-ask-password split vg/lv 2>&1)
[ $? = 4 ] || fail "not authorized: $out"
kill $daemon
wait $daemon
runs 5 '' 'raidd does not answer' list

echo "$n calls"
exit $failed

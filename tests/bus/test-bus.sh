#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-bus.sh RAIDD SOURCE-ROOT: the daemon on a bus of its own with a worker that touches nothing. The interfaces are those
# of dbus/*.xml, both ways, and where nobody can be asked for permission, nothing is permitted.

set -euo pipefail
raidd=$1 source=$2
. "$source/tests/bus/private-bus.sh"
failed=0
fail() { echo "not ok: $*"; failed=1; }

mapfile -t objects < <(busctl --user --list tree $bus | grep "^$root")
volume=$(printf "%s\n" "${objects[@]}" | grep -m1 /volume/.*/)
pv=$(printf "%s\n" "${objects[@]}" | grep -m1 /pv/.)
image=$(printf "%s\n" "${objects[@]}" | grep -m1 /image/.*/)

# Both ways, for one object of each kind; of jobs there are none without device-mapper: tests/vm/scenarios/70-examples.sh.
introspect() { gdbus introspect --session --dest $bus --object-path "$1" --xml; }
declare -A seen
for path in "${objects[@]}"; do
        [[ $path == "$root" ]] && kind=manager || kind=$(cut -d/ -f5 <<<"$path")
        [[ $path == "$root" || $path == */*/*/*/*/* ]] && [ -z "${seen[$kind]:-}" ] || continue
        seen[$kind]=1
        out=$(introspect "$path" | "$source/tests/bus/compare-introspection.py" "$source/dbus" 2>&1) || fail "$path: $out"
done
[ "${#seen[@]}" = 5 ] || fail "objects of 5 kinds, not ${!seen[*]}"

# Nobody answers for polkit on this bus: every member that takes options is denied, and no worker is asked; but for one
# which only counts, and one that only says what would be done.
methods() {
        introspect "$1" | python3 -c '
import sys, xml.etree.ElementTree as et
text = sys.stdin.read()
for i in et.fromstring(text[text.index("<node"):]).findall("interface"):
    for m in i.findall("method") if i.get("name").startswith("org.raidctl.") else []:
        types = [a.get("type") for a in m.findall("arg") if a.get("direction") != "out"]
        if types and types[-1] == "a{sv}":
            print(i.get("name"), m.get("name"), *types)'
}
requests() { wc -l <"$FAKE_LOG"; }
before=$(requests) n=0
for path in "${objects[@]}"; do
        while read -r interface method types; do
                [[ $method != GetChangedBytes && $method != Plan ]] || continue
                arguments=()
                for type in $types; do
                        case $type in
                        s) arguments+=(check) ;; # a name, and the mode of Scrub
                        t) arguments+=(4194304) ;;
                        u) arguments+=(1) ;;
                        o) arguments+=("'$image'") ;;
                        as) arguments+=("['/dev/null']") ;;
                        'a{sv}') arguments+=('@a{sv} {}') ;;
                        ao) [ $method = Reduce ] && arguments+=("['$pv']") || arguments+=("['$volume']") ;;
                        *) fail "no argument of type $type" ;;
                        esac
                done
                n=$((n + 1))
                out=$("${as_nobody[@]}" gdbus call --session --dest $bus --object-path "$path" --method "$interface.$method" "${arguments[@]}" 2>&1) &&
                        fail "$path $method is permitted" || true
                [[ $out == *org.freedesktop.DBus.Error.AccessDenied* ]] || fail "$path $method: $out"
        done < <(methods "$path")
done
[ $n -ge 20 ] || fail "only $n methods to deny"
# A plan may be asked for by everybody, unless devices would be opened for it.
plan() { "${as_nobody[@]}" gdbus call --session --dest $bus --object-path "$root" --method $bus.Manager.Plan "$@" 2>&1; }
out=$(plan CreateVolumeGroup "$root" "{'name': <'new'>, 'devices': <['/dev/null']>}") && fail 'a plan that opens devices is permitted' || true
[[ $out == *org.freedesktop.DBus.Error.AccessDenied* ]] || fail "a plan that opens devices: $out"
group=$(busctl --user --json=short get-property $bus "$volume" $bus.Volume VolumeGroup | jq -r .data)
out=$(plan Extend "$group" "{'devices': <['/dev/null']>}") && fail 'a plan of Extend that opens devices is permitted' || true
[[ $out == *org.freedesktop.DBus.Error.AccessDenied* ]] || fail "a plan of Extend that opens devices: $out"
[ "$(requests)" = "$before" ] || fail 'the worker was asked'
out=$(plan SplitTracked "$volume" '@a{sv} {}') || fail "a plan: $out"
[[ $out == *NotInSync* ]] || fail "a plan: $out"
[ "$(requests)" = $((before + 1)) ] || fail 'the worker was not asked for a plan'
out=$(plan Activate "$volume" '@a{sv} {}') || fail "a plan without texts: $out"
[[ $out == *"'steps': <[{'kind': <'dm.load'>}, {}]>"* ]] || fail "a plan without texts: $out"
out=$(plan Deactivate "$volume" '@a{sv} {}') && fail "a plan that nobody made: $out" || true
[[ $out == *$bus.Error.Failed* ]] || fail "a plan that nobody made: $out"

# What a caller got wrong is told before anybody is asked for permission, and by its standard name.
volume=$(gdbus call --session --dest $bus --object-path $root --method $bus.Manager.FindVolume vg/lv | sed "s/.*'\(.*\)'.*/\1/")
for options in "{'allow-degarded': <true>}" "{'image-index': <'2'>}" "{'image-index': <uint32 1>, 'physical-volume': <objectpath '/'>}"; do
        out=$(gdbus call --session --dest $bus --object-path "$volume" --method $bus.Volume.SplitTracked "$options" 2>&1) || true
        [[ $out == *org.freedesktop.DBus.Error.InvalidArgs* ]] || fail "$options: $out"
done

out=$(gdbus call --session --dest $bus --object-path $root --method $bus.Manager.CreateVolumeGroup new '@as []' '@a{sv} {}' 2>&1) || true
[[ $out == *org.freedesktop.DBus.Error.InvalidArgs*devices* ]] || fail "a group of no devices: $out"
many=$(printf "'/dev/%s', " {1..1025})
out=$(gdbus call --session --dest $bus --object-path $root --method $bus.Manager.CreateVolumeGroup new "[${many%, }]" '@a{sv} {}' 2>&1) || true
[[ $out == *org.freedesktop.DBus.Error.InvalidArgs*devices* ]] || fail "a group of too many devices: $out"
slots=$(printf "0, %.0s" {1..65})
out=$(gdbus call --session --dest $bus --object-path "$volume" --method $bus.Volume.Split new "{'image-indexes': <@au [${slots%, }]>}" 2>&1) || true
[[ $out == *org.freedesktop.DBus.Error.InvalidArgs*image-indexes* ]] || fail "too many images: $out"

out=$(gdbus call --session --dest $bus --object-path $root --method $bus.Manager.Rescan "{'force': <true>}" 2>&1) || true
[[ $out == *org.freedesktop.DBus.Error.InvalidArgs* ]] || fail "Rescan: $out"

# Objects come with all their properties, and reading wakes no worker.
before=$(requests)
out=$(busctl --user --json=short call $bus $root org.freedesktop.DBus.ObjectManager GetManagedObjects)
jq -e --arg v "$volume" --arg i $bus.Volume '.data[0][$v][$i] | .Name.data == "lv" and .Layout.data == "raid1" and .ImageCount.data == 3' \
        <<<"$out" >/dev/null || fail "GetManagedObjects: $out"
[ "$(requests)" = "$before" ] || fail 'a worker was asked for a property'

kill $daemon
pids=("${pids[0]}")
wait $daemon || fail "the daemon ended with $?"
wait $helper || fail "the helper ended with $?"
exit $failed

# SPDX-License-Identifier: LGPL-2.1-or-later
# An unprivileged caller may look, and change nothing; a rule that allows one action allows just that. And the daemon itself may do nothing that
# it does not need.
# batch: 5

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# mutating PATH: "interface method in-signature" of each method that ends in a{sv}, from the live introspection data
mutating() {
        busctl call --json=short $bus "$1" org.freedesktop.DBus.Introspectable Introspect | jq -r '.data[0]' |
                python3 -c '
import sys, xml.etree.ElementTree as et
text = sys.stdin.read()
for interface in et.fromstring(text[text.index("<node"):]).findall("interface"):
    if not interface.get("name").startswith("org.raidctl."):
        continue
    for method in interface.findall("method"):
        signature = "".join(a.get("type") for a in method.findall("arg") if a.get("direction", "in") == "in")
        if signature.endswith("a{sv}") and method.get("name") not in ("GetChangedBytes", "Plan"): # count and tell, and change nothing
            print(interface.get("name"), method.get("name"), signature)
'
}

# arguments SIGNATURE METHOD: something of the right type; it must not get as far as being looked at
arguments() {
        local s=$1
        while [ -n "$s" ]; do
                case $s in
                a{sv}*) echo "@a{sv} {}"; s=${s#a{sv\}} ;;
                as*) echo "['/dev/null']"; s=${s#as} ;;
                ao*) [ "$2" = Reduce ] && echo "['$(raidctl list -j | jq -r 'first(.objects[] | select(.kind == "PhysicalVolume")) .path')']" ||
                        echo "['$(volume_path vg0/data)']"
                     s=${s#ao} ;;
                s*) echo "'check'"; s=${s#s} ;; # a name, and the mode of Scrub
                t*) echo "uint64 4194304"; s=${s#t} ;;
                u*) echo "uint32 1"; s=${s#u} ;;
                o*) echo "objectpath '$(raidctl show vg0/data_rimage_0 | sed -n s/^path=//p)'"; s=${s#o} ;;
                *) echo "unknown signature $1" >&2; return 1 ;;
                esac
        done
}

# user_call PATH INTERFACE METHOD SIGNATURE: prints the error's name, or "ok"
user_call() {
        local out args=()
        mapfile -t args < <(arguments "$4" "$3")
        if out=$(as_user gdbus call --system --timeout 60 --dest $bus --object-path "$1" --method "$2.$3" "${args[@]}" 2>&1); then
                echo ok
        else
                sed -n 's/^Error: GDBus\.Error:\([A-Za-z0-9_.]*\).*/\1/p' <<<"$out"
        fi
}

objects() { busctl --list tree $bus | grep "^$root"; }

scenario_everything_is_denied() {
        local path interface method signature before n=0
        fresh 3 32M
        raidctl split vg0/data
        before=$(vg_state vg0)
        for path in $(objects); do
                while read -r interface method signature; do
                        n=$((n + 1))
                        is "${path#"$root"} $method" "$(user_call "$path" "$interface" "$method" "$signature")" \
                                org.freedesktop.DBus.Error.AccessDenied
                done < <(mutating "$path")
        done
        check "there was something to deny ($n)" test $n -ge 20
        is "nothing has changed" "$(vg_state vg0)" "$before"
        check "the daemon is as before" vg_agrees vg0
}

scenario_reading_is_for_everybody() {
        fresh 3 32M
        check "properties" as_user busctl get-property $bus "$(volume_path vg0/data)" $bus.Volume Name
        check "GetManagedObjects" as_user busctl call $bus $root org.freedesktop.DBus.ObjectManager GetManagedObjects
        check "FindVolume" as_user busctl call $bus $root $bus.Manager FindVolume s vg0/data
        check "raidctl list" as_user raidctl list -a
        check "a plan" as_user raidctl split vg0/data --dry-run
        check "no plan that opens devices" expect_fail "denied|authoriz" as_user raidctl --no-ask-password vg-create vg9 /etc/shadow --dry-run
        check "raidctl split says who may" expect_fail . as_user raidctl --no-ask-password split vg0/data
        as_user raidctl --no-ask-password split vg0/data 2>/dev/null || is "its exit code" $? 4
}

# allow ACTION: polkit's rule for the user "user"
allow() {
        mkdir -p /etc/polkit-1/rules.d
        cat >/etc/polkit-1/rules.d/10-test.rules <<RULE
polkit.addRule(function(action, subject) {
        if (action.id == "$1" && subject.user == "user")
                return polkit.Result.YES;
});
RULE
        systemctl restart polkit.service
}

scenario_one_action_allows_just_that() {
        local volume
        fresh 3 32M
        volume=$(volume_path vg0/data)
        allow org.raidctl.raidd1.split-tracked
        is "SplitTracked" "$(user_call "$volume" $bus.Volume SplitTracked 'a{sv}')" ok
        is "Merge" "$(user_call "$volume" $bus.Volume Merge 'a{sv}')" org.freedesktop.DBus.Error.AccessDenied
        is "Split" "$(user_call "$volume" $bus.Volume Split 'sa{sv}')" org.freedesktop.DBus.Error.AccessDenied
        is "Deactivate" "$(user_call "$volume" $bus.Volume Deactivate 'a{sv}')" org.freedesktop.DBus.Error.AccessDenied
        allow org.raidctl.raidd1.merge
        is "Merge, allowed" "$(user_call "$volume" $bus.Volume Merge 'a{sv}')" ok
        is "who did what is in the journal" "$(journalctl -q -b -o cat -u raidd.service | grep -c "^VG vg0: Merge image 2 of vg0/data back, for uid $(id -u user)\.")" 1
        is "SplitTracked, no more" "$(user_call "$volume" $bus.Volume SplitTracked 'a{sv}')" org.freedesktop.DBus.Error.AccessDenied
        rm /etc/polkit-1/rules.d/10-test.rules
        systemctl restart polkit.service
        check "agrees" vg_agrees vg0
        check "no difference" checked vg0 data
}

# authorization OBJECT METHOD: what a plan for the user says that the method asks for
authorization() {
        as_user busctl --json=short call $bus $root $bus.Manager Plan 'soa{sv}' "$2" "$1" 0 | jq -r '.data[1].authorization.data | join(" ")'
}

# What somebody else has started takes more than one's own.
scenario_jobs_of_others() {
        local volume job
        fresh 3 32M
        raidctl sync-rate vg0/data --max=1M
        raidctl scrub vg0/data
        volume=$(volume_path vg0/data)
        job=$root/job/$(raidctl jobs --json=short | jq -r '.jobs[-1].Id')
        is "a plan says so" "$(authorization "$job" Cancel)" org.raidctl.raidd1.cancel-job-other-user
        is "and what others ask for" "$(authorization "$volume" SplitTracked)" org.raidctl.raidd1.split-tracked
        allow org.raidctl.raidd1.cancel-job
        is "root's job" "$(user_call "$job" $bus.Job Cancel 'a{sv}')" org.freedesktop.DBus.Error.AccessDenied
        allow org.raidctl.raidd1.cancel-job-other-user
        is "root's job, allowed" "$(user_call "$job" $bus.Job Cancel 'a{sv}')" ok
        allow org.raidctl.raidd1.scrub
        check "the user starts one" as_user raidctl --no-ask-password scrub vg0/data
        job=$root/job/$(raidctl jobs --json=short | jq -r '.jobs[-1].Id')
        is "whose it is" "$(raidctl jobs --json=short | jq -r '.jobs[-1].StartedByUID')" "$(id -u user)"
        is "a plan says that of one's own" "$(authorization "$job" Cancel)" org.raidctl.raidd1.cancel-job
        allow org.raidctl.raidd1.cancel-job
        is "one's own job" "$(user_call "$job" $bus.Job Cancel 'a{sv}')" ok
        rm /etc/polkit-1/rules.d/10-test.rules
        systemctl restart polkit.service
}

# status PID KEY...: of the process, in its order
status() { local pid=$1; shift; sed -nE "s/^($(IFS='|'; echo "$*")):\s+//p" "/proc/$pid/status" | xargs; }
# bounded PID: the set of capabilities, without the one for debuggers, which the sanitizers have in this guest
bounded() { printf '%x\n' $((0x$(status "$1" CapBnd) & ~(${RAIDD_VM_SANITIZE:-0} << 19))); }
# inside PID COMMAND...: with the files that the process sees
inside() { local pid=$1; shift; nsenter -t "$pid" -m -- "$@"; }
reach_helper() { as_user python3 -c 'import socket; socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).connect("/run/raidd-helper")'; }

scenario_least_privilege() {
        local pid helper
        fresh 2 16M
        pid=$(systemctl show --value -p MainPID raidd.service) helper=$(systemctl show --value -p MainPID raidd-helper.service)
        is "the daemon's user" "$(stat -c %U "/proc/$pid")" raidd
        is "its capabilities" "$(status "$pid" CapInh CapPrm CapEff CapAmb | tr -d ' 0')" ""
        is "nor can it get any" "$(bounded "$pid")" 0
        is "no new ones, and a filter" "$(status "$pid" NoNewPrivs Seccomp)" "1 2"
        is "no device is open" "$(find "/proc/$pid/fd" -lname '/dev/*' ! -lname /dev/null)" ""
        is "there are no disks" "$(find "/proc/$pid/root/dev/" -type b)" ""
        check "it can run nothing" expect_fail "Permission denied" inside "$pid" /usr/bin/true
        check "nor can the helper" expect_fail "Permission denied" inside "$helper" /usr/bin/true
        check "but a worker" inside "$helper" "$(echo /usr/lib*/raidd)/raidd-worker" --version
        is "what the helper can have" "$(bounded "$helper")" a04004
        check "nobody else reaches the helper" expect_fail "PermissionError" reach_helper
        is "what others may read of ours" "$(find /run/raidd /run/raidd-daemon /run/lock/lvm -maxdepth 0 -perm /077)" ""
}

run_scenarios "$@"

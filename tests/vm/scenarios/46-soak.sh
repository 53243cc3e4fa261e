# SPDX-License-Identifier: LGPL-2.1-or-later
# One daemon after many operations is what it was before them, and has everything that it depends on restarted in between. SOAK_ROUNDS:
# how many times seven operations, SOAK_SMALL: and how many small ones with each; the full run has more than ten thousand in all.
# batch: 1

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

rounds=${SOAK_ROUNDS:-3}
small=${SOAK_SMALL:-3}
timeout_many_operations=$((300 + rounds * (30 + 3 * small)))

# The daemon, and the helper that is there for as long as it.
daemon() { systemctl show --value -p MainPID raidd.service raidd-helper.service | xargs; }
rss_kib() { local pid; for pid in $(daemon); do awk '/^VmRSS/ { print $2 }' "/proc/$pid/status"; done | awk '{ n += $1 } END { print n }'; }
descriptors() { local pid; for pid in $(daemon); do find "/proc/$pid/fd" -type l -printf '%l\n' | sed 's/:\[.*//' | sort | xargs; done; }
n_objects() { raidctl list -j | jq '[.objects[] | select(.kind != "Job")] | length'; } # what has ended is shown for a while
# Cookies are semaphores. Files: intents, locks, notes.
census() {
        echo "descriptors $(descriptors)" # pipe:[123]
        echo "semaphores $(ipcs -s | grep -c ^0x)"
        echo "nodes $(dmsetup info -c --noheadings -o name,uuid | sort | cksum)"
        echo "objects $(n_objects)"
        echo "workers $(pgrep -xc raidd-worker)"
        echo "files $(find /run/raidd /run/raidd-daemon /run/lock/lvm -type f | sort | xargs)"
}
# settled: the census when nothing is under way any more: the daemon still reads what has changed, with a worker and its pipes.
settled() {
        local now='' last i
        for ((i = 0; i < 30; i++)); do
                last=$now now=$(census)
                [ "$now" != "$last" ] || break
                sleep 2
        done
        echo "$now"
}

scenario_many_operations() {
        local pid before rss i
        fresh 3 16M
        one_round # what is allocated once
        pid=$(daemon) before=$(settled) rss=$(rss_kib)
        for ((i = 0; i < rounds; i++)); do
                one_round
                case $((i % 4)) in
                1) systemctl restart systemd-udevd.service ;;
                3) systemctl restart polkit.service ;;
                esac
                case $((i % 8)) in # seldom: what leaks has to have time to show
                6) systemctl restart raidd.service; pid=$(daemon) ;;
                esac
        done
        echo "# $((rounds * (7 + small))) operations"
        is "the same daemon" "$(daemon)" "$pid"
        is "it has what it had" "$(settled | xargs)" "$(xargs <<<"$before")"
        check "and is as small: $rss KiB, $(rss_kib) KiB" test "$(rss_kib)" -le $((rss + 2048))
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0 3
}
one_round() {
        local i
        for ((i = 0; i < small; i++)); do
                case $((i % 3)) in
                0) raidctl --quiet sync-rate vg0/data --max=$((1 + RANDOM % 100))M ;;
                1) raidctl --quiet split vg0/data --dry-run ;;
                2) raidctl --quiet sync-rate vg0/data --max=0 ;;
                esac
        done >/dev/null
        raidctl --quiet split vg0/data
        fill /dev/vg0/data $((RANDOM % 256)) --size=1048576
        raidctl --quiet merge vg0/data --wait
        raidctl --quiet create vg0/other --size=8M
        raidctl --quiet resize vg0/other --size=12M
        raidctl --quiet rename vg0/other another
        raidctl --quiet remove vg0/another --yes
}

# The daemon cannot be reached without its bus, and must not be there as if it could.
scenario_the_bus_restarts() {
        local pid
        fresh 2 16M
        raidctl --quiet split vg0/data --allow-degraded
        pid=$(daemon)
        systemctl restart dbus.service
        check "reached again" retry 30 raidctl status vg0/data
        check "it is another one" test "$(daemon)" != "$pid"
        check "goes on" raidctl merge vg0/data --wait
        check "no difference" checked vg0 data
        check "agrees" vg_agrees vg0 3
}

run_scenarios "$@"

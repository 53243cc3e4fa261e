# SPDX-License-Identifier: LGPL-2.1-or-later
# Sourced, with $raidd and $source set: the daemon on a bus of its own, with a worker that touches nothing. What the worker
# was asked is in $FAKE_LOG, one line each.

TEST_BUS=$(mktemp -d "${TMPDIR:-/tmp}/raidd-bus.XXXXXX")
chmod 1777 "$TEST_BUS" # the callers are not root
pids=()
cleanup() {
        [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
        wait
        rm -rf "$TEST_BUS"
}
trap cleanup EXIT
bus=org.raidctl.Raidd1
export root=/org/raidctl/Raidd1
export FAKE_LOG=$TEST_BUS/requests FAKE_VG=$TEST_BUS/vg FAKE_GATE=$TEST_BUS/gate
cp "$source/tests/data/vg/v20316-b_tracked.txt" "$FAKE_VG"
chmod 666 "$FAKE_VG"

# A bus that lets everybody in, for the daemon trusts root.
cat >"$TEST_BUS/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=$TEST_BUS/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*" eavesdrop="true"/>
  </policy>
</busconfig>
CONF
dbus-daemon --config-file="$TEST_BUS/bus.conf" --nofork 2>/dev/null &
pids+=($!)
export DBUS_SESSION_BUS_ADDRESS=unix:path=$TEST_BUS/bus
for i in {1..100}; do [ -S "$TEST_BUS/bus" ] && break || sleep 0.05; done
as_nobody=()
[ "$(id -u)" != 0 ] || as_nobody=(setpriv --reuid=65534 --clear-groups)

# The helper as root, if this is root, and the daemon as somebody without any rights: as under systemd.
systemd-socket-activate --seqpacket --listen="$TEST_BUS/helper" -E RAIDD_WORKER="$source/tests/bus/fake-worker" \
        -E FAKE_LOG -E FAKE_VG -E FAKE_GATE -E ASAN_OPTIONS -E UBSAN_OPTIONS "${raidd%/*}/raidd-helper" 2>"$TEST_BUS/helper.log" &
helper=$!
pids+=($helper)
for i in {1..100}; do [ -S "$TEST_BUS/helper" ] && break || sleep 0.05; done
as_daemon=()
if [ "$(id -u)" = 0 ]; then
        as_daemon=(setpriv --reuid=1 --regid=1 --clear-groups)
        chmod 777 "$TEST_BUS/helper"
fi
cp "$raidd" "$TEST_BUS/raidd" # root's folders may be closed to others
RAIDD_HELPER=$TEST_BUS/helper "${as_daemon[@]}" "$TEST_BUS/raidd" --session &
daemon=$!
pids+=($daemon)

for i in {1..100}; do
        busctl --user --quiet status $bus >/dev/null 2>&1 && break
        kill -0 $daemon
        sleep 0.05
done

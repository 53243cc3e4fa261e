# SPDX-License-Identifier: LGPL-2.1-or-later
# Every example of the README, the man pages and the interface XML, run as typed, from the files that the build installed.
# batch: 4

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh

# The documents speak of /dev/sdb and so on.
name_disks() {
        local i letter
        for i in 1 2 3 4 5; do
                letter=$(tr 12345 bcdef <<<$i)
                ln -sfn "$(disk d$i)" "/dev/sd$letter"
                ln -sfn "$(disk d$i)" "/dev/sd${letter}1"
        done
}

# typed COMMAND: on a terminal, by a reader who says yes. His keyboard has no end: script(1) waits for two seconds when it meets one.
typed() {
        [ -p $vm_tmp/keyboard ] || mkfifo $vm_tmp/keyboard
        (
                exec 9<>$vm_tmp/keyboard
                printf 'y\ny\n' >&9
                exec timeout -s KILL 150 script -qec "cd /root; $1" /dev/null <&9 9<&-
        )
}

# Blocks of shell commands in the README that have no marker saying who else runs them.
readme_commands() {
        python3 - "$1" <<'PYTHON'
import re, sys
text = open(sys.argv[1]).read()
for marker, block in re.findall(r"(<!-- (?:run by|on the host)[^>]*-->\n)?```sh\n(.*?)```", text, re.DOTALL):
    if not marker:
        print(block, end="")
PYTHON
}

# type_all FILE MIN: each command of it, of which there are so many at least
type_all() {
        local command n=0
        name_disks
        while read -r command; do
                [ -n "$command" ] || continue
                n=$((n + 1))
                check "$command" typed "$command"
        done < <(readme_commands "$1")
        check "there were commands ($n)" test $n -ge "$2"
        umount -q /srv/data /srv/log /srv /mnt || true
        find /dev -maxdepth 1 -type l -name 'sd*' -delete
        check "lvm2 agrees" vg_ok vg0
}

scenario_readme() {
        type_all /usr/share/doc/raidd/README.md 10
        check "and so does the bus" "$files/compare.py" vg0
}

timeout_backup=900
scenario_backup() {
        type_all /usr/share/doc/raidd/BACKUP.md 30
        check "no difference" checked vg0 data
        rm -rf /etc/systemd/system/backup-data.* /var/backups/raidd
        systemctl daemon-reload
}

# man_examples PAGE: lines of example blocks that begin with a prompt
man_examples() {
        local page=$1
        case $page in *.gz) zcat "$page" ;; *) cat "$page" ;; esac |
                sed -n '/^\.\(EX\|nf\)/,/^\.\(EE\|fi\)/p' | sed -n 's/^\(\\fB\|\.B \)\{0,1\}[#$] //p' | sed 's/\\f.//g; s/\\-/-/g; s/\\e/\\/g; s/\\&//g; s/\\(aq/'"'"'/g'
}

scenario_man_pages() {
        local command page n=0
        name_disks
        for page in /usr/share/man/man1/raidctl.1* /usr/share/man/man8/raidd.8*; do
                while read -r command; do
                        n=$((n + 1))
                        check "${page##*/}: $command" typed "$command"
                done < <(man_examples "$page")
        done
        check "there were commands ($n)" test $n -ge 3
}

# Lines of the prose that begin with a prompt.
scenario_interface_xml() {
        local command n=0
        name_disks
        fresh 3 64M
        while read -r command; do
                n=$((n + 1))
                check "$command" typed "$command"
        done < <(cat /usr/share/dbus-1/interfaces/org.raidctl.Raidd1*.xml | sed -nE 's/^[[:space:]]*# (.*)$/\1/p' |
                 sed 's/ -->$//; s/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g')
        check "there were commands ($n)" test $n -ge 20
        find /dev -maxdepth 1 -type l -name 'sd*' -delete
        check "lvm2 agrees" vg_ok vg0
        check "and so does the bus" "$files/compare.py" vg0
}

# What the daemon says of its objects, one of each kind, is what is published.
scenario_interfaces_agree() {
        local kind path seen=''
        fresh 3 64M
        for path in $(busctl --list tree $bus | grep -E "^$root(/[a-z]+/.*)?\$"); do
                kind=$(cut -d/ -f5 <<<"$path")
                [[ " $seen " != *" ${kind:-manager} "* ]] || continue
                seen+=" ${kind:-manager}"
                check "${kind:-manager}" sh -c "gdbus introspect --system --dest $bus --object-path $path --xml |
                        $files/compare-introspection.py /usr/share/dbus-1/interfaces"
        done
        is "kinds of objects" "$(xargs -n1 <<<"$seen" | sort | xargs)" "image job manager pv vg volume"
}

run_scenarios "$@"

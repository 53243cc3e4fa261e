# SPDX-License-Identifier: LGPL-2.1-or-later
# cpus: 2
# Runs in the guest: the documentation of LVM's split and merge, step by step with raidctl, while a writer keeps writing.

. /usr/lib/raidd-vm/lib.sh

wrong=0
title() { printf '\n\n=== %s ===\n' "$*"; }
note() { printf '\n    (%s)\n' "$*"; }
wrong() { echo "    !!! $*"; wrong=1; }

# run COMMAND...: as one would type it. refused COMMAND...: the same, and it has to fail.
run() { printf '\n# %s\n' "$*"; "$@" || wrong "exit code $?"; }
refused() { printf '\n# %s\n' "$*"; ! "$@" || wrong 'was not refused'; }

# What lvm2 makes of it. md reads and compares all images; that has to wait for the writer.
oracle() { # LV of raid1, or nothing
        note 'now lvm2, which knows nothing of raidd'
        run lvs -a -o name,copy_percent,devices my_vg
        run vgck my_vg
        if [ $# = 1 ]; then
                local n
                n=$(md_check my_vg "$1") || wrong 'the array does not come to rest'
                printf '\n%s: the images differ in %s sectors\n' "my_vg/$1" "$n"
                [ "$n" = 0 ] || wrong 'they must not differ'
        fi
}

busy() {
        writer_start /dev/my_vg/my_lv || wrong 'no writer'
        note 'from here on, somebody writes random blocks of /dev/my_vg/my_lv without a pause'
}
calm() {
        writer_stop || wrong 'a write failed'
        note "the writer stops; it wrote $writer_writes blocks, none of which failed"
}

create() { # SIZE DISK...
        local size=$1 devs=()
        shift
        for d in "$@"; do devs+=("$(disk "$d")"); done
        run raidctl vg-create my_vg "${devs[@]}"
        run raidctl create my_vg/my_lv --size="$size" --images=$#
        note 'the images are brought in sync'
        wait_sync my_vg my_lv || wrong 'no sync'
        busy
}
remove() { vm_cleanup >/dev/null 2>&1; }

title 'Split an image off and track what changes'
create 256M d1 d2 d3
run raidctl list -a my_vg
run raidctl split my_vg/my_lv
run raidctl list -a my_vg
note 'the image is a clean copy of that instant, and nobody can write it'
run blockdev --getro /dev/my_vg/my_lv_rimage_2
refused dd if=/dev/zero of=/dev/my_vg/my_lv_rimage_2 bs=4k count=1 status=none
run raidctl changed my_vg/my_lv
run raidctl merge my_vg/my_lv_rimage_2 --wait
run raidctl list -a my_vg
calm
oracle my_lv
remove

title 'The same with two images: while one is tracked, one is left'
create 128M d1 d2
refused raidctl split my_vg/my_lv
run raidctl split my_vg/my_lv --allow-degraded
run raidctl list -a my_vg
run raidctl merge my_vg/my_lv_rimage_1 --wait
run raidctl list -a my_vg
calm
oracle my_lv

title 'Make a tracked split permanent'
busy
run raidctl split my_vg/my_lv --allow-degraded
run raidctl split my_vg/my_lv --permanent --name=new --allow-degraded --yes
run raidctl list -a my_vg
calm
oracle
remove

title 'Refused: a second image cannot be tracked'
create 128M d1 d2 d3
run raidctl split my_vg/my_lv
refused raidctl split my_vg/my_lv

title 'Refused: another image cannot be split off meanwhile'
run raidctl list -a my_vg
refused raidctl split my_vg/my_lv --permanent --name=new --pv="$(disk d1)" --yes
note 'and nothing has changed'
run raidctl list -a my_vg
run raidctl merge my_vg/my_lv --wait
calm
oracle my_lv
remove

echo
exit $wrong

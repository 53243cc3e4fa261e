# SPDX-License-Identifier: LGPL-2.1-or-later
# The root filesystem is copied to a volume, and its first image split off, tracked.

. /usr/lib/raidd-vm/lib.sh
. /usr/lib/raidd-vm/files/volumes.sh
vm_cleanup() { :; } # the disks are what counts

copy_root() {
        local to=$1
        mkfs.ext4 -qF /dev/vg0/root && mkdir -p "$to" && mount /dev/vg0/root "$to" || return
        tar -C / --one-file-system --exclude=./boot --exclude=./usr/share/i18n --exclude=./var/lib/apt --exclude=./var/cache --exclude=./var/log \
                --exclude=./var/lib/raidd-vm --exclude=./usr/lib/raidd-vm -cf - . | tar -C "$to" -xf - || return
        mkdir -p "$to"/var/{cache,log} "$to/var/lib/raidd-vm" "$to/boot"
        echo '/dev/vg0/root / ext4 defaults 0 1' >"$to/etc/fstab"
        echo "before the split" >"$to/root/said"
        umount "$to"
}

# The initramfs, with what raidd has installed for it, for whoever boots the next guest.
make_initramfs() {
        update-initramfs -c -k "$(uname -r)" >/dev/null && tar -cf "$(disk d4)" -C /boot "initrd.img-$(uname -r)" && sync
}

timeout_prepare=900
scenario_prepare() {
        check "an initramfs" make_initramfs
        r_vg vg0 d1 d2 d3
        raidctl --quiet create vg0/root --size=900M --images=3
        check "copied" copy_root "$vm_tmp/root"
        wait_sync vg0 root
        check "the first image is split off" raidctl --quiet split vg0/root --image=0
        mount /dev/vg0/root /mnt && echo "after the split" >>/mnt/root/said && umount /mnt
        check "the image has what was there before" grep -qx "before the split" <(debugfs -R 'cat /root/said' /dev/vg0/root_rimage_0 2>/dev/null)
        sync
}

run_scenarios "$@"

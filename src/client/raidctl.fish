# SPDX-License-Identifier: LGPL-2.1-or-later
# fish completion for raidctl(1)

# KIND...: what the service has at the moment; nothing if it does not answer within a second
function __raidctl_objects
        timeout 1 raidctl --no-ask-password list --json=short 2>/dev/null | jq -r --arg kinds "$argv" '
                .objects as $all | ($all | map({(.path): .Name}) | add) as $names | $all[] |
                select(.kind as $k | $kinds | split(" ") | index($k)) |
                if .kind == "VolumeGroup" then .Name
                elif .kind == "Volume" then $names[.VolumeGroup] + "/" + .Name
                elif .kind == "RaidImage" then .Volume as $v | $names[$all[] | select(.path == $v) | .VolumeGroup] + "/" + .Name
                else .Id | tostring end' 2>/dev/null
end

# The verb and what follows it, without options; a value of its own belongs to the option before it.
function __raidctl_words
        set -l value no
        for word in (commandline -opc)[2..-1]
                if test $value = yes
                        set value no
                        continue
                end
                switch $word
                        case --json --lock-timeout --image --pv --name --min --max --size --images --count --region-size --extent-size --plan
                                set value yes
                        case '-*'
                        case '*'
                                echo -- $word
                end
        end
end

# VERB...: it is one of these that is completed
function __raidctl_verb
        set -l words (__raidctl_words)
        set -q words[1]; and contains -- $words[1] $argv
end

# VERB...: it is one of these, and has no argument yet
function __raidctl_first
        set -l words (__raidctl_words)
        test (count $words) -eq 1; and contains -- $words[1] $argv
end

function __raidctl_no_verb
        test (count (__raidctl_words)) -eq 0
end

complete -c raidctl -f

complete -c raidctl -n __raidctl_no_verb -a list -d 'Volumes, of these groups or all'
complete -c raidctl -n __raidctl_no_verb -a status -d 'Health, sync and images of volumes'
complete -c raidctl -n __raidctl_no_verb -a show -d 'All properties'
complete -c raidctl -n __raidctl_no_verb -a split -d 'Split an image off'
complete -c raidctl -n __raidctl_no_verb -a run -d 'Split, run a command, merge'
complete -c raidctl -n __raidctl_no_verb -a merge -d 'Merge the tracked image back'
complete -c raidctl -n __raidctl_no_verb -a changed -d 'How much changed since the split'
complete -c raidctl -n __raidctl_no_verb -a verify -d 'Compare the tracked image'
complete -c raidctl -n __raidctl_no_verb -a scrub -d 'Compare all images'
complete -c raidctl -n __raidctl_no_verb -a create -d 'Create a volume'
complete -c raidctl -n __raidctl_no_verb -a remove -d 'Remove a volume'
complete -c raidctl -n __raidctl_no_verb -a rename -d 'Give a volume another name'
complete -c raidctl -n __raidctl_no_verb -a resize -d 'Make a volume longer or shorter'
complete -c raidctl -n __raidctl_no_verb -a add-image -d 'One more image'
complete -c raidctl -n __raidctl_no_verb -a remove-image -d 'One image fewer'
complete -c raidctl -n __raidctl_no_verb -a replace-image -d 'A new image for an old one'
complete -c raidctl -n __raidctl_no_verb -a refresh -d 'Try images again that failed for a while'
complete -c raidctl -n __raidctl_no_verb -a sync-rate -d 'Limit resyncs'
complete -c raidctl -n __raidctl_no_verb -a vg-create -d 'Create a volume group'
complete -c raidctl -n __raidctl_no_verb -a vg-extend -d 'Add devices to a volume group'
complete -c raidctl -n __raidctl_no_verb -a vg-reduce -d 'Take empty devices out of it'
complete -c raidctl -n __raidctl_no_verb -a vg-rename -d 'Give a volume group another name'
complete -c raidctl -n __raidctl_no_verb -a vg-remove -d 'Remove an empty volume group'
complete -c raidctl -n __raidctl_no_verb -a activate -d 'Make it available'
complete -c raidctl -n __raidctl_no_verb -a deactivate -d 'Make it unavailable'
complete -c raidctl -n __raidctl_no_verb -a jobs -d 'Resyncs and checks that run'
complete -c raidctl -n __raidctl_no_verb -a wait -d 'Wait for jobs to end'
complete -c raidctl -n __raidctl_no_verb -a pause -d 'Stop a resync for a while'
complete -c raidctl -n __raidctl_no_verb -a resume -d 'Let a resync go on'
complete -c raidctl -n __raidctl_no_verb -a cancel -d 'Give up comparing images'
complete -c raidctl -n __raidctl_no_verb -a monitor -d 'What changes, as it changes'
complete -c raidctl -n __raidctl_no_verb -a check -d 'One line and an exit code, for monitoring'

complete -c raidctl -n '__raidctl_verb list' -a '(__raidctl_objects VolumeGroup Volume)'
complete -c raidctl -n '__raidctl_first status remove run scrub rename resize add-image refresh sync-rate' -a '(__raidctl_objects Volume)'
complete -c raidctl -n '__raidctl_first show changed merge verify remove-image' -a '(__raidctl_objects Volume RaidImage)'
complete -c raidctl -n '__raidctl_first replace-image' -a '(__raidctl_objects RaidImage)'
complete -c raidctl -n '__raidctl_verb split' -a '(__raidctl_objects Volume RaidImage)'
complete -c raidctl -n '__raidctl_first create' -a '(__raidctl_objects VolumeGroup)/'
complete -c raidctl -n '__raidctl_first vg-remove vg-extend vg-reduce vg-rename' -a '(__raidctl_objects VolumeGroup)'
complete -c raidctl -n '__raidctl_first activate deactivate check' -a '(__raidctl_objects VolumeGroup Volume RaidImage)'
complete -c raidctl -n '__raidctl_first wait pause resume cancel' -a '(__raidctl_objects Job Volume)'
# The name of the group is new; what follows are devices.
complete -c raidctl -n '__raidctl_verb vg-create; and not __raidctl_first vg-create' -F
complete -c raidctl -n '__raidctl_verb vg-extend vg-reduce; and not __raidctl_first vg-extend vg-reduce' -F

complete -c raidctl -n '__raidctl_verb list' -s a -l all -d 'List images and their metadata too'
complete -c raidctl -n '__raidctl_verb split run remove-image replace-image' -l image -x -d 'The image in this slot'
complete -c raidctl -n '__raidctl_verb split run add-image remove-image replace-image' -l pv -r -F -d 'This physical volume'
complete -c raidctl -n '__raidctl_verb split' -l permanent -d 'For good; needs --name'
complete -c raidctl -n '__raidctl_verb split' -l name -x -d 'Name of the new volume'
complete -c raidctl -n '__raidctl_verb split run remove-image' -l allow-degraded -d 'Even if a single image is left'
complete -c raidctl -n '__raidctl_verb split run' -l no-quiesce -d 'Do not freeze filesystems'
complete -c raidctl -n '__raidctl_verb merge run scrub add-image replace-image' -l wait -d 'Wait for the end of the job'
complete -c raidctl -n '__raidctl_verb scrub' -l repair -d 'Write what differs from the first image'
complete -c raidctl -n '__raidctl_verb run' -l mount -d 'Mount the image for the command'
complete -c raidctl -n '__raidctl_verb changed' -l regions -d 'Which regions'
complete -c raidctl -n '__raidctl_verb create resize' -l size -x -d 'Size, with K, M, G or T'
complete -c raidctl -n '__raidctl_verb resize' -l allow-shrink -d 'What is cut off is not needed'
complete -c raidctl -n '__raidctl_verb sync-rate' -l min -x -d 'Bytes per second at least'
complete -c raidctl -n '__raidctl_verb sync-rate' -l max -x -d 'Bytes per second at most'
complete -c raidctl -n '__raidctl_verb split' -l count -x -d 'So many images, as one mirror'
complete -c raidctl -n '__raidctl_verb create add-image remove-image' -l images -x -d 'So many images'
complete -c raidctl -n '__raidctl_verb create add-image' -l region-size -x -d 'Bytes for one bit of the bitmap'
complete -c raidctl -n '__raidctl_verb vg-create' -l extent-size -x -d 'Extent size'
complete -c raidctl -n '__raidctl_verb vg-create vg-extend' -l wipe -d 'What is on the devices is not needed'

complete -c raidctl -s h -l help -d 'Print a summary'
complete -c raidctl -l version -d 'Print the version'
complete -c raidctl -l json -x -a 'pretty short off' -d 'Print JSON'
complete -c raidctl -s j -d 'Print JSON, as --json=pretty'
complete -c raidctl -l no-legend -d 'No headings'
complete -c raidctl -l no-pager -d 'No pager; there is none'
complete -c raidctl -s q -l quiet -d 'Only errors and what was asked for'
complete -c raidctl -l yes -d 'Do not ask before something is lost'
complete -c raidctl -l no-ask-password -d 'Fail rather than ask for a password'
complete -c raidctl -l dry-run -d 'Show what would be done, and do nothing'
complete -c raidctl -l plan -x -d 'Only if nothing has changed since that dry run'
complete -c raidctl -l lock-timeout -x -d 'Seconds to wait for the lock of the volume group'

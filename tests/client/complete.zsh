#!/usr/bin/env zsh
# SPDX-License-Identifier: LGPL-2.1-or-later
# complete.zsh FOLDER LINE...: what zsh makes of each LINE when TAB is pressed at its end, with the completions in FOLDER: a line
# of output each, with every candidate inserted. The line editor runs in a shell of its own, on a terminal of its own.

if [[ $1 != --inside ]]; then
        zmodload zsh/zpty
        out=$(mktemp)
        zpty terminal zsh -f -i
        zpty -w terminal "source ${(q)0:A} --inside $out ${(q)@}"
        while zpty -r terminal seen; do screen+=$seen; done # until it has ended
        lines=("${(@f)$(<$out)}")
        rm -f $out
        [[ $lines[-1] == done ]] || { print -r -- $screen >&2; exit 1; }
        print -rl -- "${(@)lines[1,-2]}"
        exit
fi

out=$2 fpath=($3 $fpath) lines=("${@:4}")
autoload -U compinit
compinit -D -u
insert_all() {
        _main_complete
        compstate[insert]=all compstate[list]=
}
zle -C insert_all complete-word insert_all
zle-line-init() { # the first prompt after this file
        for BUFFER in $lines; do
                CURSOR=$#BUFFER
                zle insert_all
                print -r -- $BUFFER >>$out
        done
        print done >>$out
        exit
}
zle -N zle-line-init

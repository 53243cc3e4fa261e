#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The core library (base, model, plan) decides and does nothing else: what it needs from outside is compared with a list of
# harmless symbols. A stray read(), time(), getenv() or printf() fails here. Usage: check-purity.sh LIBCORE.A [MEMBER-GLOB]
set -euo pipefail
export LC_ALL=C

library=${1:?usage: check-purity.sh LIBCORE.A}

allowed='
malloc calloc realloc reallocarray free abort
mem(cpy|move|set|cmp|chr|rchr|mem|pcpy) rawmemchr
str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|chrnul|rchr|str|spn|cspn|pbrk|dup|ndup|cpy|ncpy|sep|tok_r) stpcpy strverscmp
strto(l|ul|ll|ull|d|umax|imax) __isoc(23|99)_(strto(l|ul|ll|ull|umax|imax)|sscanf)
(v|)snprintf (v|)asprintf (v|)sscanf __(v|)(snprintf|asprintf)_chk
qsort qsort_r bsearch
__ctype_(b|tolower|toupper)_loc tolower toupper isalnum isdigit isspace
__errno_location __assert_fail __assert_perror_fail strerror_r strerrordesc_np strerrorname_np
__stack_chk_fail __(mem|str)[a-z]+_chk __chk_fail
json_object_[a-z0-9_]+ json_tokener_[a-z0-9_]+ json_type_to_name
__(asan|ubsan|sanitizer|sancov|tsan)_[a-z0-9_]+ __gcov_[a-z0-9_]+ __llvm_[a-z0-9_]+ __popcountdi2 _GLOBAL_OFFSET_TABLE_
'
pattern="^($(tr -s ' \n' '|' <<<"$allowed" | sed 's/^|//; s/|$//'))$"

# json_object_to_file() and its kind touch files; they are not covered by the prefix.
forbidden='^json_object_(to_file|from_file|to_fd|from_fd)'

# A thin archive (what meson makes) and a regular one read the same way.
undefined=$(nm -u --format=posix "$library" 2>/dev/null | awk 'NF >= 2 && $2 ~ /^[UwWvV]$/ { print $1 }' | sed 's/@.*//' | sort -u)
defined=$(nm --defined-only --format=posix "$library" 2>/dev/null | awk 'NF >= 3 { print $1 }' | sort -u)
[ -n "$defined" ] || { echo "$library: no symbols; is this the core library?"; exit 1; }

outside=$(comm -23 <(echo "$undefined") <(echo "$defined"))
bad=$(grep -vE "$pattern" <<<"$outside" || true; grep -E "$forbidden" <<<"$outside" || true)
bad=$(sort -u <<<"$bad" | sed '/^$/d')

# No state that outlives a call: nothing writable in .data or .bss (read-only tables with relocations are in .data.rel.ro).
# Sanitizers and coverage add data of their own.
state=$(nm --defined-only --format=posix "$library" 2>/dev/null |
        awk 'NF >= 3 && $2 ~ /^[bBdDCsS]$/ { print $1, $2 }' | grep -vE '^(__|_?\.|DW\.|llvm|\.LASAN)' || true)
if ! grep -qE '^__(asan|ubsan)_' <<<"$outside" && [ -n "$state" ]; then
        symbols=$(objdump -t "$library" 2>/dev/null)
        while read -r name kind; do
                # "d" also stands for .data.rel.ro, which is constant after relocation
                section=$(awk -v n="$name" '$NF == n { for (i = 2; i < NF; i++) if ($i ~ /^[.](data|bss|rodata|tdata|tbss)/) s = $i } END { print s }' <<<"$symbols")
                case $section in .data.rel.ro*|.rodata*) ;; *) bad+=$'\n'"$name ($kind, $section: writable static data)";; esac
        done <<<"$state"
fi

bad=$(sed '/^$/d' <<<"$bad")
if [ -n "$bad" ]; then
        echo "The core library must not use:"
        echo "$bad"
        exit 1
fi
echo "$(wc -l <<<"$outside") symbols from outside, all on the list"

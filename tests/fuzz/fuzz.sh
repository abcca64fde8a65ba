#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# fuzz.sh FOLDER SECONDS TARGET... - runs libFuzzer on each target, one after
# the other, and says at the end how often each was called, how much of the
# program that reached, and what was found. FOLDER/build has the program,
# FOLDER/corpus/TARGET keeps what was new, FOLDER/found what failed.
set -u
folder=$1 seconds=$2
shift 2
root=$(cd "${srcdir:-.}" && pwd) || exit 1
data=$root/tests/data/fuzz
program=$folder/build/tests/fuzz/fuzz
found=$folder/found
TMPDIR=$(mktemp -d) || exit 1
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM
export TMPDIR
TRANSECT_PLUGIN_PATH=$folder/build/plugins/.libs
export TRANSECT_PLUGIN_PATH
LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
export LSAN_OPTIONS
mkdir -p "$found"

# Most bytes of an input: what is read of more takes no other way. Where bytes
# are edits of something right, there are few, and all lengths from the start.
lengths()
{
    case $1 in
    checkpoint | config) echo -max_len=120 -len_control=0 ;;
    reply | report | tokenizer | vocab) echo -max_len=400 -len_control=0 ;;
    gguf) echo -max_len=8000 ;;
    *) echo -max_len=2000 ;;
    esac
}

fuzz()
{
    mkdir -p "$folder/corpus/$1"
    # shellcheck disable=SC2046
    set -- "$1" $(lengths "$1") -max_total_time="$seconds" \
        -timeout=60 -rss_limit_mb=2048 -malloc_limit_mb=512 \
        -print_final_stats=1 -artifact_prefix="$found/$1-" \
        "$folder/corpus/$1" "$data/$1"
    if [ -s "$root/tests/fuzz/dictionaries/$1" ]; then
        set -- "$@" -dict="$root/tests/fuzz/dictionaries/$1"
    fi
    FUZZ_TARGET=$1
    export FUZZ_TARGET
    shift
    "$program" "$@"
}

# The corpus of the sources and what is new: few files that together reach all
# that they reach, but for how often. Those with a name of their own stay.
merge()
{
    rm -rf "$folder/merged" && mkdir "$folder/merged"
    FUZZ_TARGET=$1 "$program" -set_cover_merge=1 -use_counters=0 \
        "$folder/merged" "$data/$1" "$folder/corpus/$1" \
        2>"$folder/merge.log" || return 1
    find "$data/$1" -type f -name "$digest" -exec rm -f {} +
    find "$folder/merged" -type f -exec mv {} "$data/$1" \;
}

# libFuzzer's names: SHA-1.
hex='[0-9a-f]'
digest=$hex$hex$hex$hex$hex$hex$hex$hex$hex$hex
digest=$digest$digest$digest$digest

status=0 summary=
for target; do
    log=$folder/$target.log
    echo "fuzz: $target for $seconds seconds; see $log"
    if fuzz "$target" >"$log" 2>&1; then
        verdict='nothing found'
    else
        verdict="FAILED; see $found/$target-*"
        status=1
    fi
    [ "${FUZZ_MERGE-no}" = no ] || merge "$target" || status=1
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    reach=$(sed -n 's/.*\(cov: [0-9]* ft: [0-9]*\).*/\1/p' "$log" | tail -n 1)
    summary="$summary$(printf '%-12s %10s executions, %s: %s' "$target" \
        "${runs:-?}" "${reach:-?}" "$verdict")
"
done
printf '%s' "$summary"
exit $status

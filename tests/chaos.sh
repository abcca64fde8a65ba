#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# chaos.sh - runs that are killed, told to stop, given a full disk, another
# model while they read it, or another run at their results, for so many
# minutes: their results are those of an undisturbed run, or they say that they
# failed and leave what was there as it was.
#
#   chaos.sh MINUTES [MODE]...
#
# With SEED=N all that is drawn is drawn again; moments vary nevertheless. It
# ends at the first promise that is broken and prints how to get there.
# shellcheck source=tests/cli/lib.sh
. "${srcdir:-.}/tests/cli/lib.sh"

minutes=${1:-2}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- killed killed_at stopped stopped_at full full_disk \
    forced changed twice
modes=$*
SEED=${SEED-$(awk 'BEGIN { srand(); print int(1e6 * rand()) }')}
trial=${TRIAL-0}
inject=$top_builddir/tests/preload/.libs/inject.so
whole=$tmp/whole
old=$tmp/old
checkpoint=$results.checkpoint
job=

# draw N: $drawn is one of 0 ... N - 1, the next of the trial's numbers.
draw()
{
    number=$(((number * 1103515245 + 12345) & 0x7fffffff))
    drawn=$((number / 256 % $1))
}

# pick WORD...: $picked is one of them.
pick()
{
    draw $#
    shift "$drawn"
    picked=$1
}

# Waits for a moment, not longer than an undisturbed run takes.
at_random()
{
    draw "$hundredths"
    sleep "$((drawn / 100)).$((drawn / 10 % 10))$((drawn % 10))"
}

broken()
{
    echo "not ok - $mode: $1"
    echo "# the last run ended with status $status"
    sed 's/^/# stderr: /' "$err"
    [ ! -e "$tmp/err-2" ] || sed "s/^/# the other, status $second: /" \
        "$tmp/err-2"
    find "$tmp" -maxdepth 1 | sed 's/^/# /'
    echo "# again: SEED=$SEED TRIAL=$trial $srcdir/tests/chaos.sh 1 $mode"
    exit 1
}

# With as many threads as it happens, on which no result depends.
options()
{
    draw 4
    how="--output $results --quiet --threads $((drawn + 1))"
}

# program COMMAND [ARGUMENT]...: runs it, a minute at most. Its number is in
# $tmp/pid; what this shell says of signals is not in $err.
program()
{
    # shellcheck disable=SC2016
    timeout -k 1 60 sh -c 'echo $$ >"$0/pid"; exec "$@" 2>"$0/err"' "$tmp" \
        "$@" >"$out" 2>"$tmp/shell" </dev/null
}

# begin [ARGUMENT]...: starts it, with options as they happen.
begin()
{
    options
    rm -f "$tmp/pid"
    : >"$err"
    # shellcheck disable=SC2086
    program "$TRANSECT" run "$ini" $how "$@" &
    job=$!
    while [ ! -s "$tmp/pid" ]; do
        sleep 0.01
    done
}

# Counts a signal for the phase of the run in which it comes or came, which is
# told from what lies there: not to the moment while the program goes on.
in_phase()
{
    set -- "$tmp"/.results.partial-*/*
    if [ -e "$results" ]; then
        n_placed=$((n_placed + 1))
    elif [ ! -e "$tmp/.results.lock" ]; then
        n_planning=$((n_planning + 1))
    elif [ -e "$1" ]; then
        n_writing=$((n_writing + 1))
    elif [ -e "$checkpoint" ]; then
        n_later=$((n_later + 1))
    else
        n_first=$((n_first + 1))
    fi
}

# hit SIGNAL: sends it, if there still is a program.
hit()
{
    kill -0 "$(cat "$tmp/pid")" 2>/dev/null || return
    [ "$1" = KILL ] || in_phase
    kill -"$1" "$(cat "$tmp/pid")" 2>/dev/null && n_hits=$((n_hits + 1))
}

finish()
{
    wait "$job" 2>/dev/null
    status=$?
}

# injected FAULT SETTING [ARGUMENT]...: runs to its end with the fault of
# tests/preload/inject.c.
injected()
{
    fault=$1
    setting=$2
    shift 2
    options
    # shellcheck disable=SC2086
    program env LD_PRELOAD="$inject" INJECT="$fault" "$setting" \
        "$TRANSECT" run "$ini" $how "$@"
    status=$?
}

same()
{
    diff -r -x manifest.json -x report.html "$1" "$results" >"$tmp/diff" 2>&1
}

is_whole()
{
    same "$whole" && [ -s "$results/report.html" ] &&
        grep -q '"status": "ok"' "$results/manifest.json"
}

# one_line FILE: is it one message?
one_line()
{
    [ "$(wc -l <"$1")" -eq 1 ] && grep -q '^transect: ..' "$1"
}

says_failed()
{
    grep -q '"status": "failed"' "$results/manifest.json"
}

# A signal that comes when results are in place changes nothing there.
says_whole()
{
    grep -q ': is whole; interrupted by signal' "$err" && is_whole
}

clear()
{
    rm -rf "$results" "$checkpoint" "$tmp"/.results.* "$tmp/err-2"
}

# A killed run leaves a folder of a temporary name, and nothing at the place of
# results but whole ones.
was_killed()
{
    if [ "$status" -eq 137 ]; then
        n_kills=$((n_kills + 1))
        in_phase
    fi
    [ ! -e "$results" ] || is_whole || broken 'half of results'
    rm -rf "$tmp"/.results.*
}

# Goes on to the end.
resume()
{
    run run "$ini" --output "$results" --quiet --resume --threads 2
    [ "$status" -eq 0 ] || broken 'it does not go on'
    is_whole || broken 'other results when it goes on'
    nothing_left || broken 'a temporary file is left'
    [ ! -e "$checkpoint" ] || broken 'a checkpoint is left'
}

# What a run that ended by itself or in order must have left.
ended()
{
    nothing_left || broken 'a temporary file is left'
    if [ "$status" -eq 0 ]; then
        is_whole || broken 'other results'
        return
    fi
    one_line "$err" || broken 'not one message'
    [ ! -e "$results" ] || says_failed || says_whole ||
        broken 'half of results'
}

killed()
{
    begin
    for again in 1 2 3 4; do
        at_random
        hit KILL
        finish
        was_killed
        [ "$again" -lt 4 ] || break
        begin --resume
    done
    resume
}

# Between two calls that write.
killed_at()
{
    draw "$n_writes"
    injected "write:$((drawn + 1))" INJECT_SIGNAL=9
    [ "$status" -eq 0 ] || n_hits=$((n_hits + 1))
    was_killed
    resume
}

# A signal that asks to stop: its number is the status.
was_stopped()
{
    ended
    [ "$status" -ne 0 ] || return 0
    [ "$status" -eq $((128 + signal)) ] || broken "not the signal's status"
    if [ -e "$results" ]; then
        n_stood=$((n_stood + 1)) # ended() has looked at them
        return
    fi
    grep -q interrupted "$err" || broken 'the message is another'
    resume
}

stopped()
{
    begin
    pick 1 15 # SIGINT is ignored in the background
    signal=$picked
    at_random
    # Before it is ready for signals they end it, and it says nothing.
    hit "$signal"
    finish
    [ -s "$err" ] || [ "$status" -le 128 ] || { was_killed; return; }
    was_stopped
}

stopped_at()
{
    pick 1 2 15
    signal=$picked
    pick write file
    if [ "$picked" = write ]; then draw "$n_writes"; else draw "$n_files"; fi
    injected "$picked:$((drawn + 1))" "INJECT_SIGNAL=$signal"
    n_hits=1
    [ -s "$err" ] || [ "$status" -le 128 ] || { was_killed; return; }
    was_stopped
}

# From some call on nothing can be written.
full()
{
    draw "$n_writes"
    injected "write:$((drawn + 1))+" INJECT_SPARE=libfontconfig
    [ "$status" -lt 124 ] || broken 'a crash, or no end'
    # What cannot be printed at the end does no harm to results.
    [ "$status" -eq 0 ] || ! is_whole || status=0
    [ "$status" -eq 0 ] || n_hits=$((n_hits + 1))
    ended
    [ ! -e "$checkpoint" ] || { rm -rf "$results"; resume; }
}

# A small file system, where root may mount one.
full_disk()
{
    draw "$n_kilobytes"
    mkdir -p "$tmp/disk"
    options
    # shellcheck disable=SC2016,SC2086
    unshare --mount sh -c '
        mount -t tmpfs -o "size=$1k" tmpfs "$2/disk" || exit 99
        shift
        disk=$1/disk
        shift
        "$@" --output "$disk/results"
        status=$?
        rm -rf "$2/results"
        for file in "$disk"/.results.*; do
            [ ! -e "$file" ] || echo "left $file" >&2
        done
        [ ! -e "$disk/results" ] || cp -r "$disk/results" "$disk/.."
        exit $status
    ' sh $((drawn + 4)) "$tmp" "$TRANSECT" run "$ini" $how \
        >"$out" 2>"$err" </dev/null
    status=$?
    [ "$status" -ne 99 ] || { no_disk=yes; return; }
    [ "$status" -eq 0 ] || n_hits=$((n_hits + 1))
    [ "$status" -lt 124 ] || broken 'a crash, or no end'
    ended
}

# --force: at every moment there are whole results, the old or the new ones.
forced()
{
    cp -r "$old" "$results"
    draw "$n_writes"
    pick "INJECT_SIGNAL=9" "INJECT_SIGNAL=15" INJECT_SPARE=libfontconfig
    injected "write:$((drawn + 1))" "$picked" --force
    [ "$status" -eq 0 ] || n_hits=$((n_hits + 1))
    [ -e "$results" ] || broken 'there are no results'
    same "$old" || is_whole || broken 'neither the old results nor the new'
    [ "$status" -ne 0 ] || is_whole || broken 'not the new results'
    [ "$status" -gt 128 ] || nothing_left || broken 'a temporary file is left'
}

# Its file gets other weights, or is cut short: it is named, or was not read.
changed()
{
    rm -rf "$model"
    cp -r "$tmp/model-1" "$model"
    begin
    at_random
    pick overwritten overwritten cut
    if [ "$picked" = cut ]; then
        : >"$model/model.safetensors"
    else
        dd if="$tmp/model-2/model.safetensors" conv=notrunc \
            of="$model/model.safetensors" 2>/dev/null
    fi
    finish
    if [ "$status" -eq 0 ]; then
        is_whole || same "$old" || broken "numbers of a model that is $picked"
        nothing_left || broken 'a temporary file is left'
    else
        n_hits=$((n_hits + 1))
        ended
        [ "$status" -eq 4 ] || broken "the model is $picked"
        grep -q 'model\.safetensors' "$err" || broken 'the file is not named'
    fi
    rm -rf "$model"
    cp -r "$tmp/model-1" "$model"
}

# One of them wins.
twice()
{
    pick '' --force
    force=$picked
    # shellcheck disable=SC2086
    begin $force
    at_random
    options
    # shellcheck disable=SC2086
    timeout -k 1 60 "$TRANSECT" run "$ini" $how $force >"$tmp/out-2" \
        2>"$tmp/err-2" </dev/null
    second=$?
    finish
    is_whole || broken 'not the results of either'
    nothing_left || broken 'a temporary file is left'
    for file in "$err" "$tmp/err-2"; do
        [ ! -s "$file" ] || one_line "$file" || broken 'not one message'
    done
    case $status,$second in
    0,0) [ "$force" = --force ] || broken 'both have written results' ;;
    0,*) [ -s "$tmp/err-2" ] || broken 'a run is silent' ;;
    *,0) [ -s "$err" ] || broken 'a run is silent' ;;
    *) broken 'none has written results' ;;
    esac
    n_hits=$((n_hits + 1))
}

count()
{
    awk -v kind="$1" '$1 == kind { print $2 }' "$tmp/counts"
}

# How many hundredths of a second the program runs, at least 1.
duration()
{
    begin
    hundredths=1
    while kill -0 "$(cat "$tmp/pid")" 2>/dev/null; do
        sleep 0.01
        hundredths=$((hundredths + 1))
    done
    finish
}

# Four batches with a checkpoint between them, an isolated plugin, a sweep.
prepare()
{
    for seed in 1 2; do
        make_model "$tmp/model-$seed" --layers 4 --heads 4 --width 32 \
            --context 512 --vocab 50 --seed "$seed"
    done
    awk 'BEGIN { for (i = 0; i < 4096; i++) print (i * 37 + i % 11) % 50 }' \
        >"$tmp/ids"
    cat >"$ini" <<END
[model]
path = $model
[input]
ids_file = $tmp/ids
length = 512
[run]
checkpoint = 2
figures = baseline/perplexity
[plugin layerwise-stats]
[plugin perplexity]
isolation = process
[sweep head]
pruner.heads = each L0H* L1H*
END
    for seed in 2 1; do
        rm -rf "$model"
        cp -r "$tmp/model-$seed" "$model"
        run run "$ini" --output "$results" --quiet --threads 1
        [ "$status" -eq 0 ] || broken 'an undisturbed run failed'
        [ -e "$old" ] || mv "$results" "$old"
    done
    mv "$results" "$whole"
    duration
    is_whole || broken 'two undisturbed runs differ'
    clear
    LD_PRELOAD=$inject INJECT_COUNT=$tmp/counts "$TRANSECT" run "$ini" \
        --output "$results" --quiet >"$out" 2>"$err"
    [ -s "$tmp/counts" ] || skip_all 'nothing can be preloaded here'
    n_writes=$(count write)
    n_files=$(count file)
    n_kilobytes=$(($(du -sk "$results" | cut -f 1) + 100))
}

# The trials take turns; each has numbers of its own.
attempt()
{
    number=$((SEED + 7919 * trial))
    n_hits=0
    clear
    "$mode"
    eval "tried_$mode=\$((tried_$mode + 1)) hit_$mode=\$((hit_$mode + n_hits))"
    trial=$((trial + 1))
}

[ "$SANITIZER" = no ] || skip_all 'sanitizers have their own malloc()'
[ -e "$inject" ] || skip_all 'there is no shared object to preload'
mode=undisturbed
no_disk=no
prepare
for mode in $modes; do
    eval "tried_$mode=0 hit_$mode=0"
done
n_kills=0
n_planning=0
n_first=0
n_later=0
n_writing=0
n_placed=0
n_stood=0
echo "# SEED=$SEED; a run takes $hundredths/100 s, $n_writes calls that write"
end=$(($(date +%s) + minutes * 60))
while [ "$(date +%s)" -lt "$end" ] || [ "$trial" -eq "${TRIAL-0}" ]; do
    for mode in $modes; do
        attempt
    done
done
for mode in $modes; do
    eval "tried=\$tried_$mode hits=\$hit_$mode"
    if [ "$mode" = full_disk ] && [ "$no_disk" = yes ]; then
        skip "$mode" 'no file system can be mounted'
    else
        # shellcheck disable=SC2154
        ok "$mode: $hits hits in $tried trials" true
    fi
done
echo "# $n_kills kills; signals before the first batch: $n_planning, before a \
checkpoint: $n_first, behind one: $n_later, at output: $n_writing, with \
results in place: $n_placed; runs that told of a signal with whole results: \
$n_stood"
done_testing

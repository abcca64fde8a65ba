#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# mutate.sh [--fit] [NAME...] - would the tests see it? Puts each mutant of
# tests/mutate/mutants into the sources, or only those that are named, builds
# and runs tests until one of them fails: the unit suites that the mutant
# names, then all of them, then the command line tests that it names. By make
# mutate, in a copy of the sources, which it changes. --fit changes and builds
# nothing: it says which mutants do not fit any more.
#
# A mutant that does not fit its source any more, or does not compile, is an
# error: nothing is known of it then. The status is 0 if there is no error
# and no mutant survived but those that change no results.

: "${srcdir:?is not set: run this by make mutate}" "${top_builddir:?}"
MAKE=${MAKE:-make}
mutants=$srcdir/tests/mutate/mutants
unit=$top_builddir/tests/unit/unit
cd "$top_builddir" || exit 1
fit=
[ "$1" != --fit ] || { fit=1; shift; }
work=$top_builddir/mutate.tmp
original=$work/original log=$work/log
mutated= # the file that is not as it was
mkdir -p "$work" || exit 1

# The time of its change must be new: what was built of the mutant is newer
# than the file was.
restore()
{
    [ -z "$mutated" ] || cp "$original" "$srcdir/$mutated"
    mutated=
}
trap 'restore; rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

names()
{
    sed -n 's/^mutant //p' "$mutants"
}

# key NAME KEY: what the mutant says there, in one line
key()
{
    awk -v name="$1" -v key="$2" '
        $1 == "mutant" { inside = $2 == name }
        inside && $1 == key { sub(/^[^ ]+ */, ""); print }' "$mutants" |
        tr '\n' ' ' | sed 's/ *$//'
}

# apply NAME FILE: the file with the mutant in it, or why that cannot be.
# Lines are compared without the blanks before them.
apply()
{
    awk -v name="$1" '
        function bare(line) { sub(/^[ \t]+/, "", line); return line }
        function fail(why) { print why >"/dev/stderr"; failed = 1; exit 1 }
        function fits(at,   i) {
            for (i = 1; i <= n_old && old[i] == bare(source[at + i]); i++)
                ;
            return i > n_old
        }
        FNR == NR {
            if ($1 == "mutant")
                inside = $2 == name
            sign = substr($0, 1, 1)
            if (!inside || sign !~ /[-+ ]/)
                next
            hunk[++n_hunk] = $0
            if (sign != "+")
                old[++n_old] = bare(substr($0, 2))
            next
        }
        { source[++n] = $0 }
        END {
            if (failed)
                exit 1
            for (i = 0; i <= n - n_old && n_old; i++)
                if (fits(i)) {
                    place = i
                    times++
                }
            if (times != 1)
                fail(times ? "fits " times " places of" : "does not fit")
            for (i = 1; i <= place; i++)
                print source[i]
            for (j = 1; j <= n_hunk; j++) {
                sign = substr(hunk[j], 1, 1)
                if (sign == "+")
                    print substr(hunk[j], 2)
                else if (sign == " ")
                    print source[i]
                i += sign != "+"
            }
            for (; i <= n; i++)
                print source[i]
        }' "$mutants" "$2"
}

build()
{
    $MAKE --no-print-directory core/transect tests/unit/unit >"$log" 2>&1
}

# limited COMMAND...: true if it ends in time, and well. A mutant may go round
# for ever or take all memory, which is told by the time of each process, as
# others may keep the machine busy; or wait for ever.
limited()
{
    # shellcheck disable=SC3045
    (ulimit -t "${MUTATE_CPU_SECONDS:-120}" -v 33554432 # KiB
    exec timeout -k 10 "${MUTATE_SECONDS:-1800}" "$@") >"$log" 2>&1 \
        </dev/null
}

# passes COMMAND...: a program that says TAP; a plan that was not kept to is
# a failure as well.
passes()
{
    limited "$@" && ! grep -q '^not ok' "$log" &&
        awk '/^1\.\.[0-9]+/ { split($1, plan, "[.][.]"); planned = 1 }
            /^ok / { n++ }
            END { exit !(planned && n == plan[2] + 0) }' "$log"
}

# The first that failed, for the report.
failure()
{
    { grep '^not ok' "$log" || echo 'ended early'; } | head -n 1 |
        sed 's/^not ok [0-9]* - //'
}

units()
{
    # shellcheck disable=SC2086
    passes "$unit" $1
}

command_line()
{
    passes /bin/sh "$srcdir/tests/cli/$1.test"
}

# is_sound TEST: does it pass without a mutant? Found out once, if need be.
is_sound()
{
    [ -e "$work/$1.sound" ] || [ -e "$work/$1.unsound" ] || {
        cp "$log" "$work/$1.log"
        if TRANSECT=$work/transect command_line "$1"; then
            touch "$work/$1.sound"
        else
            touch "$work/$1.unsound"
        fi
        cp "$work/$1.log" "$log"
    }
    [ -e "$work/$1.sound" ]
}

# first_failure SUITES TESTS: says which test failed. The status is 1 if none
# did, and 2 if that test fails without a mutant as well.
first_failure()
{
    if [ -n "$1" ] && ! units "$1"; then
        echo "unit: $(failure)"
    elif ! units ''; then
        echo "unit, elsewhere: $(failure)"
    else
        for test in $2; do
            command_line "$test" || {
                echo "$test: $(failure)"
                is_sound "$test" || return 2
                return 0
            }
        done
        return 1
    fi
}

say()
{
    printf '%-9s %s%s\n' "$1" "$2" "${3:+  ($3)}"
}

error()
{
    say ERROR "$1" "$2"
    n_errors=$((n_errors + 1))
}

# make_mutant NAME FILE: $work/mutant, and $original, of the file
make_mutant()
{
    [ -f "$srcdir/$2" ] || {
        error "$1" "there is no file '$2'"
        return 1
    }
    [ "$mutated" = "$2" ] || {
        restore
        cp "$srcdir/$2" "$original" || exit 1
    }
    why=$(apply "$1" "$original" 2>&1 >"$work/mutant") || {
        error "$1" "${why:-no mutant of} $2"
        return 1
    }
}

# names_tests NAME: are there the tests that it names? One that is not there
# fails as well.
names_tests()
{
    for suite in $(key "$1" unit); do
        grep -q -x -F -e "$suite" "$work/suites" || {
            error "$1" "there is no unit suite '$suite'"
            return 1
        }
    done
    for test in $(key "$1" test); do
        [ -f "$srcdir/tests/cli/$test.test" ] || {
            error "$1" "there is no tests/cli/$test.test"
            return 1
        }
    done
}

try()
{
    file=$(key "$1" file)
    make_mutant "$1" "$file" || return
    [ -z "$fit" ] || return
    names_tests "$1" || return
    mutated=$file
    cp "$work/mutant" "$srcdir/$file" || exit 1
    build || {
        error "$1" "does not build: $(grep -m 1 'error' "$log")"
        return
    }
    why=$(first_failure "$(key "$1" unit)" "$(key "$1" test)")
    case $? in
    0)
        say killed "$1" "$why"
        n_killed=$((n_killed + 1)) ;;
    2)
        error "$1" "fails without a mutant as well: $why" ;;
    *)
        if [ "$(key "$1" changes)" = nothing ]; then
            say survived "$1" 'which changes no results'
            n_equal=$((n_equal + 1))
        else
            say SURVIVED "$1" "$(key "$1" why)"
            n_survived=$((n_survived + 1))
        fi ;;
    esac
}

# What fails by itself would kill every mutant.
check_sources()
{
    if ! build || ! units ''; then
        echo 'mutate.sh: the unit tests fail without a mutant' >&2
        cat "$log" >&2
        exit 1
    fi
    sed -n 's/^ok [0-9]* - \([^:]*\): .*/\1/p' "$log" | sort -u \
        >"$work/suites"
    cp core/transect "$work/transect"
}

all=$(names)
for name in "$@"; do
    echo "$all" | grep -q -x -e "$name" || {
        echo "mutate.sh: there is no mutant '$name'" >&2
        exit 2
    }
done
if [ -n "$(echo "$all" | sort | uniq -d)" ]; then
    echo 'mutate.sh: two mutants are called:' \
        "$(echo "$all" | sort | uniq -d)" >&2
    exit 2
fi
# shellcheck disable=SC2086
[ $# -gt 0 ] || set -- $all

# An earlier run may have been ended while one was in there.
[ -n "$fit" ] || {
    sed -n 's/^file //p' "$mutants" | sort -u | while read -r file; do
        [ ! -f "$srcdir/$file" ] || touch "$srcdir/$file"
    done
    check_sources
}
n_killed=0 n_survived=0 n_equal=0 n_errors=0
for name; do
    try "$name"
done
[ -n "$fit" ] || {
    echo "$# mutants: $n_killed killed, $n_survived survived," \
        "$n_equal survived and change no results, $n_errors errors"
}
[ $((n_survived + n_errors)) -eq 0 ]

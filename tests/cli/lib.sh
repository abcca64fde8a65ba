# shellcheck shell=sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# lib.sh - what the command line tests share: results as TAP, runs of the
# program, small models and experiments. A test sources this, calls the
# functions, and ends with done_testing.

: "${srcdir:?is not set: run the tests by make check}" "${top_builddir:?}"
: "${TRANSECT:?}" "${TRANSECT_TEST_PLUGINS:?}"

n_tests=0
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
model=$tmp/model
out=$tmp/out
err=$tmp/err
ini=$tmp/x.ini
results=$tmp/results

# ok NAME COMMAND...: a test that passes if the command does. What the last
# run of the program said explains a failure.
ok()
{
    n_tests=$((n_tests + 1))
    ok_name=$1
    shift
    if "$@"; then
        echo "ok $n_tests - $ok_name"
        return
    fi
    echo "not ok $n_tests - $ok_name"
    echo "# failed: $*"
    echo "# the last run ended with status ${status-none}"
    sed 's/^/# stdout: /' "$out" 2>/dev/null | head -n 30
    sed 's/^/# stderr: /' "$err" 2>/dev/null | head -n 60
}

# skip NAME REASON
skip()
{
    n_tests=$((n_tests + 1))
    echo "ok $n_tests - $1 # SKIP $2"
}

skip_all()
{
    echo "1..0 # SKIP $1"
    exit 0
}

done_testing()
{
    echo "1..$n_tests"
}

# run ARGUMENT...: the program; sets $status and fills $out and $err.
run()
{
    "$TRANSECT" "$@" >"$out" 2>"$err" </dev/null
    status=$?
    return $status
}

passed()
{
    [ "$status" -eq 0 ] && [ ! -s "$err" ]
}

# one_error STATUS PATTERN: what the last run left is that status, and one
# line that begins as all errors do and matches the extended pattern.
one_error()
{
    [ "$status" -eq "$1" ] &&
        [ "$(wc -l <"$err")" -eq 1 ] &&
        grep -q '^transect: ' "$err" &&
        grep -q -E -e "$2" "$err"
}

# refuses NAME STATUS PATTERN ARGUMENT...: the program ends in an error.
refuses()
{
    refuses_name=$1
    refuses_status=$2
    refuses_pattern=$3
    shift 3
    run "$@"
    ok "$refuses_name" one_error "$refuses_status" "$refuses_pattern"
}

says()
{
    grep -q -E -e "$1" "$out"
}

# make_model DIR [OPTION]...: random weights; see
# core/conformance/make-model.h.
make_model()
{
    "$top_builddir/tests/make-model" "$@" || exit 1
}

tiny_model()
{
    make_model "$model" --layers 2 --heads 2 --width 8 --context 16 \
        --vocab 50
}

# Writes an experiment of 2 samples of 4 tokens on the tiny model to $ini;
# standard input follows it from line 8 on.
experiment()
{
    cat >"$ini" <<END
[experiment]
name = x
[model]
path = $model
[input]
ids = 1 2 3 4 5 6 7 8
length = 4
END
    cat >>"$ini"
}

# fresh [ARGUMENT]...: runs $ini into $results, of which nothing is there.
# shellcheck disable=SC2120
fresh()
{
    rm -rf "$results"
    run run "$ini" --output "$results" "$@"
}

# fresh_refuses NAME STATUS PATTERN [ARGUMENT]...: the same, to an error.
fresh_refuses()
{
    rm -rf "$results"
    fresh_name=$1
    fresh_status=$2
    fresh_pattern=$3
    shift 3
    refuses "$fresh_name" "$fresh_status" "$fresh_pattern" \
        run "$ini" --output "$results" "$@"
}

# Does the manifest, with all white space taken out, have this text?
manifest_has()
{
    tr -d ' \n' <"$results/manifest.json" | grep -q -F -e "$1"
}

# What JSON says, in whatever lines its library put it: "PATH<TAB>VALUE" for
# each value.
json_paths()
{
    awk -f "$srcdir/tests/json-paths.awk" "$1"
}

# json_value FILE PATH: as in json_value x.json .files[0].bytes
json_value()
{
    json_paths "$1" | awk -F '\t' -v path="$2" '$1 == path { print $2 }'
}

# json_says PATH VALUE: has what the last run printed that value there?
json_says()
{
    [ "$(json_value "$out" "$1")" = "$2" ]
}

# How many values of the manifest match, as "PATH<TAB>VALUE"?
manifest_count()
{
    json_paths "$results/manifest.json" | grep -c -E -e "$1"
}

# error_text NAME: what the C library calls an error, as of ENOENT.
error_text()
{
    "$top_builddir/tests/error-text" "$1" || exit 1
}

header_is()
{
    [ "$(head -n 1 "$1")" = "$2" ]
}

# rows_are FILE N: so many, beside the header.
rows_are()
{
    [ "$(wc -l <"$1")" -eq $(($2 + 1)) ]
}

# same_numbers FILE FILE: tables that differ in the variant's name alone.
same_numbers()
{
    sed 's/,[^,]*$//' "$1" >"$tmp/numbers" &&
        sed 's/,[^,]*$//' "$2" | cmp -s "$tmp/numbers" -
}

# Nothing of a run under a temporary name is left beside $results.
nothing_left()
{
    for left in "$tmp"/.results.*; do
        [ ! -e "$left" ] || return 1
    done
}

# documented PLUGIN MANUAL: has the page the options that the plugin has?
documented()
{
    "$TRANSECT" plugins "$1" --json >"$tmp/options.json" || return 1
    json_paths "$tmp/options.json" |
        awk -f "$srcdir/tests/options-json.awk" | sort >"$tmp/declared"
    awk -f "$srcdir/tests/options-mdoc.awk" "$tmp/declared" "$2" |
        sort >"$tmp/documented"
    diff "$tmp/declared" "$tmp/documented" | sed 's/^/# /'
    cmp -s "$tmp/declared" "$tmp/documented"
}

#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# document.sh PYTHON LENS PART... - takes the numbers of docs/benchmarks.md and
# puts each table between its marks, with 1 thread and with all. PYTHON and
# LENS are the interpreters of peers.py, or empty. By `make bench-document`,
# with BENCH_FLAGS, PEERS_FLAGS and GRIDS_FLAGS in the environment, words with
# white space between them.

python=$1 lens=$2
shift 2
: "${srcdir:?}" "${top_builddir:?}"
document=$srcdir/docs/benchmarks.md
bench=$top_builddir/tests/bench/bench
table=$top_builddir/tests/bench/table
all=$(nproc)

# insert NAME: the table into the document, between <!-- NAME --> and
# <!-- end -->.
insert()
{
    grep -q "^<!-- $1 -->\$" "$document" || {
        echo "document.sh: $document: no place for $1" >&2
        exit 1
    }
    awk -v mark="<!-- $1 -->" -v table="$table" '
        $0 == "<!-- end -->" { inside = 0 }
        !inside { print }
        $0 == mark {
            inside = 1
            while ((getline line <table) > 0) print line
        }' "$document" >"$table.new" && cp "$table.new" "$document" ||
        exit 1
}

# take NAME THREADS COMMAND...: its output, and on which day under which load
take()
{
    name=$1 OPENBLAS_NUM_THREADS=$2
    export OPENBLAS_NUM_THREADS
    shift 2
    echo "$name" >&2
    load=$(cut -d ' ' -f 1 /proc/loadavg)
    { echo && "$@"; } >"$table" || exit 1
    [ "$name" = machine ] ||
        printf '\nTaken on %s; load before: %s.\n' "$(date -u +%F)" "$load" \
            >>"$table"
    echo >>"$table"
    insert "$name"
}

# peers NAME THREADS
peers()
{
    # shellcheck disable=SC2086
    take "$1" "$2" "$python" "$srcdir/tests/bench/peers.py" \
        --threads "$2" ${lens:+--lens "$lens"} ${PEERS_FLAGS:-}
}

# grids NAME THREADS
grids()
{
    # shellcheck disable=SC2086
    take "$1" "$2" "$python" "$srcdir/tests/bench/grids.py" \
        --threads "$2" ${GRIDS_FLAGS:-}
}

# both FUNCTION NAME [COMMAND...]: with 1 thread, and with all of them
both()
{
    function=$1 part=$2
    shift 2
    "$function" "$part-1" 1 "$@"
    [ "$all" = 1 ] || "$function" "$part-all" "$all" "$@"
}

# shellcheck disable=SC2086
for part; do
    case $part in
    machine) take machine "$all" "$bench" machine ;;
    start | panels | split) take "$part" 1 "$bench" "$part" ${BENCH_FLAGS:-} ;;
    pass | short | sweep)
        both take "$part" "$bench" "$part" ${BENCH_FLAGS:-} ;;
    peers) [ -z "$python" ] || both peers peers ;;
    grids) [ -z "$python" ] || grids grids "$all" ;;
    *) echo "document.sh: no part '$part'" >&2; exit 2 ;;
    esac
done
rm -f "$table" "$table.new"

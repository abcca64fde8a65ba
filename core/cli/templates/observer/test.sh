#!/bin/sh
# SPDX-FileCopyrightText: The authors of @NAME@
# SPDX-License-Identifier: MIT
#
# test.sh - runs @NAME@ on the model that comes with transect and compares
# its table with what must be there. $PLUGIN_DIR is where it was built.
set -eu

program=${TRANSECT:-transect}
here=$(cd "$(dirname "$0")" && pwd)
data=$(${PKG_CONFIG:-pkg-config} --variable=pkgdatadir transect)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

fail()
{
    echo "test.sh: $*" >&2
    exit 1
}

# table THRESHOLD: runs the example; its table without the header to $tmp/x.
table()
{
    "$program" run "$here/example.ini" --plugin-dir "${PLUGIN_DIR:-.}" \
        --output "$tmp/results" --force --quiet \
        --set "model.path=$data/models/demo" \
        --set "input.files=$data/data/sample.txt" \
        --set "plugin @NAME@.threshold=$1"
    tail -n +2 "$tmp/results/baseline/@NAME@/counts.csv" >"$tmp/x"
}

# 8 samples of 64 tokens: 512 rows a layer, each as wide as the model.
"$program" model "$data/models/demo" --json >"$tmp/model"
width=$(sed -n 's/.*"d_model": *\([0-9]*\).*/\1/p' "$tmp/model")
layers=$(sed -n 's/.*"n_layer": *\([0-9]*\).*/\1/p' "$tmp/model")
seen=$((512 * width))

# expect NUMBER SHARE: what every layer's row must say.
expect()
{
    layer=0
    while [ "$layer" -lt "$layers" ]; do
        echo "$layer,$seen,$1,$2,baseline"
        layer=$((layer + 1))
    done >"$tmp/expected"
    cmp -s "$tmp/expected" "$tmp/x" || {
        diff "$tmp/expected" "$tmp/x" >&2 || true
        fail "$3"
    }
}

table 0
expect "$seen" 1 'every magnitude is at least 0'
table 1e30
expect 0 0 'no magnitude is that large'
[ -s "$tmp/results/comparison/@NAME@/counts.csv" ] ||
    fail 'the variant is not compared with the baseline'
echo 'test.sh: all is well'

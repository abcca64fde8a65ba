#!/bin/sh
# SPDX-FileCopyrightText: The authors of @NAME@
# SPDX-License-Identifier: MIT
#
# test.sh - runs @NAME@ on the model that comes with transect and compares
# what it does with what it must do. $PLUGIN_DIR is where it was built.
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

# run [ARGUMENT]...: runs the example into $tmp/results.
run()
{
    "$program" run "$here/example.ini" --plugin-dir "${PLUGIN_DIR:-.}" \
        --output "$tmp/results" --force --quiet \
        --set "model.path=$data/models/demo" \
        --set "input.files=$data/data/sample.txt" "$@"
}

# same VARIANT VARIANT: but for their last column, which is the variant.
same()
{
    for variant; do
        sed 's/,[^,]*$//' \
            "$tmp/results/$variant/layerwise-stats/layers.csv" \
            >"$tmp/$variant.csv"
    done
    cmp -s "$tmp/$1.csv" "$tmp/$2.csv"
}

# An MLP times 0 is an MLP that was pruned, to the last digit.
run --set 'variant half.@NAME@.factor=0' --set 'variant off.pruner.mlps=*'
same half off || fail 'factor = 0 does not do what the pruner does'
if same half baseline; then
    fail 'factor = 0 changes nothing'
fi
if same half first-layer-off; then
    fail 'it edits other layers than it was told'
fi

# The host notices an edit that changes nothing, and fails the run.
if run --set 'variant half.@NAME@.factor=1' 2>"$tmp/errors"; then
    fail 'factor = 1 should change nothing'
fi
run || fail 'the example does not run'
echo 'test.sh: all is well'

#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# installcheck.sh - make installcheck: the installed program runs what is
# installed beside it, and a plugin that was made, built and installed with
# nothing else. Stops at the first thing that is wrong.
set -eu
: "${TRANSECT:?}" "${plugindir:?}" "${pkgdatadir:?}" "${mandir:?}"
: "${PKG_CONFIG_PATH:?}" "${completion:?}" "${CC:=cc}"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
XDG_DATA_HOME=$tmp/home
export XDG_DATA_HOME TRANSECT PKG_CONFIG_PATH
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL DESTDIR
umask 022

fail()
{
    echo "installcheck: $*" >&2
    [ ! -e "$tmp/log" ] || tail -n 40 "$tmp/log" >&2
    exit 1
}

# quietly WHAT COMMAND...: what it prints shows only if it fails.
quietly()
{
    echo "installcheck: $1"
    what=$1
    shift
    "$@" >"$tmp/log" 2>&1 </dev/null || fail "$what: failed"
}

quietly 'the program starts' "$TRANSECT" --version
quietly 'and finds plugins' "$TRANSECT" plugins
for file in "$plugindir"/*; do
    name=${file##*/}
    name=${name%.so}
    [ "$file" = "$plugindir/$name.so" ] || fail "$file is no plugin"
    grep -q "^$name " "$tmp/log" || fail "the plugin $name is not found"
    [ -s "$mandir/man7/transect-$name.7" ] ||
        fail "the plugin $name has no manual page in $mandir"
done
for page in man1/transect.1 man3/transect-plugin.3 \
    man5/transect.ini.5; do
    [ -s "$mandir/$page" ] || fail "$mandir/$page is missing"
done
[ -s "$completion" ] || fail "$completion is missing"
quietly 'the experiment quickstart.ini' "$TRANSECT" run \
    "$pkgdatadir/conf/quickstart.ini" --output "$tmp/quickstart"

cd "$tmp"
# kind NAME [OPTION]...: makes, builds, tests, installs and uses a plugin.
kind()
{
    name=$1
    quietly "new-plugin $*" "$TRANSECT" new-plugin "$@"
    for target in "$name.so" check install; do
        quietly "make $target" make -C "$name" CC="$CC" \
            TRANSECT="$TRANSECT" "$target"
    done
    quietly "an experiment with $name" "$TRANSECT" run "$name/example.ini" \
        --output "$tmp/$name-results" \
        --set "model.path=$pkgdatadir/models/demo" \
        --set "input.files=$pkgdatadir/data/sample.txt"
}

if command -v pkg-config >/dev/null; then
    kind counter
    [ -s "$tmp/counter-results/comparison/counter/counts.csv" ] ||
        fail 'the experiment left no table of the plugin'
    kind damper --edit
else
    echo 'installcheck: no plugin is built, because pkg-config was not found'
fi
echo 'installcheck: all is well'

#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# newcomer.sh TRANSECT.deb... - what somebody new meets: a bare Debian, on
# which the packages are installed, and a user who types the commands that the
# installed README has under "A plugin of your own", and no others. At the end
# there must be the table of a plugin of theirs.
#
# Needs root, debootstrap and the network, and so is no part of make check:
# make check-newcomer builds the package and runs this. $NEWCOMER_ROOT can name
# a folder to keep, in which a bare Debian is made once.
set -eu

suite=bookworm
heading='## A plugin of your own'
table=results/spikes-example/baseline/spikes/counts.csv
typing=200 # characters a minute, of somebody who is not in a hurry

fail()
{
    echo "newcomer: $*" >&2
    exit 1
}

[ $# -gt 0 ] || fail 'name the packages to install'
[ "$(id -u)" -eq 0 ] || fail 'only root can make another system'
command -v debootstrap >/dev/null || fail 'debootstrap was not found'
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

bare=${NEWCOMER_ROOT:-$work/bare}
[ -e "$bare/etc/debian_version" ] || {
    echo 'newcomer: making a bare Debian'
    debootstrap --variant=minbase $suite "$bare" >"$work/log" 2>&1 ||
        fail "$(tail "$work/log")"
}
root=$work/root
cp -a "$bare" "$root"
cp /etc/resolv.conf "$root/etc/"
mkdir "$root/packages"
cp "$@" "$root/packages/"

# The administrator's part.
start=$(date +%s)
cat >"$root/install" <<'SCRIPT'
set -e
apt-get update
cd /packages
apt install --yes ./transect*.deb
useradd --create-home --shell /bin/sh newcomer
SCRIPT
echo '# apt install ./transect*.deb'
DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$root" sh /install \
    >"$work/log" 2>&1 </dev/null || fail "$(tail -n 30 "$work/log")"
installed=$(($(date +%s) - start))

# The newcomer's: what the README of the package has, indented, there.
readme=$root/usr/share/doc/transect/README.md
{ zcat "$readme.gz" 2>/dev/null || cat "$readme"; } |
    awk -v heading="$heading" '
        /^## / { on = $0 == heading }
        on && sub(/^    /, "") { sub(/ +#.*/, ""); print }' \
    >"$root/home/newcomer/typed"
[ -s "$root/home/newcomer/typed" ] || fail "the README has no '$heading'"
cat >"$root/home/newcomer/session" <<'SCRIPT'
while IFS= read -r line <&3; do
    echo "$ $line"
    eval "$line" 3<&- </dev/null || exit 1
done 3<typed
SCRIPT
start=$(date +%s)
chroot "$root" su - newcomer -c 'sh session' 2>&1 ||
    fail 'a command of the README failed'
ran=$(($(date +%s) - start))
found=$root/home/newcomer/spikes/$table
[ "$(wc -l <"$found")" -gt 1 ] || fail "there is no table $table"

characters=$(wc -c <"$root/home/newcomer/typed")
echo "newcomer: installing took $installed s, the commands $ran s, and" \
    "typing their $characters characters takes" \
    "$((characters * 60 / typing)) s at $typing a minute"
[ $((ran + characters * 60 / typing)) -lt 600 ] ||
    fail 'that is more than ten minutes'

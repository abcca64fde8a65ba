#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# portable.sh [SUITE]... - make check-portable: what the README promises under
# "Start", on a bare Debian of each of the suites, bookworm and trixie unless
# others are named: ./quickstart, ./quickstart check, clang with
# --enable-werror, and a build without the calls that only some systems have.
# What is tested is the working tree's files that git knows, as they are now.
# Prints TAP; of tests that were skipped there it tells which
# and why, and takes one without a reason for a failure.
#
# Needs root, debootstrap, git and the network, takes an hour or two, and is
# no part of make check. In the environment:
#   PORTABLE_MIRROR  a Debian mirror; otherwise the first that apt has here
#   PORTABLE_ROOT    a folder to keep bare systems in, which are made once
#   PORTABLE_PARTS   of "start check clang posix" those to try; all by default

top=$(cd "$(dirname "$0")/.." && pwd) || exit 1
parts=${PORTABLE_PARTS-start check clang posix}
n=0

skip_all()
{
    echo "1..0 # SKIP $1"
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip_all 'only root can make another system'
for tool in debootstrap git unshare; do
    command -v $tool >/dev/null 2>&1 || skip_all "$tool was not found"
done
unshare --mount --pid --fork true 2>/dev/null ||
    skip_all 'no namespaces of mounts and processes are to be had'
git -C "$top" ls-files --error-unmatch quickstart >/dev/null 2>&1 ||
    skip_all 'this is no clone of the repository'

# The target's name is for apt, not for the shell.
# shellcheck disable=SC2016
mirror=${PORTABLE_MIRROR-$(apt-get indextargets \
    --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' \
    2>/dev/null | sed -n 's/^Debian Debian //p' | head -n 1)}
[ -n "$mirror" ] || skip_all 'apt has no Debian mirror, PORTABLE_MIRROR none'

work=$(mktemp -d) || exit 1
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM
log=$work/log

# result STATUS NAME: a failure shows what failed in it, and the end.
result()
{
    n=$((n + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n - $suite: $2"
        return
    fi
    echo "not ok $n - $suite: $2"
    { grep -E '^(FAIL|ERROR|XPASS): |error:|warning:' "$log"
      echo ...; tail -n 40 "$log"; } | sed 's/^/# /'
    return 1
}

skip()
{
    n=$((n + 1))
    echo "ok $n - $suite: $1 # SKIP $2"
}

# inside COMMAND: in the system at $root, for a shell; whatever it mounts or
# leaves running goes with it. Nothing of this environment but the proxy.
inside()
{
    # shellcheck disable=SC2016
    unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
        exec env -i HOME=/root DEBIAN_FRONTEND=noninteractive \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
            chroot "$1" sh -c "umask 022 && cd /root/transect && $2"' \
        sh "$root" "$1" >"$log" 2>&1 </dev/null
}

# Sets $root to a bare system with the sources.
make_system()
{
    bare=${PORTABLE_ROOT-$work}/$suite
    root=$work/system
    if [ ! -e "$bare/etc/debian_version" ]; then
        debootstrap --variant=minbase "$suite" "$bare" "$mirror" \
            >"$log" 2>&1 || return 1
    fi
    {
        rm -rf --one-file-system "$root" && cp -a "$bare" "$root" &&
            cp /etc/resolv.conf "$root/etc/" &&
            mkdir "$root/root/transect" &&
            git -C "$top" ls-files -z |
            tar -C "$top" --null -T - -c |
            tar -C "$root/root/transect" --no-same-owner -x
    } >"$log" 2>&1 && inside 'apt-get update'
}

# tested NAME STATUS: make check or all of quickstart's, which say how many.
tested()
{
    result "$2" "$1"
    # The numbers are automake's, of one run, or quickstart's, of three.
    grep -E '^# (TOTAL|PASS|SKIP|FAIL|ERROR):|^[0-9]+ passed, ' "$log" |
        tail -n 5 | sed 's/^#* */# /'
}

# What was skipped in any of the builds, with its reason, as automake has it:
# "TEST NUMBER - NAME # SKIP REASON", or "TEST - REASON" of a whole file.
skips()
{
    find "$root/root/transect" -name '*.log' ! -name test-suite.log -path \
        '*/tests/*' -exec sed -n 's/^SKIP: //p' {} + | sort | uniq -c
}

# say_skips: those, and whether each has a reason.
say_skips()
{
    skips >"$log"
    sed 's/^ */# skipped, in so many builds: /' "$log"
    ! grep -v -E '# SKIP +[^ ]| [^ ]+ - +[^ ]' "$log"
}

has_part()
{
    case " $parts " in
    *" $1 "*) ;;
    *) return 1 ;;
    esac
}

[ $# -gt 0 ] || set -- bookworm trixie
for suite; do
    make_system
    if ! result $? 'a bare system'; then
        continue
    fi
    if has_part start; then
        inside ./quickstart
        result $? './quickstart'
    fi
    if has_part check; then
        inside './quickstart check'
        tested './quickstart check' $?
    fi
    if has_part clang; then
        # shellcheck disable=SC2016
        inside '{ [ -x configure ] || ./quickstart; } &&
            apt-get install --yes --no-install-recommends clang \
                libcunit1-dev &&
            mkdir build-clang && cd build-clang &&
            ../configure --enable-werror CC=clang &&
            make -j$(nproc) && make -j$(nproc) check TESTS='
        if result $? 'clang builds it without a warning'; then
            # shellcheck disable=SC2016
            inside 'make -C build-clang -j$(nproc) check VERBOSE=1'
            tested 'what clang built passes its tests' $?
        else
            skip 'what clang built passes its tests' 'it built nothing'
        fi
    fi
    if has_part posix; then
        # shellcheck disable=SC2016
        inside '{ [ -x configure ] || ./quickstart; } &&
            apt-get install --yes --no-install-recommends libcunit1-dev &&
            mkdir build-posix && cd build-posix &&
            ../configure --enable-werror --disable-beyond-posix &&
            make -j$(nproc) && make -j$(nproc) check VERBOSE=1'
        tested 'without what only some systems have it passes its tests' $?
    fi
    if has_part check || has_part clang; then
        say_skips
        result $? 'what is skipped says why'
    fi
done
echo "1..$n"

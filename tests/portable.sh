#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# portable.sh [SYSTEM]... - make check-portable: what the README promises under
# "Start", on bare Debians of the releases bookworm and trixie: ./quickstart,
# ./quickstart check, clang with --enable-werror, and a build without the calls
# that only some systems have. And aarch64: bookworm's compiler for it, whose
# programs qemu runs; and what configure says of machines that it refuses.
# What is tested is the working tree's files that git knows, as they are now.
# Prints TAP; of tests that were skipped there it tells which and why, and
# takes one without a reason for a failure.
#
# Needs root, debootstrap, git and the network, takes an hour or two, and is
# no part of make check. In the environment:
#   PORTABLE_MIRROR  a Debian mirror; otherwise the first that apt has here
#   PORTABLE_ROOT    a folder to keep bare systems in, which are made once
#   PORTABLE_PARTS   of "start check clang posix" those to try on a release;
#                    all by default

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

# enter PREPARATION COMMAND [OPTION]...: the command in the system at $root,
# the preparation before that; both for a shell, the options for unshare.
# Whatever they mount or leave running goes with it. Nothing of this
# environment but the proxy.
enter()
{
    preparation=$1
    command=$2
    shift 2
    # shellcheck disable=SC2016
    unshare "$@" --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" &&
        eval "$2" &&
        exec env -i HOME=/root DEBIAN_FRONTEND=noninteractive \
            PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            http_proxy="${http_proxy-}" https_proxy="${https_proxy-}" \
            chroot "$1" sh -c "umask 022 && cd /root/transect && $3"' \
        sh "$root" "$preparation" "$command" >"$log" 2>&1 </dev/null
}

inside()
{
    enter : "$1"
}

# emulated COMMAND: the same, where qemu runs what was compiled for aarch64.
# Since Linux 6.7 each user namespace has its own list of foreign programs;
# before, that of the machine has to know them.
emulated()
{
    # The first 20 bytes of an ELF file of 64 bits, little-endian, of type 2 or
    # 3, for machine 0xb7. It is the kernel that reads the escapes.
    # shellcheck disable=SC2016
    enter 'magic="\x7fELF\x02\x01" mask="\xff\xff\xff\xff\xff\xff"
        for i in 6 7 8 9 10 11 12 13 14 15; do
            magic="$magic\x00" mask="$mask\x00"
        done
        magic="$magic\x02\x00\xb7\x00" mask="$mask\xfe\xff\xff\xff"
        mount -t binfmt_misc none /proc/sys/fs/binfmt_misc &&
        printf %s ":aarch64:M::$magic:$mask:$1/usr/bin/qemu-aarch64-static:F" \
            >/proc/sys/fs/binfmt_misc/register || :' \
        "$1" --user --map-root-user
}

# make_system RELEASE: sets $root to a bare system with the sources.
make_system()
{
    bare=${PORTABLE_ROOT-$work}/$1
    root=$work/system
    if [ ! -e "$bare/etc/debian_version" ]; then
        debootstrap --variant=minbase "$1" "$bare" "$mirror" \
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
    # The numbers are automake's, of one run, or quickstart's, of all its.
    grep -E '^# (TOTAL|PASS|SKIP|FAIL|ERROR):|^[0-9]+ passed, ' "$log" |
        tail -n 5 | sed 's/^#* */# /'
}

# What was skipped in any of the builds, with its reason, as automake has it:
# "TEST NUMBER - NAME # SKIP REASON", or "TEST - REASON" of a whole file. Of
# the distribution's build, which is removed, there is what make printed.
skips()
{
    find "$root/root/transect" -name '*.log' ! -name test-suite.log '(' \
        -path '*/tests/*' -o -name distcheck.log ')' \
        -exec sed -n 's/^SKIP: \(.* - \)/\1/p' {} + | sort | uniq -c
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

try_clang()
{
    # shellcheck disable=SC2016
    inside '{ [ -x configure ] || ./quickstart; } &&
        apt-get install --yes --no-install-recommends clang libcunit1-dev &&
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
}

try_posix()
{
    # shellcheck disable=SC2016
    inside '{ [ -x configure ] || ./quickstart; } &&
        apt-get install --yes --no-install-recommends libcunit1-dev &&
        mkdir build-posix && cd build-posix &&
        ../configure --enable-werror --disable-beyond-posix &&
        make -j$(nproc) && make -j$(nproc) check VERBOSE=1'
    tested 'without what only some systems have it passes its tests' $?
}

try_release()
{
    if has_part start; then
        inside ./quickstart
        result $? './quickstart'
    fi
    if has_part check; then
        inside './quickstart check'
        tested './quickstart check' $?
    fi
    ! has_part clang || try_clang
    ! has_part posix || try_posix
    if has_part check || has_part clang; then
        say_skips
        result $? 'what is skipped says why'
    fi
}

# refused HOST PATTERN: configure refuses what gcc-HOST compiles for, with that
# sentence.
refused()
{
    inside "mkdir build-$1 && cd build-$1 && ../configure --host=$1"
    status=$?
    [ "$status" -ne 0 ] && grep -q -e "^configure: error: .*$2" "$log"
    result $? "configure refuses $1"
}

# What does not depend on how a process ends or on limits of memory, which are
# qemu's here.
quick_tests='tests/unit/unit tests/cli/edits.test \
tests/cli/families.test tests/cli/forks.test tests/cli/gguf.test \
tests/cli/neutral.test tests/cli/survey.test tests/cli/sweeps.test'

try_aarch64()
{
    inside 'dpkg --add-architecture arm64 && apt-get update &&
        apt-get install --yes --no-install-recommends autoconf automake gcc \
            gcc-aarch64-linux-gnu gcc-i686-linux-gnu gcc-s390x-linux-gnu \
            libc6-dev libc6-dev:arm64 libcairo2-dev:arm64 \
            libcunit1-dev:arm64 libinih-dev:arm64 libjansson-dev:arm64 \
            libopenblas-pthread-dev:arm64 libpcre2-dev:arm64 \
            libpng-dev:arm64 libtool libutf8proc-dev:arm64 make \
            nettle-dev:arm64 pkg-config qemu-user-static && autoreconf -fi'
    result $? 'a compiler for it' || return
    refused i686-linux-gnu 'addresses of 64 bits'
    refused s390x-linux-gnu 'little-endian'
    # shellcheck disable=SC2016
    inside 'mkdir build-aarch64 && cd build-aarch64 &&
        ../configure --host=aarch64-linux-gnu --enable-werror \
            PKG_CONFIG=aarch64-linux-gnu-pkg-config &&
        make -j$(nproc) && make -j$(nproc) check TESTS='
    result $? 'it is built without a warning' || return
    if ! emulated 'build-aarch64/core/transect --version'; then
        skip 'it passes its tests' 'qemu cannot be made to run programs here'
        return
    fi
    emulated 'cd build-aarch64 && ./run transect run ../conf/quickstart.ini \
        --output /tmp/quickstart'
    result $? 'conf/quickstart.ini'
    emulated "make -C build-aarch64 check VERBOSE=1 TESTS='$quick_tests'"
    tested 'it passes its tests' $?
}

[ $# -gt 0 ] || set -- bookworm trixie aarch64
for suite; do
    case $suite in
    aarch64) make_system bookworm ;;
    *) make_system "$suite" ;;
    esac
    result $? 'a bare system' || continue
    case $suite in
    aarch64) try_aarch64 ;;
    *) try_release ;;
    esac
done
echo "1..$n"

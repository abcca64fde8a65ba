#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# lint.sh - rules that compilers do not check, on the sources and on the
# plugins that were built. Each function prints what breaks its rule, or one
# line "SKIP: reason".

root=$(cd "${top_srcdir:-.}" && pwd) || exit 1
build=$(cd "${top_builddir:-.}" && pwd) || exit 1
header=$root/include/transect/plugin.h
tab=$(printf '\t')
n=0

# rule NAME FUNCTION
rule()
{
    n=$((n + 1))
    found=$(cd "$root" && "$2" 2>&1)
    case $found in
    '')
        echo "ok $n - $1" ;;
    'SKIP: '*)
        echo "ok $n - $1 # SKIP ${found#SKIP: }" ;;
    *)
        echo "not ok $n - $1"
        printf '%s\n' "$found" | sed 's/^/# /' ;;
    esac
}

have()
{
    command -v "$1" >/dev/null 2>&1 || {
        echo "SKIP: $1 was not found"
        return 1
    }
}

c_files()
{
    # A build in the source tree leaves files that were made there.
    find core plugins include tests -name '*.[ch]' \
        ! -name report-assets.c ! -name template-files.c
}

shell_files()
{
    find quickstart run.in .ci/run conf/gpt2/compare core/cli/completion \
        core/cli/templates tests plugins \
        \( -name '*.sh' -o -name compare -o -name '*.test' -o -name 'run*' \
           -o -name quickstart -o -name '*.bash' \) -type f \
        ! -name '*.log' ! -name '*.trs'
}

long_lines()
{
    { c_files; shell_files; } | while read -r file; do
        grep -n '.\{80\}' "$file" | sed "s|^\([0-9]*\):.*|$file:\1: \
longer than 79 columns|"
    done
}

white_space()
{
    { c_files; shell_files; } | while read -r file; do
        grep -n -e '[[:blank:]]$' -e "$tab" "$file" |
            sed "s|^\([0-9]*\):.*|$file:\1: a tab, or a blank at the end|"
    done
}

spdx_headers()
{
    c_files | while read -r file; do
        head -n 2 "$file" | tr '\n' ' ' | grep -q \
            'SPDX-FileCopyrightText: .*SPDX-License-Identifier: MIT' ||
            echo "$file: no SPDX header in its first two lines"
    done
}

# /* NAME.c - purpose */, in the third line or, of a long comment, the fourth.
purpose()
{
    c_files | grep -v -e /abi/ -e /templates/ | while read -r file; do
        sed -n '3,4p' "$file" | grep -q -e "[ /]${file##*/} - " ||
            echo "$file: its first comment is not '${file##*/} - PURPOSE'"
    done
}

file_length()
{
    c_files | grep -v /abi/ | xargs wc -l | awk '$2 != "total" &&
        $1 > 500 { print $2 ": " $1 " lines, more than 500" }'
}

core_files()
{
    find core -name "$1" ! -path '*/templates/*' ! -name report-assets.c \
        ! -name template-files.c
}

layers()
{
    core_files '*.[ch]' | sort | xargs awk -f tests/lint/layers.awk
}

names()
{
    core_files '*.h' | sort | xargs awk -f tests/lint/names.awk
}

beyond_posix()
{
    c_files | grep -v -e ^tests/bench/ -e fuzz | sort |
        xargs awk -f tests/lint/portable.awk configure.ac m4/transect*.m4
}

header_guards()
{
    core_files '*.h' | while read -r file; do
        guard=$(echo "$file" | tr 'a-z/.-' 'A-Z___')
        grep -q -x "#ifndef $guard" "$file" ||
            echo "$file: its guard is not $guard"
    done
}

internal_headers()
{
    for header in $(core_files '*-internal.h'); do
        folder=${header%/*}
        grep -r -l -F "#include \"${header#core/}\"" core |
            grep -v "^$folder/" |
            sed "s|\$|: includes ${header#core/} of another folder|"
    done
}

# A page, a list of sources that is whole, and not too many of them.
folders()
{
    for folder in core/*/; do
        for file in README.md local.mk; do
            [ -s "$folder$file" ] || echo "$folder$file: not there, or empty"
        done
        grep -q -F "${folder}README.md" "${folder}local.mk" ||
            echo "${folder}local.mk: README.md is not in EXTRA_DIST"
        n_sources=$(core_files '*.[ch]' | grep -c "^$folder")
        [ "$n_sources" -le 40 ] ||
            echo "$folder: $n_sources sources, more than 40"
    done
    for file in $(core_files '*.[ch]'); do
        grep -q -F -e "$file" core/local.mk "${file%/*}/local.mk" ||
            echo "$file: not in ${file%/*}/local.mk"
    done
}

# C files that pages for developers name, as `forward.c`, `base/mem.h` or
# `core/base/mem.h`, exist; patterns and names in capitals are not looked up.
named_files()
{
    for page in ARCHITECTURE.md CONTRIBUTING.md SECURITY.md core/README.md \
        core/*/README.md docs/adding-a-family.md; do
        # shellcheck disable=SC2016
        grep -o '`[a-z0-9_/.-]*\.[ch]`' "$page" | tr -d '`' | sort -u |
            while read -r name; do
                for file in "$name" "${page%/*}/$name" "core/$name" \
                    core/*/"$name" tests/*/"$name" plugins/*/"$name" \
                    include/transect/"$name" include/"$name"; do
                    [ ! -e "$file" ] || continue 2
                done
                echo "$page: there is no $name"
            done
    done
}

header_size()
{
    lines=$(wc -l <"$header")
    [ "$lines" -lt 300 ] || echo "$header: $lines lines, not below 300"
}

header_alone()
{
    for file in "$root"/include/transect/*.h \
        "$root"/include/transect/kit/*.h; do
        for std in c99 c11; do
            ${CC:-cc} -std=$std -pedantic-errors -Wall -Wextra -Werror \
                -I"$root/include" -fsyntax-only -x c "$file" ||
                echo "$file: does not compile alone as $std"
        done
    done
}

header_cxx()
{
    have g++ || return 0
    for file in "$root"/include/transect/*.h \
        "$root"/include/transect/kit/*.h; do
        g++ -std=c++17 -pedantic-errors -Wall -Wextra -Werror \
            -I"$root/include" -fsyntax-only -x c++ "$file" ||
            echo "$file: does not compile as C++17"
    done
}

shell_syntax()
{
    shell_files | while read -r file; do
        case $(head -n 1 "$file") in
        *bash) have bash >/dev/null && bash -n "$file" ;;
        *) sh -n "$file" ;;
        esac
    done
}

shell_check()
{
    have shellcheck || return 0
    # shellcheck disable=SC2046
    shellcheck -x $(shell_files)
}

manuals()
{
    have mandoc || return 0
    mandoc -Tlint -Wwarning man/*.[135] plugins/*/*.7
    for file in core/cli/templates/*/*.7; do
        sed 's/@DATE@/January 1, 2026/' "$file" | mandoc -Tlint -Wwarning |
            sed "s|^|$file: |"
    done
}

# A test that no list names is never run.
listed_tests()
{
    find tests plugins -name '*.test' | while read -r file; do
        grep -q -F -e "$file" tests/local.mk plugins/*/local.mk ||
            echo "$file: is in no list of tests"
    done
}

# What transect-plugin(3) has to describe: the functions of all tables, and
# the other members of the host's and the descriptor.
abi_functions()
{
    sed -n '/^typedef/!s/.*(\*\([a-z_]*\))(.*/\1/p' include/transect/*.h
    sed -n 's/^typedef .*(\*transect_\([a-z_]*\)_fn).*/on_\1/p' "$header"
}

abi_members()
{
    sed -n '/^struct transect_\(host\|plugin\) {/,/^}/{
        s/[[:blank:]]*\/\*.*//
        /(/d
        s/^    .*[ *]\([a-z_, *]*\);$/&/p
    }' "$header" | tr -d '*;' | sed 's/^ *//; s/^const //; s/^struct //
        s/^[a-z_0-9]* //' | tr -d ' ' | tr ',' '\n'
}

plugin_manual()
{
    page=man/transect-plugin.3
    for name in $(abi_functions | sort -u); do
        grep -q "^\.It Ft .* Fn $name \"\|^\.Fn $name \"" $page ||
            echo "$page: the function $name is not described"
    done
    for name in $(abi_members | sort -u); do
        grep -q "Fa.* $name\( \|\$\)" $page ||
            echo "$page: the member $name is not described"
    done
    for file in include/transect/*.h include/transect/kit/*.h; do
        grep -q -x -e "\.In ${file#include/}" $page ||
            echo "$page: does not mention ${file##*/}"
    done
}

# The example in the page is a plugin as it stands.
manual_example()
{
    sed -n '/^#include <transect.kit.arrays/,/^\.Ed/p' \
        man/transect-plugin.3 |
        sed -e '$d' -e 's/\\&//g' -e 's/\\e/\\/g' |
        ${CC:-cc} -std=c11 -pedantic-errors -Wall -Wextra -Werror \
            -I"$root/include" -fsyntax-only -x c - ||
        echo 'man/transect-plugin.3: its example does not compile'
}

not_instrumented()
{
    [ "${SANITIZER:-no}${COVERAGE:-no}" = nono ] || {
        echo 'SKIP: sanitizers and counters add symbols and data'
        return 1
    }
}

# Each plugin NAME that comes with transect and was built.
plugins()
{
    for file in "$build"/plugins/.libs/*.so; do
        [ -e "$file" ] || { echo "no plugins in $build/plugins/.libs" >&2; }
        name=${file##*/}
        echo "${name%.so}"
    done
}

one_symbol()
{
    have nm || return 0
    for name in $(plugins); do
        symbols=$(nm -D --defined-only "$build/plugins/.libs/$name.so" |
            awk '{ print $NF }' | tr '\n' ' ')
        [ "$symbols" = 'transect_plugin_describe ' ] ||
            echo "$name exports: $symbols"
    done
}

# Instances share the file: state of one would be state of all. Constant
# tables of pointers (.data.rel.ro) are written by the dynamic linker only.
static_data()
{
    have size && not_instrumented || return 0
    for object in "$build"/plugins/*/.libs/*.o; do
        size -A "$object" | awk -v object="${object##*/}" '
            $1 ~ /^\.(data|bss|tdata|tbss)/ && $1 !~ /^\.data\.rel\.ro/ &&
            $2 > 0 { print object ": " $2 " bytes in " $1 }'
    done
}

needed_libraries()
{
    have readelf && not_instrumented || return 0
    for name in $(plugins); do
        readelf -d "$build/plugins/.libs/$name.so" |
            sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
            grep -v -e '^libc\.' -e '^libm\.' | sed "s/^/$name needs /"
    done
}

# With glibc every symbol of libc and libm has a version.
foreign_symbols()
{
    have nm && not_instrumented || return 0
    for name in $(plugins); do
        nm -D --undefined-only "$build/plugins/.libs/$name.so" |
            awk -v name="$name" '$1 == "U" && $2 !~ /@+GLIBC_/ {
                print name " is left with the undefined symbol " $2 }'
    done
}

raw_prints()
{
    core_files '*.c' | sort | xargs awk -f tests/lint/prints.awk
}

# A plugin's way out is the host: tables, files, findings, fail(). Streams in
# memory may serve to build a text. What an option names that is a path, the
# plugin itself reads.
forbidden_calls()
{
    have nm && not_instrumented || return 0
    for name in $(plugins); do
        reads='^$'
        ! grep -q TRANSECT_PATH "plugins/$name/"*.c || reads='fopen(64)?'
        nm -D --undefined-only "$build/plugins/.libs/$name.so" |
            awk '{ sub(/@.*/, "", $2); print $2 }' |
            grep -x -E -e 'stdout|stderr|(__)?v?printf(_chk)?|v?dprintf' \
                -e '(puts|putchar)(_unlocked)?|perror|write' \
                -e '(f|fd|fre)?open(64|at|at64)?|creat(64)?' \
                -e '_?exit|_Exit|quick_exit|abort|__assert_fail' \
                -e 'setlocale|uselocale|dlopen' |
            grep -v -x -E -e "$reads" |
            sed "s/^/$name uses /"
    done
}

rule 'lines have at most 79 columns' long_lines
rule 'no tabs, no blanks at the end of lines' white_space
rule 'C files begin with an SPDX header' spdx_headers
rule 'C files begin with their name and purpose' purpose
rule 'C files have at most 500 lines' file_length
rule 'folders of core include what they may, without cycles' layers
rule "functions begin with their header's stem" names
rule 'what only some systems have is asked for' beyond_posix
rule 'header guards are CORE_FOLDER_NAME_H' header_guards
rule 'internal headers stay in their folder' internal_headers
rule 'folders of core have a page and list their sources' folders
rule 'C files that pages name exist' named_files
rule 'the plugin header has less than 300 lines' header_size
rule 'the public headers compile alone as C99 and C11' header_alone
rule 'the public headers compile alone as C++17' header_cxx
rule 'texts of others are printed by text_printf()' raw_prints
rule 'shell scripts parse' shell_syntax
rule 'shellcheck has nothing to say' shell_check
rule 'all tests are in a list' listed_tests
rule 'manual pages are well-formed' manuals
rule 'transect-plugin(3) describes the whole ABI' plugin_manual
rule 'the example in transect-plugin(3) compiles' manual_example
rule 'plugins export one symbol' one_symbol
rule 'plugins have no writable static data' static_data
rule 'plugins need no libraries but libc and libm' needed_libraries
rule 'plugins leave no symbols to others than libc and libm' foreign_symbols
rule 'plugins do not print, open files, exit or set a locale' forbidden_calls
echo "1..$n"

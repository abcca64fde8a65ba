#!/bin/sh
# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# coverage.sh [DOCUMENT] - which lines and branches of core and plugins ran
# since the counts were removed: a table by folder, and one of the files that
# are below LINES or BRANCHES percent. Both also go between the marks of the
# document. By make coverage, in the folder of a build with --enable-coverage.
# coverage.errors is what processes had to say that could not save theirs.

: "${srcdir:?}" "${GCOV:?}"
document=$1
table=coverage.tmp
trap 'rm -f "$table" "$table.new"' EXIT

# One object after the other: what several of them have of one file (inline
# functions, plugins' files in the unit tests) is put together by count().
annotated()
{
    find core plugins -name '*.gcno' | sort | while read -r notes; do
        "$GCOV" --stdout --branch-probabilities --branch-counts "$notes" \
            2>/dev/null || {
            echo "coverage.sh: $GCOV cannot read $notes" >&2
            exit 1
        }
    done
}

# FILE LINES RUN BRANCHES TAKEN, a line for each file. A line or branch counts
# once, however many objects, clones and copies of its function there are, and
# it ran if one of them did.
count()
{
    awk -F : -v top="$srcdir/" '
        function finish(key,   part) {
            for (key in line) {
                split(key, part, SUBSEP)
                n_line[part[1]]++
                n_run[part[1]] += line[key]
            }
            for (key in branch) {
                split(key, part, SUBSEP)
                n_branch[part[1]]++
                n_taken[part[1]] += branch[key]
            }
            for (key in n_line)
                print key, n_line[key], n_run[key], n_branch[key] + 0,
                    n_taken[key] + 0
        }
        /^ *-: *0:Source:/ {
            file = $4
            if (index(file, top) == 1)
                file = substr(file, length(top) + 1)
            # What the build made has no part in it, nor have the tests.
            wanted = file ~ /^(core|plugins)\// && file !~ /\/test-[^\/]*$/
            at = 0
            next
        }
        !wanted { next }
        /^branch / {
            # Of calls that may throw; C has none of its own.
            if ($0 ~ /\(throw\)/)
                next
            split($0, word, " ")
            if (word[3] == "taken" && word[4] + 0 > 0)
                branch[file, at, word[2]] = 1
            else
                branch[file, at, word[2]] += 0
            next
        }
        /^ *([0-9]+\*?|#####|=====): *[0-9]+:/ {
            at = $2 + 0
            if ($1 + 0 > 0)
                line[file, at] = 1
            else
                line[file, at] += 0
        }
        END { finish() }'
}

# tables: of what count() says
tables()
{
    sort | awk -v lines="${LINES_PERCENT:-95}" \
        -v branches="${BRANCHES_PERCENT:-88}" '
        function percent(part, all) {
            # Never 100.0 for less than all of them.
            if (!all)
                return "–"
            return sprintf("%.1f", int(part / all * 1000) / 10)
        }
        function row(name, n) {
            printf "| %s | %d | %s | %d | %s |\n", name, n[1],
                percent(n[2], n[1]), n[3], percent(n[4], n[3])
        }
        function head(what) {
            print "\n| " what " | lines | run, % | branches | taken, % |"
            print "|---|--:|--:|--:|--:|"
        }
        {
            split($1, part, "/")
            name = part[1] == "core" ? part[1] "/" part[2] : "plugins"
            if (name != last)
                folder[++n_folders] = last = name
            low = $3 < $2 * lines / 100 || $5 < $4 * branches / 100
            if (low)
                file[++n_files] = $1
            for (i = 1; i <= 4; i++) {
                sum[name, i] += $(i + 1)
                core[i] += part[1] == "core" ? $(i + 1) : 0
                own[$1, i] = $(i + 1)
            }
        }
        END {
            head("folder")
            for (f = 1; f <= n_folders; f++) {
                for (i = 1; i <= 4; i++)
                    n[i] = sum[folder[f], i]
                if (folder[f] == "plugins")
                    row("**core**", core)
                row(folder[f], n)
            }
            print "\nFiles with less than " lines " % of lines or " \
                branches " % of branches:"
            head("file")
            for (f = 1; f <= n_files; f++) {
                for (i = 1; i <= 4; i++)
                    n[i] = own[file[f], i]
                row(file[f], n)
            }
            print ""
        }'
}

[ ! -s coverage.errors ] || {
    sort coverage.errors | uniq -c | head -n 20 >&2
    echo 'coverage.sh: counts were lost, see coverage.errors' >&2
    exit 1
}
annotated | count | tables >"$table" || exit 1
cat "$table"
[ -z "$document" ] || {
    awk -v table="$table" '
        $0 == "<!-- end -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- coverage -->" {
            inside = 1
            while ((getline line <table) > 0) print line
        }' "$document" >"$table.new" && cp "$table.new" "$document"
}

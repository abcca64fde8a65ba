# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# layers.awk - which folder of core/ may include which, for all sources of
# core/, which are its arguments. Prints what breaks the table, and folders
# that include each other in a circle. core/README.md explains the order.

BEGIN {
    may["base"] = ""
    may["sandbox"] = "base"
    may["tensor"] = "base sandbox"
    may["format"] = "base tensor"
    may["regex"] = "base"
    may["tokenizer"] = "base format regex"
    may["model"] = "base tensor format"
    may["hooks"] = "base sandbox tensor model"
    may["executor"] = "base sandbox tensor model hooks"
    may["figure"] = may["results"] = may["experiment"] = "base"
    may["plugin"] = "base sandbox tensor tokenizer model hooks figure" \
        " results experiment"
    may["plan"] = "base tensor format tokenizer model hooks executor" \
        " figure results experiment plugin"
    may["run"] = "base sandbox tensor model hooks executor figure" \
        " results experiment plugin plan"
    may["report"] = "base sandbox tensor model hooks figure results" \
        " experiment plugin plan run"
    may["conformance"] = may["report"] " executor"
    may["cli"] = may["conformance"] " format tokenizer report conformance"
}

FNR == 1 {
    split(FILENAME, part, "/")
    from = part[2]
    if (!(from in may))
        print FILENAME ": layers.awk does not know the folder " from
}

/^#include "/ {
    to = $2
    sub(/^"/, "", to)
    if (to !~ /\//) {
        print FILENAME ":" FNR ": name the folder of " to
        next
    }
    sub(/\/.*/, "", to)
    if (to == from)
        next
    includes[from, to] = FILENAME ":" FNR
    if (index(" " may[from] " ", " " to " ") == 0)
        print FILENAME ":" FNR ": " from " may not include " to
}

# Takes away folders that include no other one, or that no other one includes,
# of those that are left; what cannot be taken away lies on a cycle.
function take_away(    pair, at, includes_some, is_included, taken)
{
    for (pair in includes) {
        split(pair, at, SUBSEP)
        includes_some[at[1]] = is_included[at[2]] = 1
    }
    for (pair in includes) {
        split(pair, at, SUBSEP)
        if (!(at[2] in includes_some) || !(at[1] in is_included)) {
            delete includes[pair]
            taken++
        }
    }
    return taken
}

END {
    while (take_away() > 0)
        ;
    for (pair in includes) {
        split(pair, at, SUBSEP)
        print includes[pair] ": " at[1] " includes " at[2] \
            ", which leads back to " at[1]
    }
}

# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# options-json.awk - from what json-paths.awk makes of `transect plugins NAME
# --json` a line for each option, as its manual page must put it:
# "NAME (TYPE AND RANGE): DEFAULT". What is not set, or a long text, the page
# tells in words of its own: "...".

BEGIN { FS = "\t" }

# From 1e6 on a limit only keeps a number within its type: it is not told.
function range(min, max)
{
    if (max != "null" && max + 0 >= 1e6)
        max = "null"
    if (min != "null" && max != "null")
        return ", " min + 0 " to " max + 0
    if (min != "null")
        return ", from " min + 0
    return max != "null" ? ", up to " max + 0 : ""
}

function type_of(type, words)
{
    if (type == "bool")
        return "yes or no"
    if (type == "int" || type == "real")
        return (type == "int" ? "integer" : "number") range(o["min"], o["max"])
    if (type == "enum")
        return words
    if (type == "string")
        type = "text"
    if (type == "points")
        type = "hook points"
    if (type == "units")
        type = "hidden units"
    return type (words == "" ? "" : ", or " words)
}

function flush(    i, words, fallback)
{
    for (i = 1; i <= n; i++)
        words = words (i == 1 ? "" : i == n ? " or " : ", ") word[i]
    fallback = o["default"]
    if (fallback == "null" || length(fallback) > 60)
        fallback = "..."
    print o["name"] " (" type_of(o["type"], words) "): " \
        (fallback == "*" ? "all" : fallback)
    n = 0
}

function unquoted(text)
{
    gsub(/^"|"$/, "", text)
    return text
}

/^\.options\[[0-9]+\]\./ {
    member = $1
    sub(/^\.options\[/, "", member)
    if (seen && member + 0 != option)
        flush()
    seen = 1
    option = member + 0
    sub(/^[0-9]+\]\./, "", member)
    if (member ~ /^choices\[/)
        word[++n] = unquoted($2)
    else
        o[member] = unquoted($2)
}
END {
    if (seen)
        flush()
}

# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# references.awk - a manual page's references to pages that are not among
# `pages` become plain text.

BEGIN {
    n = split(pages, name, " ")
    for (i = 1; i <= n; i++)
        here[name[i]] = 1
}

{
    line = $0
    out = ""
    while (match(line, /<a class="Xr" href="[^"]*"[^>]*>[^<]*<\/a>/)) {
        found = substr(line, RSTART, RLENGTH)
        page = found
        sub(/^.*href="/, "", page)
        sub(/".*$/, "", page)
        text = found
        gsub(/<[^>]*>/, "", text)
        out = out substr(line, 1, RSTART - 1) (page in here ? found : text)
        line = substr(line, RSTART + RLENGTH)
    }
    print out line
}

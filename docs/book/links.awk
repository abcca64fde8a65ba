# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# links.awk - links of a document, `file`, as those of the site: other documents
# are its pages, other files lie in files/ and are listed in `files`. Headings
# get ids, by which they can be linked to.

# The path of a link, from the top of the sources.
function resolved(link,    parts, n, i, kept, path)
{
    path = file
    if (!sub(/\/[^\/]*$/, "/", path))
        path = ""
    n = split(path link, parts, "/")
    kept = 0
    for (i = 1; i <= n; i++) {
        if (parts[i] == "" || parts[i] == ".")
            continue
        if (parts[i] == "..") {
            kept--
            continue
        }
        parts[++kept] = parts[i]
    }
    path = parts[1]
    for (i = 2; i <= kept; i++)
        path = path "/" parts[i]
    return path
}

function target(link,    anchor, path)
{
    if (link ~ /^([a-z]+:|#)/)
        return link
    anchor = ""
    if (match(link, /#.*$/)) {
        anchor = substr(link, RSTART)
        link = substr(link, 1, RSTART - 1)
    }
    path = resolved(link)
    if (path ~ /\.md$/) {
        sub(/\.md$/, ".html", path)
        gsub(/\//, "-", path)
        return path anchor
    }
    print path >>files
    return "files/" path anchor
}

# As GitHub names headings.
function id_of(text)
{
    gsub(/<[^>]*>|&[a-z]+;/, "", text)
    text = tolower(text)
    gsub(/[^a-z0-9 _-]/, "", text)
    gsub(/ /, "-", text)
    if (seen[text]++)
        text = text "-" (seen[text] - 1)
    return text
}

{
    line = $0
    out = ""
    while (match(line, /(href|src)="[^"]*"/)) {
        found = substr(line, RSTART, RLENGTH)
        before = substr(line, 1, RSTART - 1)
        line = substr(line, RSTART + RLENGTH)
        name = substr(found, 1, index(found, "=") - 1)
        link = substr(found, length(name) + 3)
        sub(/"$/, "", link)
        out = out before name "=\"" target(link) "\""
    }
    line = out line
    if (match(line, /^<h[1-6]>/)) {
        level = substr(line, 3, 1)
        sub(/^<h[1-6]>/, "<h" level " id=\"" id_of(line) "\">", line)
    }
    gsub(/<table>/, "<div class=\"scroll\" tabindex=\"0\"><table>", line)
    gsub(/<\/table>/, "</table></div>", line)
    gsub(/<pre>/, "<pre tabindex=\"0\">", line)
    print line
}

# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# json-paths.awk - JSON as lines "PATH<TAB>VALUE", one for each value that is
# neither list nor object, as in `.files[3].path<TAB>"a.csv"`; how a library
# breaks and indents it makes no difference. Ends with status 1 where it is no
# JSON.

function here()
{
    if (depth == 0)
        return ""
    return at[depth] (kind[depth] == "[" ? "[" n[depth] "]" : "." key[depth])
}

function begin(bracket,    path)
{
    path = here()
    at[++depth] = path
    kind[depth] = bracket
    n[depth] = 0
    key[depth] = ""
    key_is_next = bracket == "{"
}

function scalar(text)
{
    if (depth == 0)
        bad = 1
    if (!key_is_next)
        print here() "\t" text
    else if (text ~ /^"/)
        key[depth] = substr(text, 2, length(text) - 2)
    else
        bad = 1
}

function take(token)
{
    any = 1
    if (token == "{" || token == "[") {
        begin(token)
    } else if (token == "}" || token == "]") {
        if (depth == 0 || kind[depth] != (token == "}" ? "{" : "["))
            bad = 1
        else
            depth--
        key_is_next = 0
    } else if (token == ",") {
        key_is_next = kind[depth] == "{"
        n[depth]++
    } else if (token == ":") {
        key_is_next = 0
    } else {
        scalar(token)
    }
}

{
    rest = $0
    while (sub(/^[ \t\r]+/, "", rest) || rest != "") {
        if (!match(rest, /^[][{},:]/) &&
            !match(rest, /^"([^"\\]|\\.)*"/) &&
            !match(rest, /^[a-zA-Z0-9.+-]+/)) {
            bad = 1
            next
        }
        take(substr(rest, 1, RLENGTH))
        rest = substr(rest, RLENGTH + 1)
    }
}

END { exit bad || depth != 0 || !any }

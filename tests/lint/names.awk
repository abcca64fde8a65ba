# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# names.awk - functions that headers declare begin with their header's stem:
# all of it, or its first or its last word, in the singular or the plural. So
# a call says where its declaration is. A header *-internal.h may have those of
# any header of its folder. Its arguments are all headers.

function singular(word)
{
    sub(/s$/, "", word)
    return word
}

# Is it `word`, or does it begin with it? Plural s does not count.
function begins(name, word,    end)
{
    word = singular(word)
    if (index(name, word) != 1)
        return 0
    end = substr(name, length(word) + 1)
    return end ~ /^s?(_|$)/
}

function fits(name, header,    stem, n, word)
{
    stem = header
    sub(/.*\//, "", stem)
    sub(/(-internal)?\.h$/, "", stem)
    n = split(stem, word, "-")
    gsub(/-/, "_", stem)
    return begins(name, stem) || begins(name, word[1]) || begins(name, word[n])
}

function fits_folder(name,    folder, i)
{
    folder = file
    sub(/[^\/]*$/, "", folder)
    for (i = 1; i < ARGC; i++)
        if (index(ARGV[i], folder) == 1 && fits(name, ARGV[i]))
            return 1
    return 0
}

function check(text,    name)
{
    if (text ~ /^ *typedef/ || text !~ /\(/)
        return
    sub(/\(.*/, "", text)
    if (!match(text, /[A-Za-z_][A-Za-z0-9_]* *$/))
        return
    name = substr(text, RSTART)
    sub(/ +$/, "", name)
    if (!fits(name, file) && !(file ~ /-internal\.h$/ && fits_folder(name)))
        print file ": " name " does not begin with the header's stem, its" \
            " first or its last word"
}

# Text outside of braces up to a semicolon, or to the body of an inline
# function, is one declaration.
function declarations(text,    i, c)
{
    gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, " ", text)
    gsub(/__attribute__ *\(\([^;{]*\)\)/, " ", text)
    declared = ""
    depth = 0
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (depth == 0 && (c == ";" || c == "{")) {
            if (c == ";" || declared ~ /\) *$/)
                check(declared)
            declared = ""
        }
        depth += (c == "{") - (c == "}")
        if (depth == 0 && c !~ /[;{}]/)
            declared = declared c
    }
}

FNR == 1 {
    if (file)
        declarations(text)
    file = FILENAME
    text = ""
}

# Preprocessor lines, and those that continue them.
/^#/ || continued {
    continued = /\\$/
    next
}

{ text = text " " $0 }

END { declarations(text) }

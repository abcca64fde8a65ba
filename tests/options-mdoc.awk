# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# options-mdoc.awk - from the section OPTIONS of a plugin's manual page a line
# for each option: "NAME (TYPE AND RANGE): DEFAULT".

function flush()
{
    if (name == "")
        return
    fallback = text
    if (!sub(/.*Default: /, "", fallback))
        fallback = text ~ /Not set by default/ ? "not set" : "no default told"
    # A full stop ends the sentence, but not a number.
    if (match(fallback, / ?[.,]( |$)/))
        fallback = substr(fallback, 1, RSTART - 1)
    print name " (" type "): " fallback
    name = text = ""
}

/^\.Sh / { flush(); on = $2 == "OPTIONS"; next }
!on { next }
/^\.El/ { flush() }
/^\.It Cm / {
    flush()
    name = $3
    type = $0
    sub(/^\.It Cm [^ ]* (Pq )?/, "", type)
    gsub(/(Cm|Ql) /, "", type)
    gsub(/ ,/, ",", type)
    next
}
name != "" {
    sub(/^\.(Ql|Cm|Em|Pa|Pq|Li) /, "")
    text = text $0 " "
}

# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# options-mdoc.awk - from the section OPTIONS of a plugin's manual page a line
# for each option: "NAME (TYPE AND RANGE): DEFAULT"; the default is "..." if the
# file of declared options, which is read before the page, has it so.

function flush()
{
    if (name == "")
        return
    fallback = text
    if (!sub(/.*Default: /, "", fallback))
        fallback = "no default told"
    # A full stop ends the sentence, but not a number.
    if (match(fallback, / ?[.,]( |$)/))
        fallback = substr(fallback, 1, RSTART - 1)
    if (fallback == "*")
        fallback = "all"
    if ((name " (" type "): ...") in declared && text ~ /[Dd]efault/)
        fallback = "..."
    print name " (" type "): " fallback
    name = text = ""
}

FNR == NR && !/^\./ { declared[$0]; next }
/^\.Sh / { flush(); on = $2 == "OPTIONS"; next }
!on { next }
# Lists within lists are part of the text.
/^\.Bl / { depth++; next }
/^\.El/ { if (--depth == 0) flush(); next }
depth == 1 && /^\.It Cm / {
    flush()
    name = $3
    type = $0
    sub(/^\.It Cm [^ ]* (Pq )?/, "", type)
    gsub(/(Cm|Ql) /, "", type)
    gsub(/ ,/, ",", type)
    sub(/^one dim/, "dims", type)
    next
}
name != "" {
    sub(/^\.(Ql|Cm|Em|Pa|Pq|Li) /, "")
    text = text $0 " "
}

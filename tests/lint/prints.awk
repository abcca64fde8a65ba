# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# prints.awk - what %s stands for may be a text of others: text_printf() makes
# it harmless, printf() does not. Its arguments are sources of core/; prints
# where they do it. Files that are written are left alone.

FILENAME ~ /^core\/base\/text\.c$/ { next }

FNR == 1 { call = "" }

call == "" && /(^|[^a-z_])v?f?printf\(/ { line = FNR }

call != "" || /(^|[^a-z_])v?f?printf\(/ { call = call " " $0 }

call != "" && /;$/ {
    if (call !~ /printf\(file,/ &&
        call ~ /[^a-z_]vf?printf\(|%[-+ #0-9.*]*s/)
        print FILENAME ":" line ": printf with %s; text_printf() it is"
    call = ""
}

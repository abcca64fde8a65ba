# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
#
# embed.awk - files of core/cli/templates as the C strings that templates.h
# declares: awk -f embed.awk FILE...

BEGIN {
    print "/* Made by core/cli/templates/embed.awk. */"
    print "#include \"cli/templates.h\"\n"
    print "const struct template templates[] = {"
}

FNR == 1 {
    if (NR > 1)
        print "    },"
    name = FILENAME
    sub(/.*core\/cli\/templates\//, "", name)
    print "    {\"" name "\","
}

{
    gsub(/[\\"]/, "\\\\&")
    print "     \"" $0 "\\n\""
}

END {
    print "    },\n};\n"
    print "const size_t n_templates = sizeof templates / sizeof *templates;"
}

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* error-text.c - error-text NAME: what the C library says of errno NAME. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int number;
    } errors[] = {{"EISDIR", EISDIR}, {"ENOENT", ENOENT},
                  {"ENOTDIR", ENOTDIR}};

    for (size_t i = 0; argc == 2 && i < sizeof errors / sizeof *errors; i++)
        if (strcmp(argv[1], errors[i].name) == 0)
            return puts(strerror(errors[i].number)) == EOF;
    fputs("usage: error-text NAME\n", stderr);
    return 2;
}

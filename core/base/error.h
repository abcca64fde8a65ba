/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* error.h - one error idiom: return a status, leave the message here. */
#ifndef CORE_BASE_ERROR_H
#define CORE_BASE_ERROR_H

/* Also the exit statuses of the program. */
enum status {
    ST_OK = 0,
    ST_FAILED = 1, /* the experiment ran and failed */
    ST_USAGE = 2,  /* command line or experiment file */
    ST_PLUGIN = 3, /* a plugin cannot be loaded or was refused */
    ST_DATA = 4    /* model, tokenizer or input unreadable */
};

struct error {
    int status;
    char text[2048];
};

/* Where a setting stands. file is borrowed; line 0: the command line. */
struct place {
    const char *file;
    int line;
};

#define PRINTF(f, a) __attribute__((format(printf, f, a)))

/* Each replaces err's content and returns `status`. */
int error_set(struct error *err, int status, const char *format, ...)
    PRINTF(3, 4);
/* "FILE:LINE: message" */
int error_at(struct error *err, int status, struct place place,
             const char *format, ...) PRINTF(4, 5);
/* "FILE: what: strerror(errno)" */
int error_errno(struct error *err, int status, const char *file,
                const char *what);
/* Puts "FILE:LINE: " in front of the message; returns err->status. */
int error_in(struct error *err, struct place place);
/* Puts "context: " in front of the message; returns err->status. */
int error_within(struct error *err, const char *format, ...) PRINTF(2, 3);

#endif

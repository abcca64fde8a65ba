/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-tokenize.c - transect tokenize: ids and pieces of a text, and back. */
#include "base/read-file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "sandbox/crash-report.h"
#include "tokenizer/tokenizer.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The command line. */
struct job {
    const char *model;
    const char *file; /* "-": standard input */
    bool only_ids, any_bytes, decode;
};

static const char *file_name(const struct job *job)
{
    return strcmp(job->file, "-") == 0 ? "standard input" : job->file;
}

static void print_ids(const struct token_ids *list)
{
    size_t i;

    for (i = 0; i < list->n; i++)
        text_printf("%s%" PRId32, i ? " " : "", list->ids[i]);
    if (list->n > 0)
        putchar('\n');
}

static void print_pieces(const struct tokenizer *tokenizer,
                         const struct token_ids *list)
{
    const char *piece;
    char *quoted;
    size_t size, i;

    for (i = 0; i < list->n; i++) {
        piece = tokenizer_piece(tokenizer, list->ids[i], &size);
        quoted = text_quote(piece, size);
        text_printf("%" PRId32 "\t%s\n", list->ids[i], quoted);
        free(quoted);
    }
}

static int encode(struct tokenizer *tokenizer, const struct job *job,
                  const char *text, size_t size, struct error *err)
{
    struct token_ids list = {NULL, 0};
    int status = job->any_bytes ? ST_OK
                                : text_check_utf8(text, size, "--bytes", err);

    if (!status)
        status = tokenizer_encode(tokenizer, text, size, &list, err);
    if (status)
        error_within(err, "%s", file_name(job));
    else if (job->only_ids)
        print_ids(&list);
    else
        print_pieces(tokenizer, &list);
    free(list.ids);
    return status;
}

static int decode(struct tokenizer *tokenizer, const struct job *job,
                  const char *text, size_t size, struct error *err)
{
    struct token_ids list = {NULL, 0};
    struct buffer bytes = {0};
    int32_t missing = -1;
    int line, status;

    status = ids_parse(text, size, tokenizer_size(tokenizer), &list, &line,
                       err);
    if (status)
        error_within(err, "%s:%d", file_name(job), line);
    else
        missing = tokenizer_decode(tokenizer, list.ids, list.n, &bytes);
    if (missing >= 0)
        status = error_set(err, ST_DATA, "%s: no token of %s has id %"
                           PRId32, file_name(job), job->model, missing);
    else if (!status)
        fwrite(bytes.bytes, 1, bytes.n, stdout);
    free(bytes.bytes);
    free(list.ids);
    return status;
}

static int tokenize(const struct job *job, struct error *err)
{
    struct tokenizer *tokenizer;
    char *text;
    size_t size;
    int status;

    status = tokenizer_open(job->model, &tokenizer, err);
    if (status)
        return status;
    status = read_file(job->file, &text, &size, err);
    if (status)
        goto out;
    status = file_watch_check(err);
    if (!status)
        status = (job->decode ? decode : encode)(tokenizer, job, text, size,
                                                 err);
    free(text);
out:
    tokenizer_close(tokenizer);
    return status;
}

static const char help_text[] =
    "usage: transect tokenize MODEL [FILE] [--ids] [--bytes]\n"
    "       transect tokenize MODEL [FILE] --decode\n\n"
    "  --ids     print ids only, on one line\n"
    "  --bytes   take bytes that are not UTF-8 as they are\n"
    "  --decode  read ids, print the bytes that they stand for\n\n"
    "Without FILE, or if it is -, reads standard input.\n";

int cmd_tokenize(int argc, char **argv)
{
    static const struct option options[] = {
        {"ids", no_argument, NULL, 'i'},
        {"bytes", no_argument, NULL, 'b'},
        {"decode", no_argument, NULL, 'd'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct job job = {.file = "-"};
    struct error err;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h') {
            fputs(help_text, stdout);
            return cli_flush();
        }
        if (c == '?')
            return cli_bad_option(argv, options);
        job.only_ids = job.only_ids || c == 'i';
        job.any_bytes = job.any_bytes || c == 'b';
        job.decode = job.decode || c == 'd';
    }
    if (argc - optind < 1 || argc - optind > 2)
        return cli_usage("tokenize takes a model and at most one file");
    if ((job.only_ids || job.any_bytes) && job.decode)
        return cli_usage("--decode excludes --ids and --bytes");
    job.model = argv[optind];
    if (argc - optind == 2)
        job.file = argv[optind + 1];
    crash_report_signals();
    file_watch_begin();
    return tokenize(&job, &err) ? cli_error(&err) : cli_flush();
}

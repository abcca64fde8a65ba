/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize.c - GPT-2's first step: text into words, numbers, spaces. */
#include "pretokenize.h"

#include "bytes.h"
#include "mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

/* GPT-2's pattern is
 *   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 * White space is spelled out: it is Unicode's White_Space there, while
 * PCRE2's \s has U+180E besides. Letters and numbers that Unicode 15 and 16
 * added are spelled out as well, so that the ids do not depend on the version
 * of PCRE2 (10.42 knows Unicode 14). Every repeat but that of \s+(?!\S) is
 * possessive: nothing in the pattern can need the characters back. */
#define SPACE                                                               \
    "\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"  \
    "\\x{202f}\\x{205f}\\x{3000}"
#define NEW_LETTERS                                                         \
    "\\x{1c89}\\x{1c8a}\\x{a7cb}-\\x{a7cd}\\x{a7da}-\\x{a7dc}"              \
    "\\x{105c0}-\\x{105f3}\\x{10d4a}-\\x{10d65}\\x{10d6f}-\\x{10d85}"       \
    "\\x{10ec2}-\\x{10ec4}\\x{1123f}\\x{11240}\\x{11380}-\\x{11389}"        \
    "\\x{1138b}\\x{1138e}\\x{11390}-\\x{113b5}\\x{113b7}\\x{113d1}"         \
    "\\x{113d3}\\x{11bc0}-\\x{11be0}\\x{11f02}\\x{11f04}-\\x{11f10}"        \
    "\\x{11f12}-\\x{11f33}\\x{1342f}\\x{13441}-\\x{13446}"                  \
    "\\x{13460}-\\x{143fa}\\x{16100}-\\x{1611d}\\x{16d40}-\\x{16d6c}"       \
    "\\x{18cff}\\x{1b132}\\x{1b155}\\x{1df25}-\\x{1df2a}"                   \
    "\\x{1e030}-\\x{1e06d}\\x{1e4d0}-\\x{1e4eb}\\x{1e5d0}-\\x{1e5ed}"       \
    "\\x{1e5f0}\\x{2b739}\\x{2ebf0}-\\x{2ee5d}\\x{31350}-\\x{323af}"
#define NEW_NUMBERS                                                         \
    "\\x{10d40}-\\x{10d49}\\x{116d0}-\\x{116e3}\\x{11bf0}-\\x{11bf9}"       \
    "\\x{11f50}-\\x{11f59}\\x{16130}-\\x{16139}\\x{16d70}-\\x{16d79}"       \
    "\\x{1ccf0}-\\x{1ccf9}\\x{1d2c0}-\\x{1d2d3}\\x{1e4f0}-\\x{1e4f9}"       \
    "\\x{1e5f1}-\\x{1e5fa}"
#define PATTERN                                                             \
    "'(?:[stmd]|re|ve|ll)"                                                  \
    "| ?(?:\\p{L}++|[" NEW_LETTERS "])++"                                   \
    "| ?(?:\\p{N}++|[" NEW_NUMBERS "])++"                                   \
    "| ?[^" SPACE "\\p{L}\\p{N}" NEW_LETTERS NEW_NUMBERS "]++"              \
    "|[" SPACE "]+(?![^" SPACE "])"                                         \
    "|[" SPACE "]++"

struct pretokenizer {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

void pretokenizer_free(struct pretokenizer *p)
{
    if (!p)
        return;
    pcre2_jit_stack_free(p->stack);
    pcre2_match_context_free(p->context);
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    free(p);
}

static int pcre_error(int code, const char *what, struct error *err)
{
    PCRE2_UCHAR why[200];

    pcre2_get_error_message(code, why, sizeof why);
    return error_set(err, ST_DATA, "tokenizer: %s: %s", what,
                     (const char *)why);
}

int pretokenizer_new(struct pretokenizer **pretokenizer, struct error *err)
{
    struct pretokenizer *p = mem_new(1, sizeof *p);
    PCRE2_SIZE offset;
    int code = PCRE2_ERROR_NOMEMORY;

    p->code = pcre2_compile((PCRE2_SPTR)PATTERN, PCRE2_ZERO_TERMINATED,
                            PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED, &code,
                            &offset, NULL);
    if (p->code) {
        p->match = pcre2_match_data_create(1, NULL);
        p->context = pcre2_match_context_create(NULL);
    }
    if (!p->match || !p->context) {
        pretokenizer_free(p);
        return pcre_error(code, "cannot compile GPT-2's pattern", err);
    }
    /* Where there is no JIT, or no memory for its stack, pcre2_match()
     * interprets the pattern, with the same result. */
    if (pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0)
        p->stack = pcre2_jit_stack_create(32 << 10, 1 << 20, NULL);
    if (p->stack)
        pcre2_jit_stack_assign(p->context, NULL, p->stack);
    *pretokenizer = p;
    return ST_OK;
}

/* Length of the piece that the text, valid UTF-8, begins with; or an error
 * of PCRE2. */
static int match(struct pretokenizer *p, const char *text, size_t size,
                 size_t *length)
{
    PCRE2_SPTR subject = (PCRE2_SPTR)text;
    int code;

    code = pcre2_match(p->code, subject, size, 0, PCRE2_NO_UTF_CHECK,
                       p->match, p->context);
    if (code == PCRE2_ERROR_JIT_STACKLIMIT)
        code = pcre2_match(p->code, subject, size, 0,
                           PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, p->match,
                           p->context);
    if (code >= 0)
        *length = pcre2_get_ovector_pointer(p->match)[1];
    return code;
}

static size_t valid_run(const char *text, size_t size)
{
    size_t n = 0, length;

    while ((length = bytes_utf8(text + n, size - n)) > 0)
        n += length;
    return n;
}

static size_t invalid_run(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && bytes_utf8(text + n, size - n) == 0)
        n++;
    return n;
}

int pretokenize(struct pretokenizer *p, const char *text, size_t size,
                pretokenize_fn take, void *context, struct error *err)
{
    const char *end = text + size;
    size_t valid, invalid, length;
    int code;

    while (text < end) {
        valid = valid_run(text, (size_t)(end - text));
        for (; valid > 0; text += length, valid -= length) {
            code = match(p, text, valid, &length);
            if (code < 0)
                return pcre_error(code, "cannot split the text", err);
            take(context, text, length);
        }
        invalid = invalid_run(text, (size_t)(end - text));
        if (invalid > 0)
            take(context, text, invalid);
        text += invalid;
    }
    return ST_OK;
}

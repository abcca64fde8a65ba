/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex.c - finds patterns in text with PCRE2. */
#include "regex/regex.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/text.h"
#include "regex/unicode.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct regex {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    bool stand_ins;
    struct buffer shown; /* the text with stand-ins (unicode.h) */
};

void regex_free(struct regex *p)
{
    if (!p)
        return;
    pcre2_jit_stack_free(p->stack);
    pcre2_match_context_free(p->context);
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    free(p->shown.bytes);
    free(p);
}

static int pcre_error(int code, const char *what, struct error *err)
{
    PCRE2_UCHAR why[200];

    pcre2_get_error_message(code, why, sizeof why);
    return error_set(err, ST_DATA, "%s: %s", what, (const char *)why);
}

static void *on_alloc(PCRE2_SIZE bytes, void *context)
{
    (void)context;
    return mem_alloc(bytes);
}

static void on_free(void *memory, void *context)
{
    (void)context;
    free(memory);
}

/* Without captures. MULTILINE, because Ruby's ^ and $ match at every line. */
static pcre2_code *compile(const char *text, bool literal,
                           pcre2_general_context *memory, int *code)
{
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    uint32_t flags = PCRE2_UTF | PCRE2_LITERAL;
    pcre2_code *compiled;
    PCRE2_SIZE offset;

    if (!literal)
        flags = PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE |
                PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    compiled = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags,
                             code, &offset, context);
    pcre2_compile_context_free(context);
    return compiled;
}

static int prepare(struct regex *p, const char *text, bool literal,
                   struct error *err)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(on_alloc, on_free, NULL);
    int code;

    p->code = compile(text, literal, memory, &code);
    p->match = pcre2_match_data_create(1, memory);
    p->context = pcre2_match_context_create(memory);
    pcre2_general_context_free(memory);
    if (!p->code)
        return pcre_error(code, "not a regular expression", err);
    /* Where there is no JIT, or no memory for its stack, pcre2_match()
     * interprets the pattern, with the same result. */
    if (pcre2_jit_compile(p->code, PCRE2_JIT_COMPLETE) == 0)
        p->stack = pcre2_jit_stack_create(32 << 10, 1 << 20, NULL);
    if (p->stack)
        pcre2_jit_stack_assign(p->context, NULL, p->stack);
    return ST_OK;
}

int regex_new(const char *text, enum pattern_kind kind, struct regex **pattern,
              struct error *err)
{
    struct regex *p = mem_new(1, sizeof *p);
    char *pcre = NULL;
    int status = ST_OK;

    p->stand_ins = kind == PATTERN_REGEX;
    if (kind != PATTERN_LITERAL)
        status = regex_translate(text, &pcre, err);
    if (!status)
        status = prepare(p, pcre ? pcre : text, !pcre, err);
    free(pcre);
    if (status)
        regex_free(p);
    else
        *pattern = p;
    return status;
}

/* The stand-in of the first character of valid UTF-8; 0: it needs none. */
static uint32_t stand_in_at(const char *text, size_t size)
{
    uint32_t code, stand_in;

    if (!unicode_may_stand_in((unsigned char)*text))
        return 0;
    code = unicode_code(text, text_utf8(text, size));
    stand_in = unicode_stand_in(code);
    return stand_in == code ? 0 : stand_in;
}

static bool needs_stand_ins(const struct regex *p, const char *text,
                            size_t size)
{
    size_t i;

    for (i = 0; p->stand_ins && i < size; i++)
        if (stand_in_at(text + i, size - i))
            return true;
    return false;
}

/* The text as PCRE2 sees it: of the same length, with stand-ins for characters
 * that some version of PCRE2 does not know. */
static const char *show(struct regex *p, const char *text, size_t size)
{
    size_t length;
    char other[4];
    uint32_t stand_in;

    if (!needs_stand_ins(p, text, size))
        return text;
    p->shown.n = 0;
    for (; size > 0; text += length, size -= length) {
        length = text_utf8(text, size);
        stand_in = stand_in_at(text, size);
        if (stand_in)
            unicode_put(stand_in, other);
        buffer_add(&p->shown, stand_in ? other : text, length);
    }
    return p->shown.bytes;
}

/* The first match from `from` on: *start, *end. Or an error of PCRE2. */
static int find(struct regex *p, const char *text, size_t size, size_t from,
                size_t *start, size_t *end)
{
    PCRE2_SPTR subject = (PCRE2_SPTR)text;
    const PCRE2_SIZE *offsets;
    int code;

    code = pcre2_match(p->code, subject, size, from, PCRE2_NO_UTF_CHECK,
                       p->match, p->context);
    if (code == PCRE2_ERROR_JIT_STACKLIMIT)
        code = pcre2_match(p->code, subject, size, from,
                           PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, p->match,
                           p->context);
    if (code < 0)
        return code;
    offsets = pcre2_get_ovector_pointer(p->match);
    *start = offsets[0];
    *end = offsets[1];
    return code;
}

/* Of valid UTF-8. An empty match directly after another match does not count.
 */
static int scan_valid(struct regex *p, const char *text, size_t size,
                      pattern_fn take, void *context, struct error *err)
{
    const char *shown = show(p, text, size);
    size_t from = 0, done = 0, start, end;
    bool after_match = false;
    int code = 0, status = ST_OK;

    while (!status && from <= size) {
        code = find(p, shown, size, from, &start, &end);
        if (code < 0)
            break;
        if (start == end && after_match && end == done) {
            from += from < size ? text_utf8(text + from, size - from) : 1;
            continue;
        }
        if (start > done)
            status = take(context, text + done, start - done, false);
        if (!status)
            status = take(context, text + start, end - start, true);
        from = done = end;
        after_match = true;
    }
    if (code < 0 && code != PCRE2_ERROR_NOMATCH)
        return pcre_error(code, "cannot split the text", err);
    if (!status && done < size)
        status = take(context, text + done, size - done, false);
    return status;
}

static size_t valid_run(const char *text, size_t size)
{
    size_t n = 0, length;

    while ((length = text_utf8(text + n, size - n)) > 0)
        n += length;
    return n;
}

static size_t invalid_run(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && text_utf8(text + n, size - n) == 0)
        n++;
    return n;
}

int regex_scan(struct regex *pattern, const char *text, size_t size,
               pattern_fn take, void *context, struct error *err)
{
    const char *end = text + size;
    size_t n;
    int status = ST_OK;

    while (!status && text < end) {
        n = valid_run(text, (size_t)(end - text));
        if (n > 0)
            status = scan_valid(pattern, text, n, take, context, err);
        text += n;
        n = invalid_run(text, (size_t)(end - text));
        if (!status && n > 0)
            status = take(context, text, n, false);
        text += n;
    }
    return status;
}

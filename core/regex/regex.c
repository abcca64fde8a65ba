/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* regex.c - finds patterns in text with PCRE2. */
#include "regex/regex.h"

#include "base/buffer.h"
#include "base/mem.h"
#include "base/text.h"
#include "regex/alphabet.h"
#include "regex/regex-internal.h"
#include "regex/unicode.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

struct regex {
    pcre2_code *code; /* over letters (alphabet.h) */
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    struct alphabet *alphabet;
    struct buffer letters; /* of the text */
};

void regex_free(struct regex *p)
{
    if (!p)
        return;
    pcre2_jit_stack_free(p->stack);
    pcre2_match_context_free(p->context);
    pcre2_match_data_free(p->match);
    pcre2_code_free(p->code);
    alphabet_free(p->alphabet);
    free(p->letters.bytes);
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

/* MULTILINE, since Ruby's ^ and $ match at every line. In (?>.*|a)b the JIT of
 * PCRE2 10.42 remembers from where .* has failed before, leaves it out there
 * and tries what else is in its group, which an atomic group must not: that is
 * one of the optimizations at the start of a match. */
static pcre2_code *compile(const struct buffer *text, bool atomic,
                           pcre2_general_context *memory, int *code)
{
    uint32_t options = PCRE2_MULTILINE;
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    pcre2_code *compiled;
    PCRE2_SIZE offset;

    if (atomic)
        options |= PCRE2_NO_START_OPTIMIZE;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    compiled = pcre2_compile((PCRE2_SPTR)text->bytes, text->n, options, code,
                             &offset, context);
    pcre2_compile_context_free(context);
    return compiled;
}

static int prepare(struct regex *p, const struct buffer *text, bool atomic,
                   struct error *err)
{
    pcre2_general_context *memory =
        pcre2_general_context_create(on_alloc, on_free, NULL);
    int code;

    p->code = compile(text, atomic, memory, &code);
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

/* The alphabet of the sets, and their letters into the text for PCRE2. */
static int put_letters(struct regex *p, const struct regex_parts *parts,
                       struct buffer *out, struct error *err)
{
    size_t i, done = 0;

    p->alphabet = alphabet_new();
    for (i = 0; i < parts->n_sets; i++)
        if (!alphabet_tell(p->alphabet, &parts->sets[i]))
            return error_set(err, ST_DATA,
                             "a regular expression that tells more than 256 "
                             "kinds of characters apart is not supported");
    alphabet_settle(p->alphabet);
    for (i = 0; i < parts->n_slots; i++) {
        if (parts->slots[i].at > done)
            buffer_add(out, parts->out.bytes + done,
                       parts->slots[i].at - done);
        done = parts->slots[i].at;
        alphabet_put(p->alphabet, &parts->sets[parts->slots[i].set], out);
    }
    buffer_add(out, parts->out.bytes + done, parts->out.n - done);
    return ST_OK;
}

static int literal(struct regex_parts *parts, size_t size)
{
    const char *end = parts->at + size;
    struct charset set = {0};
    size_t length;
    uint32_t code;

    for (; parts->at < end; parts->at += length) {
        length = text_utf8(parts->at, (size_t)(end - parts->at));
        if (length == 0)
            return regex_refuse(parts, "what is not UTF-8");
        code = unicode_code(parts->at, length);
        set = (struct charset){0};
        charset_add(&set, code, code + 1);
        regex_put_set(parts, &set);
    }
    return ST_OK;
}

int regex_new(const char *text, enum pattern_kind kind, struct regex **pattern,
              struct error *err)
{
    struct regex_parts parts = {.at = text, .err = err};
    struct regex *p = mem_new(1, sizeof *p);
    struct buffer pcre = {0};
    int status = kind == PATTERN_LITERAL ? literal(&parts, strlen(text))
                                         : regex_translate(&parts);

    buffer_reserve(&parts.out, 1);
    buffer_reserve(&pcre, 1);
    if (!status)
        status = put_letters(p, &parts, &pcre, err);
    if (!status)
        status = prepare(p, &pcre, parts.atomic, err);
    regex_parts_free(&parts);
    free(pcre.bytes);
    if (status)
        regex_free(p);
    else
        *pattern = p;
    return status;
}

/* A letter for each character of valid UTF-8. */
static void spell(struct regex *p, const char *text, size_t size)
{
    size_t length;
    unsigned char first;
    char *letter;

    p->letters.n = 0;
    buffer_reserve(&p->letters, size + 1);
    for (letter = p->letters.bytes; size > 0; text += length, size -= length) {
        first = (unsigned char)*text;
        length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        *letter++ = (char)alphabet_letter(p->alphabet,
                                          unicode_code(text, length));
    }
    p->letters.n = (size_t)(letter - p->letters.bytes);
}

/* Bytes of the first n characters. */
static size_t bytes_of(const char *text, size_t n)
{
    const unsigned char *at = (const unsigned char *)text;

    for (; n > 0; n--)
        at += *at < 0x80 ? 1 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    return (size_t)(at - (const unsigned char *)text);
}

/* The first match from the character `from` on: *start, *end. Or an error of
 * PCRE2. */
static int find(struct regex *p, size_t from, size_t *start, size_t *end)
{
    PCRE2_SPTR subject = (PCRE2_SPTR)p->letters.bytes;
    const PCRE2_SIZE *offsets;
    int code;

    code = pcre2_match(p->code, subject, p->letters.n, from, 0, p->match,
                       p->context);
    if (code == PCRE2_ERROR_JIT_STACKLIMIT)
        code = pcre2_match(p->code, subject, p->letters.n, from, PCRE2_NO_JIT,
                           p->match, p->context);
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
    const char *text_end = text + size;
    size_t from = 0, done = 0, start, end, n;
    bool after_match = false;
    int code = 0, status = ST_OK;

    spell(p, text, size);
    while (!status && from <= p->letters.n) {
        code = find(p, from, &start, &end);
        if (code < 0)
            break;
        if (start == end && after_match && end == done) {
            from++;
            continue;
        }
        n = bytes_of(text, start - done);
        if (n > 0)
            status = take(context, text, n, false);
        text += n;
        n = bytes_of(text, end - start);
        if (!status)
            status = take(context, text, n, true);
        text += n;
        from = done = end;
        after_match = true;
    }
    if (code < 0 && code != PCRE2_ERROR_NOMATCH)
        return pcre_error(code, "cannot split the text", err);
    if (!status && text < text_end)
        status = take(context, text, (size_t)(text_end - text), false);
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

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* normalize.c - steps that change text before it is cut into pieces. */
#include "tokenizer/normalize.h"

#include "base/mem.h"
#include "base/text.h"
#include "regex/unicode.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

void normalize_free(struct normalizer *normalizer)
{
    regex_free(normalizer->pattern);
    free(normalizer->text);
}

static bool is_ascii(const char *text, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

/* Of valid UTF-8, by UAX 15. */
static int normalize_valid(const char *text, size_t size,
                           utf8proc_option_t form, struct buffer *out,
                           struct error *err)
{
    utf8proc_uint8_t *result = NULL;
    utf8proc_ssize_t n;

    if (is_ascii(text, size)) {
        buffer_add(out, text, size);
        return ST_OK;
    }
    n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)size,
                     &result, UTF8PROC_STABLE | form);
    if (n < 0)
        return error_set(err, ST_DATA, "cannot normalize the text: %s",
                         utf8proc_errmsg(n));
    buffer_add(out, (char *)result, (size_t)n);
    free(result);
    return ST_OK;
}

/* What a normal form leaves as it is, or is not UTF-8, divides the text: of
 * its sides none depends on the other. */
static size_t formed_run(const char *text, size_t size)
{
    size_t n = 0, length;

    while ((length = text_utf8(text + n, size - n)) > 0 &&
           unicode_is_formed(unicode_code(text + n, length)))
        n += length;
    return n;
}

static int normalize(const char *text, size_t size, utf8proc_option_t form,
                     struct buffer *out, struct error *err)
{
    size_t n, length;
    int status = ST_OK;

    while (!status && size > 0) {
        n = formed_run(text, size);
        if (n > 0) {
            status = normalize_valid(text, n, form, out, err);
        } else {
            length = text_utf8(text, size);
            n = length > 0 ? length : 1;
            buffer_add(out, text, n);
        }
        text += n;
        size -= n;
    }
    return status;
}

/* Character by character, without regard to context: a capital sigma at the
 * end of a word becomes the ordinary small one. */
static void lowercase(const char *text, size_t size, struct buffer *out)
{
    size_t length;
    uint32_t code;
    char lower[4];

    for (; size > 0; text += length, size -= length) {
        length = text_utf8(text, size);
        code = length > 0 ? unicode_code(text, length) : 0;
        if (length == 0)
            buffer_add(out, text, length = 1);
        else if (code == 0x130) /* the only one that becomes two characters */
            buffer_add(out, "i\xcc\x87", 3);
        else
            buffer_add(out, lower, unicode_put(unicode_lower(code), lower));
    }
}

static void strip(const struct normalizer *normalizer, const char *text,
                  size_t size, struct buffer *out)
{
    size_t n = 0;

    if (normalizer->left)
        n = unicode_spaces_after(text, size);
    text += n;
    size -= n;
    if (normalizer->right)
        size -= unicode_spaces_before(text, size);
    buffer_add(out, text, size);
}

struct replacing {
    const char *by;
    struct buffer *out;
};

static int replace_part(void *context, const char *part, size_t size,
                        bool match)
{
    struct replacing *replacing = context;

    if (match)
        buffer_add(replacing->out, replacing->by, strlen(replacing->by));
    else
        buffer_add(replacing->out, part, size);
    return ST_OK;
}

static int replace(const struct normalizer *normalizer, const char *text,
                   size_t size, struct buffer *out, struct error *err)
{
    struct replacing replacing = {normalizer->text, out};

    return regex_scan(normalizer->pattern, text, size, replace_part,
                      &replacing, err);
}

static void prepend(const struct normalizer *normalizer, const char *text,
                    size_t size, bool first, struct buffer *out)
{
    size_t n = strlen(normalizer->text);
    bool there = n <= size && memcmp(text, normalizer->text, n) == 0;
    bool wanted = size > 0 && (first || !normalizer->first_only);

    if (wanted && (normalizer->kind == NORMALIZE_PREPEND || !there))
        buffer_add(out, normalizer->text, n);
    buffer_add(out, text, size);
}

static bool ends_with(const char *text, size_t size, const char *end)
{
    size_t n = strlen(end);

    return size >= n && memcmp(text + size - n, end, n) == 0;
}

static void squeeze(const char *text, size_t size, struct buffer *out)
{
    static const char mark[] = "\u2581";
    bool after_space = true;
    size_t i;

    for (i = 0; i < size; i++) {
        if (text[i] != ' ' || !after_space)
            buffer_add(out, text + i, 1);
        after_space = text[i] == ' ';
    }
    while (ends_with(out->bytes, out->n, " ") ||
           ends_with(out->bytes, out->n, mark))
        out->n -= out->bytes[out->n - 1] == ' ' ? 1 : sizeof mark - 1;
}

/* Symbols are two bytes long at most. */
static void to_symbols(const char *text, size_t size, struct buffer *out)
{
    char symbols[256], *end = symbols;
    size_t i;

    for (i = 0; i < size; i++) {
        if (end + 3 > symbols + sizeof symbols) {
            buffer_add(out, symbols, (size_t)(end - symbols));
            end = symbols;
        }
        text_symbol((unsigned char)text[i], end);
        end += end[1] ? 2 : 1;
    }
    buffer_add(out, symbols, (size_t)(end - symbols));
}

int normalize_run(const struct normalizer *normalizer, const char *text,
                  size_t size, bool first, struct buffer *out,
                  struct error *err)
{
    static const utf8proc_option_t forms[] = {
        [NORMALIZE_NFC] = UTF8PROC_COMPOSE,
        [NORMALIZE_NFD] = UTF8PROC_DECOMPOSE,
        [NORMALIZE_NFKC] = UTF8PROC_COMPOSE | UTF8PROC_COMPAT,
        [NORMALIZE_NFKD] = UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
    };

    out->n = 0;
    switch (normalizer->kind) {
    case NORMALIZE_LOWERCASE:
        lowercase(text, size, out);
        return ST_OK;
    case NORMALIZE_STRIP:
        strip(normalizer, text, size, out);
        return ST_OK;
    case NORMALIZE_REPLACE:
        return replace(normalizer, text, size, out, err);
    case NORMALIZE_PREPEND:
    case NORMALIZE_PREFIX:
        prepend(normalizer, text, size, first, out);
        return ST_OK;
    case NORMALIZE_SQUEEZE:
        squeeze(text, size, out);
        return ST_OK;
    case NORMALIZE_SYMBOLS:
        to_symbols(text, size, out);
        return ST_OK;
    default:
        return normalize(text, size, forms[normalizer->kind], out, err);
    }
}

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* text.c - bytes as UTF-8, as GPT-2's symbols, quoted and printed for people.
 */
#include "base/text.h"

#include "base/buffer.h"
#include "base/mem.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t text_utf8(const char *text, size_t size)
{
    const unsigned char *s = (const unsigned char *)text;
    unsigned low = 0x80, high = 0xbf; /* of the second byte */
    size_t n, i;

    if (size == 0 || s[0] < 0x80)
        return size > 0;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    switch (s[0]) {
    case 0xe0: low = 0xa0; break;
    case 0xed: high = 0x9f; break;
    case 0xf0: low = 0x90; break;
    case 0xf4: high = 0x8f; break;
    }
    if (size < n || s[1] < low || s[1] > high)
        return 0;
    for (i = 2; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

int text_check_utf8(const char *text, size_t size, const char *way,
                    struct error *err)
{
    size_t at = 0, n;

    while (at < size && (n = text_utf8(text + at, size - at)) > 0)
        at += n;
    if (at == size)
        return ST_OK;
    return error_set(err, ST_DATA, "the byte at offset %zu, 0x%02X, is not "
                     "UTF-8; convert the text, or take its bytes as they are "
                     "with %s", at, (unsigned)(unsigned char)text[at], way);
}

/* Printable Latin-1 stands for itself; the other 68 bytes are numbered from
 * U+0100 on: 00-20, 7F-A0, AD. */
static bool stands_for_itself(unsigned byte)
{
    return (byte >= 0x21 && byte <= 0x7e) ||
           (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

static unsigned code_of_byte(unsigned byte)
{
    if (stands_for_itself(byte))
        return byte;
    if (byte <= 0x20)
        return 0x100 + byte;
    return byte == 0xad ? 0x143 : 0x121 + (byte - 0x7f);
}

static int byte_of_code(unsigned code)
{
    if (code < 0x100)
        return stands_for_itself(code) ? (int)code : -1;
    if (code < 0x121)
        return (int)(code - 0x100);
    if (code < 0x143)
        return (int)(code - 0x121 + 0x7f);
    return code == 0x143 ? 0xad : -1;
}

void text_symbol(unsigned byte, char symbol[3])
{
    unsigned code = code_of_byte(byte);

    if (code < 0x80) {
        symbol[0] = (char)code;
        symbol[1] = '\0';
        return;
    }
    symbol[0] = (char)(0xc0 | code >> 6);
    symbol[1] = (char)(0x80 | (code & 0x3f));
    symbol[2] = '\0';
}

bool text_from_symbols(const char *symbols, char *out, size_t *size)
{
    size_t left = strlen(symbols), n = 0, length;
    unsigned code;
    int byte;

    for (; left > 0; symbols += length, left -= length) {
        length = text_utf8(symbols, left);
        if (length != 1 && length != 2)
            return false;
        code = (unsigned char)symbols[0];
        if (length == 2)
            code = (code & 0x1f) << 6 | ((unsigned char)symbols[1] & 0x3f);
        byte = byte_of_code(code);
        if (byte < 0)
            return false;
        out[n++] = (char)byte;
    }
    *size = n;
    return true;
}

/* What would move the cursor, break a line, hide in one or turn the text
 * around it: C0, DEL, C1, U+2028, U+2029, and those that set the direction of
 * text, U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069. */
static bool is_control(const char *text, size_t length)
{
    const unsigned char *s = (const unsigned char *)text;

    if (length == 1)
        return s[0] < 0x20 || s[0] == 0x7f;
    if (length == 2)
        return (s[0] == 0xc2 && s[1] < 0xa0) || (s[0] == 0xd8 && s[1] == 0x9c);
    if (length != 3 || s[0] != 0xe2)
        return false;
    return (s[1] == 0x80 && (s[2] == 0x8e || s[2] == 0x8f ||
                             (s[2] >= 0xa8 && s[2] <= 0xae))) ||
           (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

static char *put_escaped(char *end, const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (bytes[i] == '\n' || bytes[i] == '\t')
            end += sprintf(end, "\\%c", bytes[i] == '\n' ? 'n' : 't');
        else
            end += sprintf(end, "\\x%02x", (unsigned char)bytes[i]);
    }
    return end;
}

/* Harmless at `end`, which has room for four times the size; the new end. */
static char *put_harmless(char *end, const char *bytes, size_t size,
                          bool quoted)
{
    size_t length;

    for (; size > 0; bytes += length, size -= length) {
        length = text_utf8(bytes, size);
        if (length == 0 || is_control(bytes, length)) {
            length = length ? length : 1;
            end = put_escaped(end, bytes, length);
            continue;
        }
        if (quoted && (*bytes == '"' || *bytes == '\\'))
            *end++ = '\\';
        memcpy(end, bytes, length);
        end += length;
    }
    return end;
}

char *text_quote(const char *bytes, size_t size)
{
    char *text = mem_new(size + 1, 4), *end = text;

    *end++ = '"';
    end = put_harmless(end, bytes, size, true);
    *end++ = '"';
    *end = '\0';
    return text;
}

/* The byte that an escape stands for, or 0: there is no such escape. */
static char unescape(char escape)
{
    static const char escapes[][2] = {
        {'n', '\n'}, {'t', '\t'}, {'"', '"'}, {'\\', '\\'}};

    for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
        if (escapes[i][0] == escape)
            return escapes[i][1];
    return 0;
}

char *text_unquote(const char *text, size_t n)
{
    char *out = mem_new(n + 1, 1), *to = out, byte;

    for (size_t i = 0; i < n; i++) {
        byte = text[i];
        if (byte == '"' ||
            (byte == '\\' &&
             (++i == n || !(byte = unescape(text[i]))))) {
            free(out);
            return NULL;
        }
        *to++ = byte;
    }
    return out;
}

char *text_harmless(const char *bytes, size_t size)
{
    char *text = mem_new(size + 1, 4);

    *put_harmless(text, bytes, size, false) = '\0';
    return text;
}

bool text_is_harmless(const char *text)
{
    size_t size = strlen(text), length;

    for (; size > 0; text += length, size -= length) {
        length = text_utf8(text, size);
        if (length == 0 || is_control(text, length))
            return false;
    }
    return true;
}

/* The number that text begins with, without zeros in front; its digits. */
static size_t significant(const char **text)
{
    *text += strspn(*text, "0");
    return strspn(*text, "0123456789");
}

int text_compare_natural(const char *a, const char *b)
{
    const char *x = a, *y = b;

    while (*x && *y) {
        if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
            size_t n = significant(&x), m = significant(&y);
            int order = n != m ? (n < m ? -1 : 1) : strncmp(x, y, n);

            if (order)
                return order;
            x += n;
            y += n;
        } else if (*x++ != *y++) {
            return (unsigned char)x[-1] < (unsigned char)y[-1] ? -1 : 1;
        }
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b); /* zeros in front */
}

void text_blank(char *bytes, size_t size)
{
    size_t length;

    for (; size > 0; bytes += length, size -= length) {
        length = text_utf8(bytes, size);
        if (*bytes != '\n' && (!length || is_control(bytes, length)))
            memset(bytes, '?', length ? length : 1);
        length = length ? length : 1;
    }
}

/* What stands between a '%' and its letter. */
struct conversion {
    char flags[8];
    int width; /* 0: none */
    int precision; /* -1: none */
    char length; /* 0, 'l', 'L' for ll, 'z', 'j' */
};

/* A copy that functions can take from; a va_list itself may be an array. */
struct arguments {
    va_list list;
};

static int take_number(const char **at, struct arguments *args)
{
    int number = 0;

    if (**at == '*') {
        (*at)++;
        return va_arg(args->list, int);
    }
    for (; **at >= '0' && **at <= '9'; (*at)++)
        number = 10 * number + (**at - '0');
    return number;
}

/* Leaves *at at the letter. */
static struct conversion parse(const char **at, struct arguments *args)
{
    struct conversion conversion = {.precision = -1};
    size_t n = strspn(*at, "-+ #0");

    memcpy(conversion.flags, *at, n < 7 ? n : 7);
    *at += n;
    conversion.width = take_number(at, args);
    if (**at == '.') {
        (*at)++;
        conversion.precision = take_number(at, args);
    }
    for (; **at && strchr("hlzj", **at); (*at)++)
        conversion.length = conversion.length == 'l' && **at == 'l' ? 'L'
                                                                    : **at;
    return conversion;
}

static intmax_t take_signed(char length, struct arguments *args)
{
    switch (length) {
    case 'l':
        return va_arg(args->list, long);
    case 'L':
        return va_arg(args->list, long long);
    case 'z':
        return (intmax_t)va_arg(args->list, size_t);
    case 'j':
        return va_arg(args->list, intmax_t);
    default:
        return va_arg(args->list, int);
    }
}

static uintmax_t take_unsigned(char length, struct arguments *args)
{
    switch (length) {
    case 'l':
        return va_arg(args->list, unsigned long);
    case 'L':
        return va_arg(args->list, unsigned long long);
    case 'z':
        return va_arg(args->list, size_t);
    case 'j':
        return va_arg(args->list, uintmax_t);
    default:
        return va_arg(args->list, unsigned);
    }
}

static void add_text(struct buffer *to, const struct conversion *conversion,
                     const char *text)
{
    size_t size = conversion->precision < 0
                      ? strlen(text)
                      : strnlen(text, (size_t)conversion->precision);
    char *harmless = text_harmless(text, size), *field;

    field = mem_printf(strchr(conversion->flags, '-') ? "%-*s" : "%*s",
                       conversion->width, harmless);
    buffer_add(to, field, strlen(field));
    free(field);
    free(harmless);
}

/* The format is made here, of what a compiler has checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void add_number(struct buffer *to, const struct conversion *conversion,
                       char letter, struct arguments *args)
{
    int width = conversion->width, precision = conversion->precision;
    char format[24], *field;

    snprintf(format, sizeof format, "%%%s*.*%s%c", conversion->flags,
             strchr("diuoxX", letter) ? "j" : "", letter);
    if (strchr("di", letter))
        field = mem_printf(format, width, precision,
                           take_signed(conversion->length, args));
    else if (strchr("uoxX", letter))
        field = mem_printf(format, width, precision,
                           take_unsigned(conversion->length, args));
    else
        field = mem_printf(format, width, precision,
                           va_arg(args->list, double));
    buffer_add(to, field, strlen(field));
    free(field);
}
#pragma GCC diagnostic pop

/* What follows a '%'; returns what comes behind. */
static const char *add_conversion(struct buffer *to, const char *at,
                                  struct arguments *args)
{
    struct conversion conversion = parse(&at, args);
    const char *text;
    char letter = *at;

    if (letter == '%') {
        buffer_add(to, "%", 1);
    } else if (letter == 's') {
        text = va_arg(args->list, const char *);
        add_text(to, &conversion, text ? text : "(null)");
    } else if (letter == 'c') {
        const char c[2] = {(char)va_arg(args->list, int)};

        add_text(to, &conversion, c);
    } else if (letter && strchr("diuoxXeEfFgG", letter)) {
        add_number(to, &conversion, letter, args);
    } else {
        abort();
    }
    return at + 1;
}

void text_vfprintf(FILE *stream, const char *format, va_list args)
{
    struct buffer to = {0};
    struct arguments left;

    va_copy(left.list, args);
    while (*format) {
        size_t n = strcspn(format, "%");

        buffer_add(&to, format, n);
        format += n;
        if (*format)
            format = add_conversion(&to, format + 1, &left);
    }
    va_end(left.list);
    if (to.n)
        fwrite(to.bytes, 1, to.n, stream);
    free(to.bytes);
}

void text_fprintf(FILE *stream, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vfprintf(stream, format, args);
    va_end(args);
}

void text_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vfprintf(stdout, format, args);
    va_end(args);
}

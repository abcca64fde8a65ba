/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokenizer-decoder.c - tokens back into bytes, as the decoder of a
 * tokenizer.json says. */
#include "base/mem.h"
#include "base/text.h"
#include "tokenizer/tokenizer-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void tokenizer_decoder_free(struct decoder *decoder)
{
    free(decoder->from);
    free(decoder->to);
}

/* "<0x0A>" */
static bool byte_token(const char *token, size_t size, char *byte)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *high, *low;

    if (size != 6 || memcmp(token, "<0x", 3) != 0 || token[5] != '>' ||
        !token[3] || !token[4])
        return false;
    high = strchr(digits, token[3]);
    low = strchr(digits, token[4]);
    if (!high || !low)
        return false;
    *byte = (char)((high - digits) << 4 | (low - digits));
    return true;
}

static void replace(const struct decoder *decoder, const char *token,
                    size_t size, struct buffer *out)
{
    size_t n = strlen(decoder->from);

    while (size > 0) {
        if (size >= n && memcmp(token, decoder->from, n) == 0) {
            buffer_add(out, decoder->to, strlen(decoder->to));
            token += n;
            size -= n;
        } else {
            buffer_add(out, token++, 1);
            size--;
        }
    }
}

/* A token that is not written in byte-level characters decodes to itself. */
static void from_symbols(const char *token, size_t size, struct buffer *out)
{
    char *bytes = mem_new(size + 1, 1);
    size_t n;

    if (text_from_symbols(token, bytes, &n))
        buffer_add(out, bytes, n);
    else
        buffer_add(out, token, size);
    free(bytes);
}

void tokenizer_decoder_token(const struct decoder *decoder, const char *token,
                             size_t size, struct buffer *out)
{
    char byte;

    if (decoder->symbols)
        from_symbols(token, size, out);
    else if (decoder->byte_tokens && byte_token(token, size, &byte))
        buffer_add(out, &byte, 1);
    else if (decoder->from)
        replace(decoder, token, size, out);
    else
        buffer_add(out, token, size);
}

static int refuse(struct tokenizer_load *load, const char *type)
{
    return tokenizer_load_refuse(
        load, "decoder", type,
        "ByteLevel, Metaspace, or a "
        "Sequence of one Replace of a String, ByteFallback, "
        "Fuse and one Strip");
}

static int set_replace(struct tokenizer_load *load, json_t *json)
{
    struct decoder *decoder = &load->tokenizer->decoder;
    json_t *pattern = json_object_get(json, "pattern");
    const char *from = json_string_value(json_object_get(pattern, "String"));
    const char *to = json_string_value(json_object_get(json, "content"));

    if (!from || !*from || !to || decoder->from)
        return refuse(load, "Replace");
    decoder->from = mem_strdup(from);
    decoder->to = mem_strdup(to);
    return ST_OK;
}

static int set_metaspace(struct tokenizer_load *load, json_t *json)
{
    struct decoder *decoder = &load->tokenizer->decoder;
    const char *mark = json_string_value(json_object_get(json,
                                                         "replacement"));
    json_t *scheme = json_object_get(json, "prepend_scheme");
    bool adds = !json_is_false(json_object_get(json, "add_prefix_space"));

    if (!mark || !*mark || decoder->from)
        return refuse(load, "Metaspace");
    if (json_is_string(scheme))
        adds = strcmp(json_string_value(scheme), "never") != 0;
    decoder->from = mem_strdup(mark);
    decoder->to = mem_strdup(" ");
    decoder->drops_first = adds;
    return ST_OK;
}

/* A Strip of the whole text, which a Fuse before it has joined. */
static int set_strip(struct tokenizer_load *load, json_t *json, bool fused)
{
    struct decoder *decoder = &load->tokenizer->decoder;
    const char *content = json_string_value(json_object_get(json,
                                                            "content"));
    json_int_t start = json_integer_value(json_object_get(json, "start"));
    json_int_t stop = json_integer_value(json_object_get(json, "stop"));
    size_t n = content ? strlen(content) : 0;

    if (!fused || *decoder->strip || n == 0 || text_utf8(content, n) != n ||
        start < 0 || stop < 0)
        return refuse(load, "Strip");
    snprintf(decoder->strip, sizeof decoder->strip, "%s", content);
    decoder->start = (size_t)start;
    decoder->stop = (size_t)stop;
    return ST_OK;
}

/* One decoder; *fused: has there been a Fuse? */
static int set_step(struct tokenizer_load *load, json_t *json, bool *fused)
{
    const char *type = tokenizer_load_type(json);

    if (strcmp(type, "Fuse") == 0)
        *fused = true;
    else if (strcmp(type, "Strip") == 0)
        return set_strip(load, json, *fused);
    else if (*fused)
        return refuse(load, type);
    else if (strcmp(type, "ByteFallback") == 0)
        load->tokenizer->decoder.byte_tokens = true;
    else if (strcmp(type, "Replace") == 0)
        return set_replace(load, json);
    else if (strcmp(type, "Metaspace") == 0)
        return set_metaspace(load, json);
    else
        return refuse(load, type);
    return ST_OK;
}

static bool is_byte_level(json_t *json)
{
    return strcmp(tokenizer_load_type(json), "ByteLevel") == 0;
}

int tokenizer_load_decoder(struct tokenizer_load *load, json_t *decoder)
{
    bool symbols = pretokenize_has(load->tokenizer->pretokenizer,
                                   NORMALIZE_SYMBOLS);
    json_t *list = json_object_get(decoder, "decoders"), *json;
    bool fused = false, absent = !decoder || json_is_null(decoder);
    int status = ST_OK;
    size_t i;

    load->tokenizer->decoder.symbols = symbols;
    if (symbols && (absent || is_byte_level(decoder)))
        return ST_OK;
    if (symbols || is_byte_level(decoder))
        return tokenizer_load_refuse(
            load, "decoder", tokenizer_load_type(decoder),
            symbols ? "ByteLevel, as in pre_tokenizer,"
                    : "what undoes the pre_tokenizer");
    if (!json_is_array(list))
        return set_step(load, decoder, &fused);
    json_array_foreach(list, i, json) {
        if (!status)
            status = set_step(load, json, &fused);
    }
    return status;
}

json_t *tokenizer_decoder_of_marks(bool strips)
{
    return json_pack("{s:s, s:[{s:s, s:{s:s}, s:s}, {s:s}, {s:s},"
                     " {s:s, s:s, s:i, s:i}]}", "type", "Sequence",
                     "decoders", "type", "Replace", "pattern", "String",
                     "\u2581", "content", " ", "type", "ByteFallback",
                     "type", "Fuse", "type", "Strip", "content", " ",
                     "start", strips, "stop", 0);
}

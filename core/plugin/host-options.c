/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* host-options.c - the host's functions that read an instance's options. */
#include "plugin/host-internal.h"

#include <string.h>

static const struct option_value *option(transect_ctx *ctx, const char *name,
                                         const char *reader)
{
    const struct option_value *value = options_find(&ctx->options, name);

    if (!value)
        host_record(ctx, ST_PLUGIN, "%s asks for option '%s', which its "
                    "table does not declare", reader, name);
    return value;
}

const struct option_value *host_typed_option(transect_ctx *ctx,
                                             const char *name, int type,
                                             const char *reader)
{
    const struct option_value *value = option(ctx, name, reader);

    if (value && value->decl.type != type) {
        host_record(ctx, ST_PLUGIN, "%s asks for option '%s', which is of "
                    "type %s", reader, name,
                    option_type_name(value->decl.type));
        return NULL;
    }
    return value;
}

int host_is_set(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = option(ctx, name, "is_set");

    return value && value->set;
}

int host_get_bool(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = host_typed_option(
        ctx, name, TRANSECT_BOOL, "get_bool");

    return value && value->truth;
}

int64_t host_get_int(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = host_typed_option(
        ctx, name, TRANSECT_INT, "get_int");

    return value ? value->integer : 0;
}

double host_get_real(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = host_typed_option(
        ctx, name, TRANSECT_REAL, "get_real");

    return value ? value->real : 0;
}

const char *host_get_string(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = option(ctx, name, "get_string");

    return value && value->set ? value->text : "";
}

size_t host_get_list(transect_ctx *ctx, const char *name,
                            const int32_t **list)
{
    const struct option_value *value = option(ctx, name, "get_list");
    int type = value ? value->decl.type : -1;

    *list = NULL;
    if (type != TRANSECT_LAYERS && type != TRANSECT_DIMS &&
        type != TRANSECT_POINTS && type != TRANSECT_TOKENS &&
        type != TRANSECT_UNITS) {
        host_record(ctx, ST_PLUGIN, "get_list asks for option '%s', which "
                    "is no list of numbers", name);
        return 0;
    }
    *list = value->list;
    return value->n;
}

size_t host_get_heads(transect_ctx *ctx, const char *name,
                             const struct transect_head **heads)
{
    const struct option_value *value = option(ctx, name, "get_heads");
    int type = value ? value->decl.type : -1;

    *heads = NULL;
    if (type != TRANSECT_HEADS && type != TRANSECT_GROUPS) {
        host_record(ctx, ST_PLUGIN, "get_heads asks for option '%s', which "
                    "is no list of heads", name);
        return 0;
    }
    *heads = value->heads;
    return value->n;
}

/* The place of a word in a list of words separated by spaces, or -1. */
static int32_t word_index(const char *words, const char *word)
{
    size_t length = strlen(word);
    int32_t index = 0;

    for (words += strspn(words, " "); *words; index++) {
        size_t n = strcspn(words, " ");

        if (n == length && memcmp(words, word, n) == 0)
            return index;
        words += n + strspn(words + n, " ");
    }
    return -1;
}

int32_t host_get_enum(transect_ctx *ctx, const char *name)
{
    const struct option_value *value = option(ctx, name, "get_enum");

    if (value && !value->decl.choices)
        host_record(ctx, ST_PLUGIN, "get_enum asks for option '%s', which "
                    "has no choices", name);
    return value && value->set && value->decl.choices
               ? word_index(value->decl.choices, value->text)
               : -1;
}

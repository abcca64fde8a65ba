/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/safetensors.h - what the header of a .safetensors file says,
 * tensor by tensor. The file begins with the header's size, 8 bytes, the
 * lowest first, and the header; behind that lie the numbers.
 *
 *   struct transect_safetensor tensor = transect_safetensors_begin(header);
 *
 *   while (transect_safetensors_next(&tensor))
 *       ... tensor.name, tensor.n_dim, tensor.size, tensor.begin ...
 *   if (tensor.wrong)
 *       return host->fail(ctx, "%s: %s", path, tensor.wrong);
 */
#ifndef TRANSECT_KIT_SAFETENSORS_H
#define TRANSECT_KIT_SAFETENSORS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_SAFETENSOR_DIMS 4

struct transect_safetensor {
    const char *name; /* in the header, without its quotes, */
    size_t name_size; /* so many bytes, escapes as they stand */
    const char *type; /* "F32\"...": in the header, up to its quote */
    int n_dim;        /* 0: it has no shape that can be read */
    int64_t size[TRANSECT_SAFETENSOR_DIMS];
    int64_t begin, end; /* bytes behind the header; -1: not said */
    const char *wrong;  /* with the header; NULL: nothing so far */
    const char *at;     /* the brace or comma in front of the next one */
};

/* header: ends with NUL; it must outlast what points into it. */
static inline struct transect_safetensor
transect_safetensors_begin(const char *header)
{
    struct transect_safetensor tensor;

    memset(&tensor, 0, sizeof tensor);
    tensor.at = header + strspn(header, " \t\r\n");
    return tensor;
}

static inline const char *transect_json_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Behind the string that begins here; NULL: none does, or it does not end. */
static inline const char *transect_json_string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    while (*at && *at != '"')
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : NULL;
}

/* Behind the value that begins here, with all that is in it; NULL: it does not
 * end. */
static inline const char *transect_json_value(const char *at)
{
    int depth = 0;

    do {
        at = transect_json_blanks(at);
        if (*at == '"') {
            at = transect_json_string(at);
        } else if (*at) {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
            /* The rest of a number or word. */
            if (!depth)
                at += strcspn(at, ",]} \t\r\n");
        } else {
            at = NULL;
        }
    } while (at && depth > 0);
    return at;
}

/* Of a JSON object. */
struct transect_json_member {
    const char *key, *value; /* key: with its quotes */
    const char *end;         /* behind the value; NULL: the text is no JSON */
};

/* The member that begins at the brace or comma here; 0: none is left. */
static inline int transect_json_next(const char *at,
                                     struct transect_json_member *member)
{
    const char *colon;

    member->value = member->end = NULL;
    member->key = transect_json_blanks(at + 1);
    if (*at == '}' || (*at == '{' && *member->key == '}'))
        return 0;
    colon = *at == '{' || *at == ',' ? transect_json_string(member->key)
                                     : NULL;
    colon = colon ? transect_json_blanks(colon) : "";
    if (*colon == ':') {
        member->value = transect_json_blanks(colon + 1);
        member->end = transect_json_value(member->value);
    }
    if (member->end)
        member->end = transect_json_blanks(member->end);
    return 1;
}

/* Whole numbers from `least` on between brackets; how many, 0: it is
 * something else. */
static inline int transect_json_numbers(const char *text, char open,
                                        char close, long long least,
                                        int64_t *numbers, int most)
{
    int n = 0;

    if (*text++ != open)
        return 0;
    while (*text && *text != close) {
        char *end;
        long long number = strtoll(text, &end, 10);

        if (end == text || number < least || n == most)
            return 0;
        numbers[n++] = number;
        text = end + strspn(end, ", ");
    }
    return *text == close ? n : 0;
}

static inline int transect_json_begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static inline void transect_safetensors_member(
    struct transect_safetensor *tensor,
    const struct transect_json_member *member)
{
    int64_t bounds[2];

    if (transect_json_begins(member->key, "\"dtype\"") &&
        *member->value == '"')
        tensor->type = member->value + 1;
    if (transect_json_begins(member->key, "\"shape\""))
        tensor->n_dim = transect_json_numbers(member->value, '[', ']', 1,
                                              tensor->size,
                                              TRANSECT_SAFETENSOR_DIMS);
    if (transect_json_begins(member->key, "\"data_offsets\"") &&
        transect_json_numbers(member->value, '[', ']', 0, bounds, 2) == 2) {
        tensor->begin = bounds[0];
        tensor->end = bounds[1];
    }
}

/* Goes on to the next tensor; 0: there is none, or something is wrong. */
static inline int transect_safetensors_next(struct transect_safetensor *tensor)
{
    struct transect_json_member own, member;
    const char *at;

    do {
        if (!transect_json_next(tensor->at, &own))
            return 0;
        if (!own.end) {
            tensor->wrong = "has a header that is no JSON";
            return 0;
        }
        tensor->at = own.end;
    } while (transect_json_begins(own.key, "\"__metadata__\""));
    tensor->name = own.key + 1;
    tensor->name_size =
        (size_t)(transect_json_string(own.key) - tensor->name) - 1;
    tensor->type = "";
    tensor->n_dim = 0;
    tensor->begin = tensor->end = -1;
    for (at = own.value; transect_json_next(at, &member); at = member.end) {
        if (!member.end) {
            tensor->wrong = "has a header that is no JSON";
            return 0;
        }
        transect_safetensors_member(tensor, &member);
    }
    return 1;
}

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* header.c - what the header of a .npy or .safetensors file says of its one
 * array. */
#include "patcher.h"

#include <stdlib.h>
#include <string.h>

/* Fills shape from "(3, 8)" or "[3,8]"; false if it is none. */
static bool parse_shape(const char *text, char close, struct shape *shape)
{
    shape->n = 0;
    while (*text && *text != close) {
        char *end;
        long long size = strtoll(text, &end, 10);

        if (end == text || size < 1 || size > INT32_MAX || shape->n == 3)
            return false;
        shape->size[shape->n++] = size;
        text = end + strspn(end, ", ");
    }
    return *text == close;
}

/* The text behind `key` and its colon; NULL: it is not there. */
static const char *behind(const char *header, const char *key)
{
    const char *at = strstr(header, key);

    if (!at)
        return NULL;
    at += strlen(key);
    at += strspn(at, " ");
    if (*at != ':')
        return NULL;
    return at + 1 + strspn(at + 1, " ");
}

static bool begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

/* "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 8), }" */
const char *patcher_npy_header(const char *header, struct shape *shape)
{
    const char *text = behind(header, "'shape'");

    if (!begins(behind(header, "'descr'"), "'<f4'"))
        return "is not of float32; store it as such";
    if (!begins(behind(header, "'fortran_order'"), "False"))
        return "is stored by columns; store it by rows";
    if (!begins(text, "(") || !parse_shape(text + 1, ')', shape))
        return "has no shape of one or more numbers";
    return NULL;
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Behind the string that begins here; NULL: none does, or it does not end. */
static const char *skip_string(const char *at)
{
    if (*at++ != '"')
        return NULL;
    while (*at && *at != '"')
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at ? at + 1 : NULL;
}

/* Behind the value that begins here, with all that is in it; NULL: it does not
 * end. */
static const char *skip_value(const char *at)
{
    int depth = 0;

    do {
        at = skip_blanks(at);
        if (*at == '"') {
            at = skip_string(at);
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
struct member {
    const char *key, *value; /* key: with its quotes */
    const char *end;         /* behind the value; NULL: the text is no JSON */
};

/* The member that begins at the brace or comma here; false: none is left. */
static bool next_member(const char *at, struct member *member)
{
    const char *colon;

    member->end = NULL;
    member->key = skip_blanks(at + 1);
    if (*at == '}' || (*at == '{' && *member->key == '}'))
        return false;
    colon = *at == '{' || *at == ',' ? skip_string(member->key) : NULL;
    colon = colon ? skip_blanks(colon) : "";
    if (*colon == ':') {
        member->value = skip_blanks(colon + 1);
        member->end = skip_value(member->value);
    }
    if (member->end)
        member->end = skip_blanks(member->end);
    return true;
}

static const char *parse_tensor(const char *tensor, struct shape *shape)
{
    const char *type = NULL, *size = NULL;
    struct member member = {0};

    for (const char *at = tensor; next_member(at, &member); at = member.end) {
        if (!member.end)
            return "has a header that is no JSON";
        if (begins(member.key, "\"dtype\""))
            type = member.value;
        if (begins(member.key, "\"shape\""))
            size = member.value;
    }
    if (!begins(type, "\"F32\""))
        return "is not of float32; store it as such";
    if (!begins(size, "[") || !parse_shape(size + 1, ']', shape))
        return "has no shape of one or more numbers";
    return NULL;
}

/* {"name":{"dtype":"F32","shape":[3,8],"data_offsets":[0,96]}} */
const char *patcher_safetensors_header(const char *header, struct shape *shape)
{
    const char *tensor = NULL;
    struct member member = {0};

    for (const char *at = skip_blanks(header); next_member(at, &member);
         at = member.end) {
        if (!member.end)
            return "has a header that is no JSON";
        if (begins(member.key, "\"__metadata__\""))
            continue;
        if (tensor)
            return "has more than one tensor; store the one that is wanted in "
                   "a file of its own";
        tensor = member.value;
    }
    return tensor ? parse_tensor(tensor, shape) : "has no tensor";
}

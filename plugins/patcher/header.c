/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* header.c - what the header of a .npy or .safetensors file says of its one
 * array. */
#include "patcher.h"

#include <stdlib.h>
#include <string.h>
#include <transect/kit/safetensors.h>

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

/* {"name":{"dtype":"F32","shape":[3,8],"data_offsets":[0,96]}} */
const char *patcher_safetensors_header(const char *header, struct shape *shape)
{
    struct transect_safetensor tensor = transect_safetensors_begin(header),
                               only = {.n_dim = -1};

    while (transect_safetensors_next(&tensor)) {
        if (only.n_dim >= 0)
            return "has more than one tensor; store the one that is wanted in "
                   "a file of its own";
        only = tensor;
    }
    if (tensor.wrong)
        return tensor.wrong;
    if (only.n_dim < 0)
        return "has no tensor";
    if (!begins(only.type, "F32\""))
        return "is not of float32; store it as such";
    if (only.n_dim < 1 || only.n_dim > 3)
        return "has no shape of one or more numbers";
    shape->n = only.n_dim;
    for (int i = 0; i < only.n_dim; i++) {
        if (only.size[i] > INT32_MAX)
            return "has no shape of one or more numbers";
        shape->size[i] = only.size[i];
    }
    return NULL;
}

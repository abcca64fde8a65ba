/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* arch.c - the families of models that can be run. */
#include "arch.h"

#include <string.h>

static const struct arch *const archs[] = {&arch_gpt2};

#define N_ARCHS (sizeof archs / sizeof *archs)

const struct arch *arch_find(const char *model_type)
{
    for (size_t i = 0; i < N_ARCHS; i++)
        if (strcmp(archs[i]->model_type, model_type) == 0)
            return archs[i];
    return NULL;
}

const char *const *arch_names(size_t *n)
{
    static const char *names[N_ARCHS + 1];

    for (size_t i = 0; i < N_ARCHS; i++)
        names[i] = archs[i]->model_type;
    *n = N_ARCHS;
    return names;
}

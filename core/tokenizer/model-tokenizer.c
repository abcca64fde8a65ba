/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-tokenizer.c - the one tokenizer of a model, built when needed. */
#include "tokenizer/model-tokenizer.h"

#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>

struct model_tokenizer {
    const struct model_files *files;
    struct tokenizer *tokenizer;
    bool tried;         /* to build it */
    struct error error; /* why that failed; status 0: it did not */
};

struct model_tokenizer *model_tokenizer_new(const struct model_files *files)
{
    struct model_tokenizer *shared = mem_new(1, sizeof *shared);

    shared->files = files;
    return shared;
}

int model_tokenizer_get(struct model_tokenizer *shared,
                        struct tokenizer **tokenizer, struct error *err)
{
    if (!shared->tried)
        tokenizer_read(shared->files, &shared->tokenizer, &shared->error);
    shared->tried = true;
    if (shared->error.status)
        *err = shared->error;
    else
        *tokenizer = shared->tokenizer;
    return shared->error.status;
}

void model_tokenizer_free(struct model_tokenizer *shared)
{
    if (!shared)
        return;
    tokenizer_close(shared->tokenizer);
    free(shared);
}

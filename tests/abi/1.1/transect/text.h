/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/text.h - the extension "transect.text/1": what tokens say.
 *
 *   const struct transect_text_host *text =
 *       host->extension(ctx, TRANSECT_TEXT);
 *
 * The tokens of a sample are numbers, given to begin(). A model folder may
 * have no tokenizer, since samples can be given as numbers. [main]
 */
#ifndef TRANSECT_TEXT_H
#define TRANSECT_TEXT_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_TEXT "transect.text/1"

struct transect_text_host {
    uint32_t size;
    /* The bytes that a token stands for, not always whole characters and
     * without a final NUL; NULL if there is no tokenizer or no such token.
     * From ready on; lives until destroy. */
    const char *(*piece)(transect_ctx *, int32_t token, size_t *size);
    /* The same for tables and axes: printable UTF-8 between quotes, as
     * `transect tokenize` shows it; "#50256" where piece() is NULL, "" for
     * what is no token of the model. */
    const char *(*label)(transect_ctx *, int32_t token);
};

#ifdef __cplusplus
}
#endif

#endif

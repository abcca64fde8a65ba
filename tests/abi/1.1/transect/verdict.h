/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/verdict.h - the extension "transect.verdict/1": an answer to the
 * experiment's question, with the rule that gives it.
 *
 *   const struct transect_verdict_host *judge =
 *       host->extension(ctx, TRANSECT_VERDICT);
 *
 * Where say() tells a number, a verdict answers. It opens the report, so its
 * rule must count everything that was measured, and where the evidence is
 * mixed the verdict says so. [main]
 */
#ifndef TRANSECT_VERDICT_H
#define TRANSECT_VERDICT_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_VERDICT "transect.verdict/1"

struct transect_verdict_host {
    uint32_t size;
    /* `rule` says in a sentence how the verdict follows from the numbers;
     * the format makes the verdict, a sentence. finish, compare. */
    void (*verdict)(transect_ctx *, const char *rule, const char *format, ...)
        TRANSECT_PRINTF(3, 4);
    /* [1.1] The same of a text as it stands. */
    void (*verdict_text)(transect_ctx *, const char *rule, const char *text);
};

#ifdef __cplusplus
}
#endif

#endif

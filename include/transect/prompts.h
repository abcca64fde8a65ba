/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/prompts.h - the extension "transect.prompts/1" [1.2]: what the
 * record of a sample says besides its prompt, and where named places of it
 * are.
 *
 *   const struct transect_prompts_host *prompts =
 *       host->extension(ctx, TRANSECT_PROMPTS);
 *
 * Samples need not come from records: there is then no answer. Where records
 * have pairs, there is a variant that runs those, unedited, in which an
 * instance sees the second prompt under the number of the sample. Positions
 * count from 0 in the sample as it is run, with what stands in front of it.
 */
#ifndef TRANSECT_PROMPTS_H
#define TRANSECT_PROMPTS_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_PROMPTS "transect.prompts/1"

enum transect_role {
    TRANSECT_ROLE_PROMPT,
    TRANSECT_ROLE_PAIR /* of the variant that runs the pairs */
};

/* Of one sample. Ids are of the first token of each right or wrong
 * continuation, as it is tokenized behind the prompt. */
struct transect_prompt {
    uint32_t size;    /* set by the caller */
    int32_t n_prompt; /* its tokens; behind them stand those of the answer, if
                         the experiment asks for all of them */
    const int32_t *answers, *foils;
    int32_t n_answer, n_foil; /* 0: the input has none */
    const char *label;        /* as the record has it; NULL: none */
    int32_t n_token;          /* its tokens with those behind the prompt */
};

struct transect_prompts_host {
    uint32_t size;
    /* enum transect_role, of the instance's variant. ready or later. */
    int32_t (*role)(transect_ctx *);
    /* Fails if there is no such sample. What it points to lives until
     * destroy. ready or later, on any thread. */
    int (*prompt)(transect_ctx *, int32_t sample, struct transect_prompt *);
    /* Where an option of the type TRANSECT_POSITIONS means in a sample:
     * ascending, without repeats; returns how many. Lives until destroy.
     * ready or later, on any thread. */
    size_t (*positions)(transect_ctx *, const char *option, int32_t sample,
                        const int32_t **positions);
    /* Which place of the list each of these is, in their order: the same
     * number for the same item in all samples and in both roles. Items are
     * numbered through as they are written: one position has one number; a
     * range as many as it has; a named span as many as the longest of all
     * samples; * as many as the longest sample. A position that two items
     * name has the number of the first. Of sample -1: how many places there
     * are, in either role; places may then be NULL. */
    size_t (*places)(transect_ctx *, const char *option, int32_t sample,
                     const int32_t **places);
};

#ifdef __cplusplus
}
#endif

#endif

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* tokens.c - whose logits are taken apart, and with which weights: the mean of
 * some less the mean of others, which are those of the options for all
 * samples, or of each sample answers and foils. */
#include "attribution.h"

/* Some tokens for, some against; the others of a sample go behind them. */
struct sides {
    const int32_t *right, *wrong;
    size_t n_right, n_wrong;
};

size_t tokens_of(const struct attribution *self, int32_t sample,
                 const int32_t **tokens, const double **weights)
{
    size_t first = self->token_first[sample];

    *tokens = self->tokens + first;
    *weights = self->weights + first;
    return self->token_first[sample + 1] - first;
}

/* Of the options; none is right if there are no such. */
static int take_options(const struct attribution *self, struct sides *sides)
{
    const struct transect_host *host = self->host;

    *sides = (struct sides){0};
    if (host->is_set(self->ctx, "tokens"))
        sides->n_right = host->get_list(self->ctx, "tokens", &sides->right);
    if (host->is_set(self->ctx, "against"))
        sides->n_wrong = host->get_list(self->ctx, "against", &sides->wrong);
    if (sides->n_wrong && !sides->n_right)
        return host->fail(self->ctx, "against: there are no tokens to take "
                                     "these from; give tokens as well");
    for (size_t i = 0; i < sides->n_right; i++)
        for (size_t k = 0; k < sides->n_wrong; k++)
            if (sides->right[i] == sides->wrong[k])
                return host->fail(self->ctx, "token %d is in tokens and in "
                                  "against", (int)sides->right[i]);
    return TRANSECT_OK;
}

static int take_prompt(const struct attribution *self, int32_t sample,
                       struct sides *sides)
{
    struct transect_prompt prompt = {.size = sizeof prompt};

    if (self->prompts->prompt(self->ctx, sample, &prompt))
        return TRANSECT_FAILED;
    if (prompt.n_answer == 0)
        return self->host->fail(
            self->ctx, "sample %d has no answer; [input] answer names the "
            "field of the records that has the right continuation; or give "
            "tokens", (int)sample);
    *sides = (struct sides){prompt.answers, prompt.foils,
                            (size_t)prompt.n_answer, (size_t)prompt.n_foil};
    return TRANSECT_OK;
}

static void put(struct attribution *self, size_t first,
                const struct sides *sides)
{
    int32_t *tokens = self->tokens + first;
    double *weights = self->weights + first;

    for (size_t i = 0; i < sides->n_right; i++) {
        *tokens++ = sides->right[i];
        *weights++ = 1 / (double)sides->n_right;
    }
    for (size_t i = 0; i < sides->n_wrong; i++) {
        *tokens++ = sides->wrong[i];
        *weights++ = -1 / (double)sides->n_wrong;
    }
}

int tokens_take(struct attribution *self)
{
    size_t n_sample = (size_t)self->model.n_sample;
    size_t *first = self->host->alloc(self->ctx, n_sample + 1, sizeof *first);
    struct sides *all = self->host->alloc(self->ctx, n_sample, sizeof *all);
    struct sides given;

    if (take_options(self, &given))
        return TRANSECT_FAILED;
    for (size_t i = 0; i < n_sample; i++) {
        all[i] = given;
        if (!given.n_right && take_prompt(self, (int32_t)i, &all[i]))
            return TRANSECT_FAILED;
        first[i + 1] = first[i] + all[i].n_right + all[i].n_wrong;
    }
    self->token_first = first;
    self->tokens = self->host->alloc(self->ctx, first[n_sample],
                                     sizeof *self->tokens);
    self->weights = self->host->alloc(self->ctx, first[n_sample],
                                      sizeof *self->weights);
    self->subject = "logit";
    for (size_t i = 0; i < n_sample; i++) {
        put(self, first[i], &all[i]);
        if (all[i].n_wrong)
            self->subject = "logit difference";
    }
    return TRANSECT_OK;
}

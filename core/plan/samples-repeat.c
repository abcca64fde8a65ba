/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-repeat.c - samples without a text: random tokens, and then the same
 * once more. */
#include "plan/samples-internal.h"

#include "base/mem.h"
#include "base/random-normal.h"

#include <stdlib.h>
#include <string.h>

/* Is it a token of texts? Without a tokenizer all are, but for BOS. */
static bool is_ordinary(const struct samples_load *load, int32_t id)
{
    const struct config *config = &load->model->config;
    const struct tokenizer *tokenizer = load->front.tokenizer;

    return tokenizer ? tokenizer_is_ordinary(tokenizer, id)
                     : id != config->bos;
}

static void find_ordinary(const struct samples_load *load,
                          struct token_ids *ids)
{
    for (int32_t id = 0; id < load->model->config.n_vocab; id++)
        if (is_ordinary(load, id))
            ids_push(ids, id);
}

static int check_sizes(const struct samples_load *load,
                       const struct token_ids *ordinary)
{
    const struct input_spec *spec = load->spec;
    int context = load->model->config.n_context;
    int n_front = (int)load->front.ids.n;

    if (spec->length > 0)
        return error_at(load->err, ST_USAGE, spec->length_place, "length is "
                        "%d, but a sample has the tokens of repeat twice; "
                        "leave it out", spec->length);
    if (spec->repeat > (context - n_front) / 2)
        return error_at(load->err, ST_USAGE, spec->place, "repeat is %d; "
                        "twice as many tokens%s must fit into the model's "
                        "context, %d", spec->repeat,
                        n_front ? " and what stands in front" : "", context);
    if (ordinary->n == 0)
        return error_at(load->err, ST_DATA, spec->place, "%s: the tokenizer "
                        "has no ordinary token that the model has",
                        load->model->files->path);
    return ST_OK;
}

/* A sample's tokens depend on the seed and its number alone. */
static void draw(uint64_t seed, int sample, const struct token_ids *from,
                 int32_t *tokens, size_t n)
{
    uint64_t key = random_key(seed, "repeat");
    uint32_t words[4];

    for (size_t i = 0; i < n; i++) {
        random_philox(key, (uint64_t)sample, i, words);
        tokens[i] = tokens[n + i] =
            from->ids[((uint64_t)words[0] << 32 | words[1]) % from->n];
    }
}

int samples_repeat(struct samples_load *load, struct samples **samples)
{
    const struct input_spec *spec = load->spec;
    const struct token_ids *front = &load->front.ids;
    size_t n = (size_t)spec->repeat;
    struct token_ids ordinary = {0};
    int32_t *tokens;
    int n_sample = spec->samples > 0 ? spec->samples : 1, status;

    find_ordinary(load, &ordinary);
    status = check_sizes(load, &ordinary);
    if (!status) {
        *samples = mem_new(1, sizeof **samples);
        tokens = mem_new(front->n + 2 * n, sizeof *tokens);
        for (size_t i = 0; i < front->n; i++)
            tokens[i] = front->ids[i];
        for (int i = 0; i < n_sample; i++) {
            draw(spec->seed, i, &ordinary, tokens + front->n, n);
            samples_add(*samples, tokens, (int)(front->n + 2 * n));
        }
        (*samples)->n_total = (*samples)->n_token;
        (*samples)->n_fronted = front->n ? n_sample : 0;
        free(tokens);
    }
    free(ordinary.ids);
    return status;
}

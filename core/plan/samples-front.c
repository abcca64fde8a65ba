/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-front.c - the tokens in front of each sample, such as BOS: as the
 * model's tokenizer puts them, or as the experiment wants it. */
#include "plan/samples-front.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Is all of it text, which a tokenizer makes ids of? Records may be. */
static bool is_text(const struct input_spec *spec)
{
    return spec->kind == INPUT_FILES || spec->kind == INPUT_TEXT;
}

/* Are the ids the experiment's own, with all that is to be in front? */
static bool is_given(const struct input_spec *spec)
{
    return spec->kind == INPUT_IDS || spec->kind == INPUT_IDS_FILE;
}

/* Ids need no tokenizer: one that cannot be read is as good as none. */
static int find_tokenizer(struct samples_front *front, struct error *err)
{
    struct error ignored = {0};
    bool needed = is_text(front->spec);
    int status = ST_OK;

    if (!front->tokenizer &&
        (needed || model_files_tokenizer(front->model->files)))
        status = model_tokenizer_get(front->shared, &front->tokenizer,
                                     needed ? err : &ignored);
    if (front->tokenizer)
        front->own = tokenizer_front(front->tokenizer, &front->by);
    return needed ? status : ST_OK;
}

/* The model's own, or else the tokenizer's, or else the family's: a tokenizer
 * of the model's own may well have another than the family's first one. */
static int push_bos(struct samples_front *front, struct error *err)
{
    const struct config *config = &front->model->config;
    int32_t bos = config->bos;

    if (bos < 0 ||
        (config->bos_assumed && model_files_tokenizer(front->model->files))) {
        if (model_tokenizer_get(front->shared, &front->tokenizer, err))
            return err->status;
        if (tokenizer_bos(front->tokenizer) >= 0)
            bos = tokenizer_bos(front->tokenizer);
    }
    if (bos < 0 || bos >= config->n_vocab)
        return error_at(err, ST_USAGE, front->spec->place, "bos = yes, but "
                        "%s has no BOS token; only bos = no is possible",
                        front->model->files->path);
    ids_push(&front->ids, bos);
    return ST_OK;
}

static int push_own(struct samples_front *front, struct error *err)
{
    int n_vocab = front->model->config.n_vocab;

    for (size_t i = 0; i < front->own->n; i++) {
        if (front->own->ids[i] >= n_vocab)
            return error_set(err, ST_DATA, "%s: the tokenizer puts id %d in "
                             "front of a text, but the model has ids 0 to %d "
                             "only; they do not belong together",
                             front->model->files->path,
                             (int)front->own->ids[i], n_vocab - 1);
        ids_push(&front->ids, front->own->ids[i]);
    }
    return ST_OK;
}

int front_find(struct samples_front *front, struct error *err)
{
    enum bos_choice bos = front->spec->bos;
    int status = find_tokenizer(front, err);

    if (status || bos == BOS_NO ||
        (bos == BOS_AUTO && is_given(front->spec)))
        return status;
    if (front->own && front->own->n)
        return push_own(front, err);
    return bos == BOS_YES ? push_bos(front, err) : ST_OK;
}

static size_t begins_with(const struct token_ids *ids,
                          const struct token_ids *front)
{
    return front && front->n && ids->n >= front->n &&
                   !memcmp(ids->ids, front->ids,
                           front->n * sizeof *ids->ids)
               ? front->n
               : 0;
}

size_t front_length(const struct samples_front *front,
                    const struct token_ids *ids)
{
    size_t n = begins_with(ids, &front->ids);

    return n ? n : begins_with(ids, front->own);
}

/* "<s>", "[gMASK] <sop>"; the caller frees. */
static char *spell(const struct samples_front *front,
                   const struct token_ids *ids)
{
    char *text = mem_strdup(""), *longer, *harmless;

    for (size_t i = 0; i < ids->n; i++) {
        size_t size = 0;
        const char *piece = front->tokenizer
                                ? tokenizer_piece(front->tokenizer,
                                                  ids->ids[i], &size)
                                : NULL;

        harmless = piece ? text_harmless(piece, size)
                         : mem_printf("token %d", (int)ids->ids[i]);
        longer = mem_printf("%s%s%s", text, i ? " " : "", harmless);
        free(harmless);
        free(text);
        text = longer;
    }
    return text;
}

/* Where only some samples are texts, how many. */
static char *describe_own(const struct samples_front *front,
                          const struct samples *samples, const char *tokens)
{
    if (samples->n_fronted == samples->n_sample)
        return mem_printf("yes (auto: %s puts %s first)", front->by, tokens);
    return mem_printf("yes for %d of %d samples (auto: %s puts %s first; ids "
                      "are taken as they are)", samples->n_fronted,
                      samples->n_sample, front->by, tokens);
}

static char *describe(const struct samples_front *front,
                      const struct samples *samples)
{
    char *tokens = spell(front, &front->ids), *text;
    bool ids = front->ids.n ? samples->n_fronted == 0
                            : is_given(front->spec) || !front->tokenizer;

    if (front->spec->bos == BOS_YES)
        text = mem_printf("yes (bos = yes: %s first%s)", tokens,
                          front->own && !front->own->n
                              ? ", which the tokenizer does not put there"
                              : "");
    else if (front->spec->bos == BOS_NO)
        text = mem_strdup("no (bos = no)");
    else if (ids)
        text = mem_strdup("as the ids are (auto: ids are taken as they are)");
    else if (front->ids.n)
        text = describe_own(front, samples, tokens);
    else
        text = mem_strdup("no (auto: the tokenizer puts no token first)");
    free(tokens);
    return text;
}

/* Does a sample have these ids from a token on? */
static bool has_at(const struct samples *samples, int sample, size_t from,
                   const struct token_ids *ids)
{
    return (size_t)samples->list[sample].n_token >= from + ids->n &&
           memcmp(samples_tokens(samples, sample) + from, ids->ids,
                  ids->n * sizeof *ids->ids) == 0;
}

static char *warn_of_none(const struct samples_front *front,
                          const struct samples *samples)
{
    char *tokens, *text;
    int n = 0;

    for (int i = 0; i < samples->n_sample; i++)
        n += !has_at(samples, i, 0, front->own);
    if (n == 0)
        return NULL;
    tokens = spell(front, front->own);
    text = mem_printf("the model's tokenizer begins every text with %s (%s); "
                      "here %d of %d samples begin without it", tokens,
                      front->by, n, samples->n_sample);
    free(tokens);
    return text;
}

/* What is put in front stands there already, as in a text that was made from a
 * template of chats. */
static char *warn_of_two(const struct samples_front *front,
                         const struct samples *samples)
{
    char *tokens, *text;
    int n = 0;

    for (int i = 0; i < samples->n_sample; i++)
        n += has_at(samples, i, 0, front->own) &&
             has_at(samples, i, front->own->n, front->own);
    if (n == 0)
        return NULL;
    tokens = spell(front, front->own);
    text = mem_printf("%d of %d samples begin with %s twice", n,
                      samples->n_sample, tokens);
    free(tokens);
    return text;
}

void front_describe(const struct samples_front *front,
                    struct samples *samples)
{
    size_t n = front->ids.n;

    samples->n_front = (int)n;
    samples->front = mem_new(n, sizeof *samples->front);
    for (size_t i = 0; i < n; i++)
        samples->front[i] = front->ids.ids[i];
    samples->bos = describe(front, samples);
    if (!front->own || !front->own->n)
        return;
    samples->bos_warning = warn_of_none(front, samples);
    if (!samples->bos_warning)
        samples->bos_warning = warn_of_two(front, samples);
}

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize.c - the steps that text goes through before it becomes tokens.
 */
#include "tokenizer/pretokenize.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

/* A split, or a normalizer. */
struct step {
    bool cuts;
    struct pretokenize_split split;
    struct normalizer normalizer;
    struct buffer changed; /* output of the normalizer */
};

struct pretokenizer {
    struct step *steps; /* (n_steps) */
    size_t n_steps;
};

struct pretokenizer *pretokenize_new(void)
{
    return mem_new(1, sizeof(struct pretokenizer));
}

void pretokenize_free(struct pretokenizer *pretokenizer)
{
    size_t i;

    if (!pretokenizer)
        return;
    for (i = 0; i < pretokenizer->n_steps; i++) {
        regex_free(pretokenizer->steps[i].split.pattern);
        normalize_free(&pretokenizer->steps[i].normalizer);
        free(pretokenizer->steps[i].changed.bytes);
    }
    free(pretokenizer->steps);
    free(pretokenizer);
}

static struct step *add_step(struct pretokenizer *pretokenizer)
{
    struct step *step;

    MEM_PUSH(pretokenizer->steps, pretokenizer->n_steps);
    step = &pretokenizer->steps[pretokenizer->n_steps++];
    *step = (struct step){.cuts = false};
    return step;
}

void pretokenize_add_split(struct pretokenizer *pretokenizer,
                           struct pretokenize_split split)
{
    struct step *step = add_step(pretokenizer);

    step->cuts = true;
    step->split = split;
}

void pretokenize_add_normalizer(struct pretokenizer *pretokenizer,
                                struct normalizer normalizer)
{
    add_step(pretokenizer)->normalizer = normalizer;
}

bool pretokenize_has(const struct pretokenizer *pretokenizer,
                     enum normalizer_kind kind)
{
    size_t i;

    for (i = 0; i < pretokenizer->n_steps; i++)
        if (!pretokenizer->steps[i].cuts &&
            pretokenizer->steps[i].normalizer.kind == kind)
            return true;
    return false;
}

/* The steps that remain, as the context of a split's callback. */
struct stage {
    struct pretokenizer *pretokenizer;
    size_t i; /* the next step */
    const char *text;
    bool first; /* does the text begin where the input does? */
    piece_fn take;
    void *context;
    struct error *err;
};

static int run_from(const struct stage *stage, const char *text, size_t size,
                    bool first);

static int take_piece(void *context, const char *piece, size_t size)
{
    const struct stage *stage = context;

    return run_from(stage, piece, size, stage->first && piece == stage->text);
}

/* Steps from stage->i on, on one piece. */
static int run_from(const struct stage *stage, const char *text, size_t size,
                    bool first)
{
    struct stage next = *stage;
    struct step *step;
    int status;

    if (stage->i == stage->pretokenizer->n_steps)
        return stage->take(stage->context, text, size);
    step = &stage->pretokenizer->steps[stage->i];
    next.i++;
    next.text = text;
    next.first = first;
    if (step->cuts)
        return split_run(&step->split, text, size, take_piece, &next,
                         stage->err);
    status = normalize_run(&step->normalizer, text, size, first,
                           &step->changed, stage->err);
    if (status || step->changed.n == 0)
        return status;
    if (step->changed.n > INT32_MAX)
        return error_set(stage->err, ST_DATA, "normalizing makes too long a "
                         "text, of %zu bytes", step->changed.n);
    return run_from(&next, step->changed.bytes, step->changed.n, first);
}

int pretokenize_run(struct pretokenizer *pretokenizer, const char *text,
                    size_t size, bool first, piece_fn take, void *context,
                    struct error *err)
{
    struct stage stage = {pretokenizer, 0, text, first, take, context, err};

    return run_from(&stage, text, size, first);
}

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pretokenize.c - the steps that text goes through before it becomes tokens.
 */
#include "tokenizer/pretokenize.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>

/* Either cuts text or changes it. */
struct step {
    bool cuts;
    struct pretokenize_split split;
    struct normalizer transform;
    struct buffer changed; /* what the transform made */
};

struct pretokenizer {
    struct step *steps; /* (n_steps) */
    size_t n_steps;
};

struct pretokenizer *pretokenize_new(void)
{
    return mem_new(1, sizeof(struct pretokenizer));
}

void pretokenize_free(struct pretokenizer *pipeline)
{
    size_t i;

    if (!pipeline)
        return;
    for (i = 0; i < pipeline->n_steps; i++) {
        regex_free(pipeline->steps[i].split.pattern);
        normalize_free(&pipeline->steps[i].transform);
        free(pipeline->steps[i].changed.bytes);
    }
    free(pipeline->steps);
    free(pipeline);
}

static struct step *add_step(struct pretokenizer *pipeline)
{
    struct step *step;

    MEM_PUSH(pipeline->steps, pipeline->n_steps);
    step = &pipeline->steps[pipeline->n_steps++];
    *step = (struct step){.cuts = false};
    return step;
}

void pretokenize_add_split(struct pretokenizer *pipeline,
                           struct pretokenize_split split)
{
    struct step *step = add_step(pipeline);

    step->cuts = true;
    step->split = split;
}

void pretokenize_add_normalizer(struct pretokenizer *pipeline,
                                struct normalizer transform)
{
    add_step(pipeline)->transform = transform;
}

bool pretokenize_has(const struct pretokenizer *pipeline,
                     enum transform_kind kind)
{
    size_t i;

    for (i = 0; i < pipeline->n_steps; i++)
        if (!pipeline->steps[i].cuts &&
            pipeline->steps[i].transform.kind == kind)
            return true;
    return false;
}

/* What a step hands on to the next one. */
struct stage {
    struct pretokenizer *pipeline;
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

    if (stage->i == stage->pipeline->n_steps)
        return stage->take(stage->context, text, size);
    step = &stage->pipeline->steps[stage->i];
    next.i++;
    next.text = text;
    next.first = first;
    if (step->cuts)
        return split_run(&step->split, text, size, take_piece, &next,
                         stage->err);
    status = normalize_run(&step->transform, text, size, first, &step->changed,
                           stage->err);
    if (status || step->changed.n == 0)
        return status;
    if (step->changed.n > INT32_MAX)
        return error_set(stage->err, ST_DATA, "normalizing makes too long a "
                         "text, of %zu bytes", step->changed.n);
    return run_from(&next, step->changed.bytes, step->changed.n, first);
}

int pretokenize_run(struct pretokenizer *pipeline, const char *text,
                    size_t size, bool first, piece_fn take, void *context,
                    struct error *err)
{
    struct stage stage = {pipeline, 0, text, first, take, context, err};

    return run_from(&stage, text, size, first);
}

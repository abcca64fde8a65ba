/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* compare.c - the variants side by side. */
#include "answer-scorer.h"

#include <math.h>
#include <transect/kit/drawing.h>

/* A bar for each variant, with its standard error. */
static void add_panel(struct transect_drawing *drawing, void *const *states,
                      const char *const *names, size_t n, enum score score,
                      const char *label)
{
    const struct scorer *first = states[0];
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_BARS, NULL, "variant", label);
    double *values = transect_drawing_values(drawing, 2 * n);
    bool several = first->n_sample > 1;
    struct transect_series *series = transect_drawing_series(
        drawing, panel, several ? "mean \u00b1 standard error" : "mean",
        values, n);

    for (size_t i = 0; i < n; i++) {
        struct scorer_mean mean = scorer_mean_of(states[i], score);

        values[i] = mean.mean;
        values[n + i] = mean.se;
    }
    if (several)
        series->spread = values + n;
    panel->x_names = names;
}

int scorer_compare(void *const *states, const char *const *names, size_t n)
{
    const struct scorer *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);

    if (scorer_mean_of(first, LOGIT_DIFF).n)
        add_panel(&drawing, states, names, n, LOGIT_DIFF,
                  "logit difference, answer \u2212 foil");
    add_panel(&drawing, states, names, n, ANSWER_LOGPROB,
              "log-probability of the answer (nats)");
    return transect_drawing_end(&drawing, "answers",
                                "How much the right continuation is preferred",
                                (int32_t)drawing.n);
}

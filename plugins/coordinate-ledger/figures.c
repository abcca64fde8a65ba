/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figures.c - what each layer wrote, the stream that it adds up to, and the
 * strongest writers. */
#include "ledger.h"

#include <math.h>
#include <transect/kit/drawing.h>

#define MOST_SHOWN 4 /* coordinates in a figure */
#define MOST_BARS 12

static const char *title_of(const struct ledger *self, size_t s)
{
    int position = tables_position(self, self->spots[s].place);

    if (position >= 0)
        return transect_text_format(self->ctx, self->host,
                                    "position %d, dim %d", position,
                                    (int)self->spots[s].dim);
    return transect_text_format(self->ctx, self->host, "place %d, dim %d",
                                (int)self->spots[s].place,
                                (int)self->spots[s].dim);
}

/* What error bars are is said where there are some. */
static const char *label_of(const struct ledger *self, const char *what)
{
    if (self->model.n_sample < 2)
        return what;
    return transect_text_format(self->ctx, self->host,
                                "%s (mean \u00b1 standard error)", what);
}

/* "embed", "0", "1", ...: what enters the first layer, and all layers. */
static const char **layer_names(const struct ledger *self)
{
    size_t n = (size_t)self->model.n_layer;
    const char **names = self->host->alloc(self->ctx, 1 + n, sizeof *names);

    names[0] = "embed";
    for (size_t l = 0; l < n; l++)
        names[1 + l] = transect_text_format(self->ctx, self->host, "%d",
                                            (int)l);
    return names;
}

/* A line of a run over the layers, or bars without what enters the first. */
static void add_run(struct transect_drawing *drawing,
                    struct transect_panel *panel, const struct ledger *self,
                    size_t s, int run, const char *name)
{
    size_t first = run != RUN_STREAM, n = (size_t)self->model.n_layer;
    size_t length = 1 + n - first;
    double *y = transect_drawing_values(drawing, 2 * length);
    struct transect_series *series = transect_drawing_series(
        drawing, panel, name, y, length);
    const struct transect_moments *runs =
        self->runs + (s * (1 + n) + first) * N_RUNS;

    for (size_t i = 0; i < length; i++) {
        const struct transect_moments *moments =
            &runs[i * N_RUNS + (size_t)run];

        y[i] = transect_moments_mean(moments);
        y[length + i] = transect_moments_error(moments);
    }
    if (runs[run].n > 1)
        series->spread = y + length;
}

static int draw_writes(struct transect_drawing *drawing,
                       const struct ledger *self)
{
    const char **names = layer_names(self);

    for (size_t s = 0; s < self->n_spot && s < MOST_SHOWN; s++) {
        const char *title = title_of(self, s);
        struct transect_panel *panel;

        if (!tables_has(self, s))
            continue;
        panel = transect_drawing_panel(
            drawing, TRANSECT_BARS,
            transect_text_format(self->ctx, self->host, "%s: written", title),
            "layer", label_of(self, "written"));
        panel->x_names = names + 1;
        add_run(drawing, panel, self, s, RUN_ATTENTION, "attention");
        add_run(drawing, panel, self, s, RUN_MLP, "MLP");
        panel = transect_drawing_panel(
            drawing, TRANSECT_LINES,
            transect_text_format(self->ctx, self->host, "%s: stream", title),
            "behind layer",
            label_of(self, self->stream_norms ? "stream" : "running sum"));
        panel->x_names = names;
        add_run(drawing, panel, self, s, RUN_STREAM, NULL);
    }
    return transect_drawing_end(drawing, "writes",
                                self->stream_norms
                                    ? "What each layer wrote, and the stream, "
                                      "which is normalized behind it"
                                    : "What each layer wrote, and what it "
                                      "adds up to",
                                2);
}

static void add_writers(struct transect_drawing *drawing,
                        const struct ledger *self, const char *title,
                        const char *label, const struct writer *writers,
                        size_t n)
{
    struct transect_panel *panel = transect_drawing_panel(
        drawing, TRANSECT_BARS, title, label, label_of(self, "written"));
    double *y = transect_drawing_values(drawing, 2 * n);
    const char **names = self->host->alloc(self->ctx, n, sizeof *names);
    struct transect_series *series = transect_drawing_series(drawing, panel,
                                                             NULL, y, n);

    for (size_t i = 0; i < n; i++) {
        names[i] = writers_name(self, &writers[i], true);
        y[i] = transect_moments_mean(writers[i].wrote);
        y[n + i] = transect_moments_error(writers[i].wrote);
    }
    if (n && writers[0].wrote->n > 1)
        series->spread = y + n;
    panel->x_names = names;
}

static int draw_writers(struct transect_drawing *drawing,
                        const struct ledger *self)
{
    for (size_t t = 0; t < self->n_target && t < MOST_SHOWN; t++) {
        const struct target *target = &self->targets[t];
        struct writer units[MOST_BARS], *all;
        size_t n, most = (size_t)self->n_unit;
        const char *title = transect_text_format(
            self->ctx, self->host, "%s, layer %d",
            title_of(self, (size_t)target->spot), (int)target->layer);

        if (!tables_has(self, (size_t)target->spot))
            continue;
        all = writers_all(self, target, &n);
        add_writers(drawing, self, title, "strongest writers", all,
                    writers_sort(all, n, MOST_BARS));
        if (!most)
            continue;
        n = writers_units(self, target, -1, units,
                          most < MOST_BARS ? most : MOST_BARS);
        add_writers(drawing, self, title, "strongest hidden units", units, n);
    }
    return transect_drawing_end(drawing, "writers",
                                "Who wrote the coordinate",
                                self->n_unit ? 2 : 1);
}

int figures_draw(const struct ledger *self)
{
    struct transect_drawing drawing = transect_drawing_new(self->ctx,
                                                           self->host);
    int status = draw_writes(&drawing, self);

    return status ? status : draw_writers(&drawing, self);
}

int figures_compare(void *const *states, const char *const *names, size_t n)
{
    const struct ledger *first = states[0];
    struct transect_drawing drawing = transect_drawing_new(first->ctx,
                                                           first->host);
    const char **layers = layer_names(first);

    for (size_t s = 0; s < first->n_spot && s < MOST_SHOWN; s++) {
        struct transect_panel *panel = transect_drawing_panel(
            &drawing, TRANSECT_LINES, title_of(first, s), "behind layer",
            label_of(first, "stream"));

        panel->x_names = layers;
        for (size_t i = 0; i < n; i++)
            add_run(&drawing, panel, states[i], s, RUN_STREAM, names[i]);
    }
    return transect_drawing_end(&drawing, "streams",
                                "The coordinate in each variant", 2);
}

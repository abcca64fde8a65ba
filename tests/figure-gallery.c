/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* figure-gallery.c - figure-gallery DIR: draws figures of every kind, easy
 * ones and awkward ones, as PNG, SVG and PDF, for people to look at. */
#include "figure/figure.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PANEL .size = sizeof(struct transect_panel)
#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { ROOM = 128 * 128 };

static const char *folder;
static int n_failed;
static uint32_t seed = 1;

/* Between 0 and 1, the same on every machine. */
static double draw_random(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) / 16777216.0;
}

static void write_file(const char *name, const char *suffix,
                       const unsigned char *bytes, size_t size)
{
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s.%s", folder, name, suffix);
    file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) {
        perror(path);
        n_failed++;
        return;
    }
    printf("%8zu %s\n", size, path);
}

static void put(const char *name, const char *title,
                const struct transect_panel *panels, size_t n, int columns)
{
    const struct figure_text texts[] = {{"Software", "transect"}};
    struct figure *figure = NULL;
    unsigned char *bytes;
    struct error err;
    size_t size;

    if (figure_new(name, title, panels, n, columns, &figure, &err) ||
        figure_png(figure, texts, 1, &bytes, &size, &err)) {
        fprintf(stderr, "%s\n", err.text);
        figure_free(figure);
        n_failed++;
        return;
    }
    write_file(name, "png", bytes, size);
    free(bytes);
    if (figure_svg(figure, &bytes, &size, &err) == ST_OK) {
        write_file(name, "svg", bytes, size);
        free(bytes);
    }
    if (figure_pdf(figure, texts, 1, &bytes, &size, &err) == ST_OK) {
        write_file(name, "pdf", bytes, size);
        free(bytes);
    }
    figure_free(figure);
}

/* Scores of attention heads: few are large. */
static void put_heads(const char *name, size_t rows, size_t cols)
{
    static double values[ROOM];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_HEATMAP, .flags = TRANSECT_ANNOTATE,
        .title = "Mean attention to position 0", .x_label = "head",
        .y_label = "layer", .values = values, .rows = rows, .cols = cols,
        .value_label = "mean attention probability"};

    for (size_t i = 0; i < rows * cols; i++)
        values[i] = pow(draw_random(), 2.5) * 0.85;
    put(name, "Which heads look at the first token", &panel, 1, 1);
}

static void put_change(const char *name, size_t layers)
{
    static unsigned char marks[6 * 100];
    static const char *const metrics[] = {"top1", "top2", "top3", "median",
                                          "dim 447", "dim 138"};
    static double values[6 * 100];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_HEATMAP,
        .flags = TRANSECT_ANNOTATE | TRANSECT_DIVERGING,
        .x_label = "layer", .values = values, .rows = 6, .cols = layers,
        .value_label = "change from the baseline (%)", .y_names = metrics,
        .marks = marks, .mark_label = "could be chance"};

    for (size_t i = 0; i < 6 * layers; i++) {
        values[i] = 60 * (draw_random() - 0.5) * (i % 7 == 0 ? 2.5 : 1);
        marks[i] = fabs(values[i]) < 10;
    }
    values[3] = NAN;
    values[5] = 0;
    values[7] = 549.3;
    values[8] = -0.02;
    put(name, "All heads off against the baseline", &panel, 1, 1);
}

static void put_grouped_bars(const char *name, size_t layers)
{
    static double a[100], b[100], c[100], spread[100];
    static const char *const titles[] = {
        "Largest magnitude by layer", "Difference",
        "Dimension 447 by layer", "Dimension 138 by layer"};
    struct transect_series both[] = {
        {"baseline", NULL, a, spread, layers},
        {"all heads off", NULL, b, spread, layers}};
    struct transect_series difference = {"difference", NULL, c, NULL,
                                         layers};
    struct transect_panel panels[4];

    for (size_t i = 0; i < layers; i++) {
        a[i] = 3000 * (1 - exp(-(double)i)) + 100 * draw_random();
        b[i] = a[i] * (0.8 + 0.5 * draw_random());
        c[i] = b[i] - a[i];
        spread[i] = 40 + 200 * draw_random();
    }
    for (int i = 0; i < 4; i++)
        panels[i] = (struct transect_panel){
            PANEL, .kind = TRANSECT_BARS, .title = titles[i],
            .x_label = "layer", .y_label = "mean magnitude",
            .series = i == 1 ? &difference : both,
            .n_series = i == 1 ? 1 : 2};
    put(name, "Baseline against all heads off", panels, 4, 2);
}

static void put_lines(const char *name, size_t series, size_t layers,
                      uint32_t flags)
{
    static const char *const magnitudes[] = {"top 1", "top 2", "top 3",
                                             "median"};
    static double y[25][100], spread[25][100];
    static char names[25][16];
    struct transect_series all[25];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_LINES, .flags = flags, .x_label = "layer",
        .y_label = "magnitude of hidden states", .series = all,
        .n_series = series};

    for (size_t s = 0; s < series; s++) {
        double size = pow(6, 4 - fmin((double)s, 6));

        for (size_t i = 0; i < layers; i++) {
            y[s][i] = size * (1 - 0.9 * exp(-(double)i / 2)) *
                      (1 + 0.2 * draw_random());
            if (series > 4)
                y[s][i] = 0.03 * (double)s + 0.2 * draw_random();
            spread[s][i] = 0.1 * y[s][i];
        }
        snprintf(names[s], sizeof names[s], "layer %d", (int)s);
        all[s] = (struct transect_series){
            series > 4 ? names[s] : magnitudes[s], NULL, y[s],
            series > 4 ? NULL : spread[s], layers};
    }
    put(name, "Magnitudes by layer", &panel, 1, 1);
}

/* Rows are dims, columns tokens; some dims are massive at one token. */
static void fill_surface(double *values, size_t dims, size_t tokens)
{
    for (size_t d = 0; d < dims; d++)
        for (size_t t = 0; t < tokens; t++)
            values[d * tokens + t] =
                60 * draw_random() +
                (d == 2 && t == 0 ? 2500 : d == 5 && t == 0 ? 700 : 0) +
                (d == 2 && t == 3 ? 900 : 0);
}

static const char *const tokens[] = {"Summer", " is", " warm", ".",
                                     " Winter", " is", " cold", ".", "\n"};
static const char *const dims[] = {"138", "378", "447", "64",
                                   "36", "480", "314", "640"};

static void put_surface(const char *name, size_t n_panels, uint32_t flags)
{
    static const char *const titles[] = {"Baseline", "Without L5H1"};
    static double values[2][8 * 9];
    struct transect_panel panels[2];

    for (size_t i = 0; i < n_panels; i++) {
        fill_surface(values[i], 8, 9);
        panels[i] = (struct transect_panel){
            PANEL, .kind = TRANSECT_BARS3D, .flags = flags,
            .title = n_panels > 1 ? titles[i] : NULL, .x_label = "token",
            .y_label = "dimension", .values = values[i], .rows = 8,
            .cols = 9, .value_label = "|activation|", .x_names = tokens,
            .y_names = dims, .low = n_panels > 1 ? 0 : 0,
            .high = n_panels > 1 ? 3000 : 0};
    }
    put(name, "Hidden state of layer 2", panels, n_panels, 2);
}

static void put_signed_surface(const char *name)
{
    static double values[8 * 9];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_BARS3D, .x_label = "token",
        .y_label = "dimension", .values = values, .rows = 8, .cols = 9,
        .value_label = "activation", .x_names = tokens, .y_names = dims};

    for (size_t i = 0; i < COUNT(values); i++)
        values[i] = 40 * (draw_random() - 0.5);
    values[30] = NAN;
    put(name, "Signed values", &panel, 1, 1);
}

static void put_long_surface(const char *name, size_t n_tokens,
                             size_t n_dims, bool transposed)
{
    static double values[ROOM], turned[ROOM];
    static const char *names[ROOM];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_BARS3D,
        .x_label = transposed ? "dimension" : "token",
        .y_label = transposed ? "token" : "dimension",
        .values = transposed ? turned : values,
        .rows = transposed ? n_tokens : n_dims,
        .cols = transposed ? n_dims : n_tokens,
        .value_label = "|activation|"};

    fill_surface(values, n_dims, n_tokens);
    for (size_t d = 0; d < n_dims; d++)
        for (size_t t = 0; t < n_tokens; t++)
            turned[t * n_dims + d] = values[d * n_tokens + t];
    for (size_t t = 0; t < n_tokens; t++)
        names[t] = tokens[t % COUNT(tokens)];
    *(transposed ? &panel.y_names : &panel.x_names) = names;
    put(name, "A longer text", &panel, 1, 1);
}

static void put_difference(const char *name)
{
    static double values[8 * 9], total[8];
    struct transect_series series = {NULL, NULL, total, NULL, 8};
    struct transect_panel panels[] = {
        {PANEL, .kind = TRANSECT_HEATMAP,
         .flags = TRANSECT_DIVERGING | TRANSECT_ANNOTATE,
         .title = "Change of each activation", .x_label = "token",
         .y_label = "dimension", .values = values, .rows = 8, .cols = 9,
         .x_names = tokens, .y_names = dims, .value_label = "change"},
        {PANEL, .kind = TRANSECT_BARS, .title = "Total absolute change",
         .x_label = "dimension", .y_label = "sum of |change|",
         .series = &series, .n_series = 1, .x_names = dims}};

    for (size_t i = 0; i < COUNT(values); i++) {
        values[i] = 8 * (draw_random() - 0.5);
        total[i / 9] += fabs(values[i]);
    }
    put(name, "Layer 2 without L2H7", panels, 2, 2);
}

static void put_long_labels(const char *name)
{
    static const char *const names[] = {
        "a variant with a rather long name", "the baseline",
        "every head of layers 0 to 11 set to its mean over positions",
        "\xe5\x86\xac\xe3\x81\xaf\xe5\xaf\x92\xe3\x81\x84", "\xff\xfe bytes",
        ""};
    static double y[2][6] = {{1, 2, -3, 4, 5, 2}, {2, 1, -1, 3, NAN, 1}};
    struct transect_series series[] = {
        {"perplexity on a text that nobody has seen before, in nats per "
         "token, averaged over samples", NULL, y[0], NULL, 6},
        {"t\xc3\xa4glich & <b>", NULL, y[1], NULL, 6}};
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_BARS,
        .title = "A title of a panel that goes on and on, because somebody "
                 "wanted to say everything about the experiment in one "
                 "place instead of in the caption",
        .x_label = "variant", .series = series, .n_series = 2,
        .y_label = "change of the mean loss from the baseline, in nats per "
                   "token, averaged over all samples of the test set",
        .x_names = names};

    put(name, "A figure's title that is too long for one line, or even for "
              "two of them, given the width of the only panel in it", &panel,
        1, 1);
}

static void put_awkward(const char *name)
{
    static const double nothing[] = {NAN, NAN, HUGE_VAL};
    static const double same[] = {5, 5, 5, 5}, one[] = {0.00042};
    static const double holes[] = {1, NAN, 3, NAN, NAN, 2, 2.5};
    static const double huge[] = {1e-12, 3e5, 8e11}, zeros[4];
    static const double x[] = {0.001, 0.0015, 0.002};
    struct transect_series series[] = {
        {"nothing", NULL, nothing, NULL, 3}, {"same", NULL, same, NULL, 4},
        {"one", NULL, one, NULL, 1},         {"holes", NULL, holes, NULL, 7},
        {"huge", x, huge, NULL, 3},          {"zeros", NULL, zeros, NULL, 4}};
    struct transect_panel panels[9];

    for (size_t i = 0; i < 9; i++)
        panels[i] = (struct transect_panel){
            PANEL, .kind = i < 6 ? TRANSECT_LINES : TRANSECT_BARS,
            .flags = i == 4 ? TRANSECT_LOG : 0, .y_label = "y",
            .series = &series[i % 6], .n_series = 1, .x_label = "x",
            .title = series[i % 6].name};
    panels[8] = (struct transect_panel){
        PANEL, .kind = TRANSECT_HEATMAP, .flags = TRANSECT_ANNOTATE,
        .values = holes, .rows = 2, .cols = 3, .title = "clipped",
        .low = 1.5, .high = 2.5};
    put(name, "Awkward values", panels, 9, 3);
}

static void put_palette(const char *name)
{
    static double y[8][12];
    static const char *const names[] = {"one", "two", "three", "four",
                                        "five", "six", "seven", "eight"};
    struct transect_series series[8];
    struct transect_panel panels[2];

    for (size_t s = 0; s < 8; s++) {
        for (size_t i = 0; i < 12; i++)
            y[s][i] = (double)s + draw_random();
        series[s] = (struct transect_series){names[s], NULL, y[s], NULL, 12};
    }
    for (size_t i = 0; i < 2; i++)
        panels[i] = (struct transect_panel){
            PANEL, .kind = i ? TRANSECT_BARS : TRANSECT_LINES,
            .series = series, .n_series = 8, .x_label = "layer"};
    put(name, NULL, panels, 2, 1);
}

static void put_attention(const char *name, size_t n, uint32_t flags)
{
    static double values[ROOM];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_HEATMAP, .flags = flags, .x_label = "key",
        .y_label = "query", .values = values, .rows = n, .cols = n,
        .value_label = "attention probability"};

    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            values[i * n + j] = j > i ? 0 : j == 0 ? 0.6 : 0.4 /
                                (double)(i + 1) * (0.5 + draw_random());
    if (flags & TRANSECT_LOG)
        for (size_t i = 0; i < n * n; i++)
            values[i] += 1e-4;
    put(name, "Mean attention of layer 5", &panel, 1, 1);
}

/* What a model would say next, by layer. */
static void put_lens(const char *name, size_t layers, size_t cols)
{
    static const char *const words[] = {
        " the", " Paris", "\n", " internationalization", "\xe4\xb8\xad",
        " a", ".", "<|endoftext|>", "\xff", ""};
    static double values[ROOM];
    static const char *texts[ROOM], *names[ROOM];
    struct transect_panel panel = {
        PANEL, .kind = TRANSECT_HEATMAP, .x_label = "token",
        .y_label = "layer", .values = values, .rows = layers, .cols = cols,
        .texts = texts, .x_names = names, .value_label = "probability",
        .high = 1};

    for (size_t i = 0; i < layers * cols; i++) {
        values[i] = draw_random();
        texts[i] = words[(size_t)(draw_random() * 10) % 10];
    }
    for (size_t i = 0; i < cols; i++)
        names[i] = words[i % 10];
    put(name, "The most probable token", &panel, 1, 1);
}

static void put_all(void)
{
    put_heads("heads-48x25", 48, 25);
    put_heads("heads-12x12", 12, 12);
    put_heads("heads-6x4", 6, 4);
    put_heads("heads-1x1", 1, 1);
    put_heads("heads-100x100", 100, 100);
    put_heads("heads-1x40", 1, 40);
    put_heads("heads-40x1", 40, 1);
    put_change("change-12", 12);
    put_change("change-48", 48);
    put_grouped_bars("bars-12", 12);
    put_grouped_bars("bars-48", 48);
    put_grouped_bars("bars-1", 1);
    put_lines("lines-4x12", 4, 12, TRANSECT_LOG);
    put_lines("lines-4x100", 4, 100, TRANSECT_LOG);
    put_lines("lines-4x1", 4, 1, TRANSECT_LOG);
    put_lines("lines-25x12", 25, 12, 0);
    put_lines("lines-25x100", 25, 100, 0);
    put_surface("surface", 1, 0);
    put_surface("surface-log", 1, TRANSECT_LOG);
    put_surface("surface-pair", 2, 0);
    put_signed_surface("surface-signed");
    put_long_surface("surface-60", 60, 8, false);
    put_long_surface("surface-60-turned", 60, 8, true);
    put_long_surface("surface-1", 1, 1, false);
    put_long_surface("surface-40x40", 40, 40, false);
    put_difference("difference");
    put_long_labels("labels");
    put_awkward("awkward");
    put_palette("palette");
    put_lens("lens-12x9", 12, 9);
    put_lens("lens-48x24", 48, 24);
    put_lens("lens-6x100", 6, 100);
    put_attention("attention-8", 8, TRANSECT_ANNOTATE);
    put_attention("attention-60", 60, 0);
    put_attention("attention-128", 128, TRANSECT_LOG);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: figure-gallery DIR\n");
        return 2;
    }
    folder = argv[1];
    put_all();
    return n_failed > 0;
}

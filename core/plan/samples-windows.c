/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-windows.c - windows of a row of token ids: the first ones, or some
 * from all parts of it. */
#include "plan/samples-internal.h"

#include "base/mem.h"
#include "base/random-normal.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Tokens of a window, those in front included. */
static int plan_length(const struct samples_load *load, int *length)
{
    const struct input_spec *spec = load->spec;
    int context = load->model->config.n_context;
    int n_front = (int)load->front.ids.n;

    if (n_front >= context)
        return error_set(load->err, ST_DATA, "%s: the tokenizer puts %d "
                         "tokens in front of a text, but the model's context "
                         "is %d", load->model->files->path, n_front, context);
    if (load->ids.n == 0)
        return error_at(load->err, ST_USAGE, spec->place, "the input is "
                        "empty; at least one token is needed");
    if (spec->length > context)
        return error_at(load->err, ST_USAGE, spec->length_place, "length is "
                        "%d; it must be at most the model's context, %d",
                        spec->length, context);
    if (spec->length > 0)
        *length = spec->length;
    else if (load->ids.n < (size_t)(context - n_front))
        *length = (int)load->ids.n + n_front;
    else
        *length = context;
    if (*length <= n_front)
        return error_at(load->err, ST_USAGE, spec->length_place, "length is "
                        "%d; beside the BOS token there must be room for "
                        "one token", *length);
    return ST_OK;
}

static int plan_samples(const struct samples_load *load, int length,
                        int *samples)
{
    const struct input_spec *spec = load->spec;
    size_t whole = load->ids.n / ((size_t)length - load->front.ids.n);

    if (whole == 0)
        return error_at(load->err, ST_USAGE, spec->length_place, "length is "
                        "%d, but the input has %zu tokens; one sample must "
                        "fit into it", length, load->ids.n);
    if (spec->samples > 0 && (size_t)spec->samples > whole)
        return error_at(load->err, ST_USAGE, spec->samples_place, "samples "
                        "is %d, but the input has %zu tokens; samples of %d "
                        "can be at most %zu", spec->samples, load->ids.n,
                        length, whole);
    if (spec->samples == 0 && whole > INT_MAX)
        return error_at(load->err, ST_USAGE, spec->place, "the input gives "
                        "%zu samples; at most %d are possible", whole,
                        INT_MAX);
    *samples = spec->samples > 0 ? spec->samples : (int)whole;
    return ST_OK;
}

/* Where windows of n tokens begin. */
static void place_first(const struct samples_load *load, size_t n,
                        size_t n_sample, size_t *starts)
{
    (void)load;
    for (size_t i = 0; i < n_sample; i++)
        starts[i] = i * n;
}

/* One at the beginning of each of as many equal parts. */
static void place_spread(const struct samples_load *load, size_t n,
                         size_t n_sample, size_t *starts)
{
    size_t each = load->ids.n / n_sample, rest = load->ids.n % n_sample;

    (void)n;
    for (size_t i = 0; i < n_sample; i++)
        starts[i] = i * each + i * rest / n_sample;
}

/* Every choice of places without overlap is as likely as any other. Without
 * the tokens that the windows before take up, places are numbers of which no
 * two are the same; those are drawn in order (Knuth, The Art of Computer
 * Programming 2, algorithm 3.4.2 S). */
static void place_random(const struct samples_load *load, size_t n,
                         size_t n_sample, size_t *starts)
{
    uint64_t key = random_key(load->spec->seed, "windows");
    size_t n_places = load->ids.n - n_sample * (n - 1), taken = 0;
    uint32_t words[4];

    for (size_t i = 0; taken < n_sample; i++) {
        random_philox(key, 0, i, words);
        if (((uint64_t)words[0] << 32 | words[1]) % (n_places - i) <
            n_sample - taken) {
            starts[taken] = i + taken * (n - 1);
            taken++;
        }
    }
}

static void (*const place[])(const struct samples_load *load, size_t n,
                             size_t n_sample, size_t *starts) = {
    [WINDOWS_FIRST] = place_first, [WINDOWS_SPREAD] = place_spread,
    [WINDOWS_RANDOM] = place_random};

/* Windows of `length` tokens, those in front included. */
static struct samples *cut(struct samples_load *load, int length,
                           int n_sample)
{
    struct samples *samples = mem_new(1, sizeof *samples);
    const struct token_ids *front = &load->front.ids;
    size_t n = (size_t)length - front->n;
    size_t *starts = mem_new((size_t)n_sample, sizeof *starts);
    int32_t *window = mem_new((size_t)length, sizeof *window);

    samples->n_total = load->ids.n;
    samples->n_dropped = load->ids.n - (size_t)n_sample * n;
    place[load->spec->windows](load, n, (size_t)n_sample, starts);
    for (size_t i = 0; i < front->n; i++)
        window[i] = front->ids[i];
    for (int i = 0; i < n_sample; i++) {
        memcpy(window + front->n, load->ids.ids + starts[i],
               n * sizeof *window);
        samples_add(samples, window, length);
    }
    free(window);
    free(starts);
    samples->n_fronted = n_sample;
    return samples;
}

int samples_cut(struct samples_load *load, struct samples **samples)
{
    int length = 0, n_sample = 0, status = plan_length(load, &length);

    if (!status)
        status = plan_samples(load, length, &n_sample);
    if (!status)
        *samples = cut(load, length, n_sample);
    return status;
}

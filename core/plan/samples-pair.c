/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* samples-pair.c - which positions of a record's two prompts belong together.
 * What stands in front does in any case, and so does an answer behind. */
#include "plan/samples-internal.h"

#include "base/mem.h"

#include <stdlib.h>

/* n positions of the prompt from `from` on are those of the pair from `to`
 * on. */
static void join(int32_t *partner, size_t from, size_t to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        partner[from + i] = (int32_t)(to + i);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void join_ends(int32_t *partner, size_t end, size_t pair_end, size_t n)
{
    join(partner, end - n, pair_end - n, n);
}

/* Spans of one of the prompts, in the order of their places. */
struct ordered {
    const struct prompt *prompt;
    size_t *spans; /* (n) */
    size_t n;
};

/* What lies between a span and the next one, behind the last one, or in front
 * of the first one. */
struct gap {
    size_t from, to;
    size_t before, behind; /* spans; n: none */
};

static struct gap gap_of(const struct ordered *order, size_t i)
{
    const struct prompt *prompt = order->prompt;
    struct gap gap = {.from = prompt->n_front, .to = prompt->n_prompt,
                      .before = order->n, .behind = order->n};

    if (i > 0) {
        gap.before = order->spans[i - 1];
        gap.from = (size_t)prompt->spans[gap.before].end;
    }
    if (i < order->n) {
        gap.behind = order->spans[i];
        gap.to = (size_t)prompt->spans[gap.behind].first;
    }
    return gap;
}

static int order_spans(const struct row *row, struct ordered *order)
{
    const struct span_spec *names = row->load->spec->spans;
    const struct position_span *spans = order->prompt->spans;

    for (size_t i = 0; i < order->n; i++) {
        size_t k = i;

        for (; k > 0 && spans[order->spans[k - 1]].first > spans[i].first;
             k--)
            order->spans[k] = order->spans[k - 1];
        order->spans[k] = i;
    }
    for (size_t i = 1; i < order->n; i++) {
        size_t a = order->spans[i - 1], b = order->spans[i];

        if (spans[a].end > spans[b].first)
            return error_set(row->load->err, ST_DATA, "the spans '%s' and "
                             "'%s' share a token of the %s; align = spans "
                             "cannot tell what is aligned with it",
                             names[a].name, names[b].name,
                             order->prompt->what);
    }
    return ST_OK;
}

/* What has the same spans on both sides, and is as long. */
static void join_gaps(const struct ordered *of_prompt,
                      const struct ordered *of_pair, int32_t *partner)
{
    for (size_t i = 0; i <= of_prompt->n; i++)
        for (size_t k = 0; k <= of_pair->n; k++) {
            struct gap a = gap_of(of_prompt, i), b = gap_of(of_pair, k);

            if (a.before == b.before && a.behind == b.behind &&
                a.from < a.to && b.from < b.to &&
                a.to - a.from == b.to - b.from)
                join(partner, a.from, b.from, a.to - a.from);
        }
}

static int join_spans(const struct row *row, int32_t *partner)
{
    size_t n = row->load->spec->n_spans;
    struct ordered of_prompt = {&row->prompt, mem_new(n, sizeof(size_t)), n};
    struct ordered of_pair = {&row->pair, mem_new(n, sizeof(size_t)), n};
    int status = order_spans(row, &of_prompt);

    if (!status)
        status = order_spans(row, &of_pair);
    if (!status)
        join_gaps(&of_prompt, &of_pair, partner);
    for (size_t i = 0; i < n && !status; i++) {
        struct position_span a = row->prompt.spans[i];
        struct position_span b = row->pair.spans[i];

        join_ends(partner, (size_t)a.end, (size_t)b.end,
                  smaller((size_t)(a.end - a.first),
                          (size_t)(b.end - b.first)));
    }
    free(of_prompt.spans);
    free(of_pair.spans);
    return status;
}

int samples_align(const struct row *row, int32_t *partner)
{
    const struct prompt *prompt = &row->prompt, *pair = &row->pair;
    size_t n = prompt->n_prompt - prompt->n_front;
    size_t n_pair = pair->n_prompt - pair->n_front;
    enum pair_align align = row->load->spec->align;

    for (size_t i = 0; i < prompt->ids.n; i++)
        partner[i] = -1;
    join(partner, 0, 0, smaller(prompt->n_front, pair->n_front));
    join(partner, prompt->n_prompt, pair->n_prompt,
         prompt->ids.n - prompt->n_prompt);
    if (align == ALIGN_SPANS)
        return join_spans(row, partner);
    if (align == ALIGN_NONE && n != n_pair)
        return error_set(row->load->err, ST_DATA, "the prompt has %zu tokens "
                         "and its pair %zu%s; align = end, start or spans "
                         "says which belong together", n, n_pair,
                         prompt->n_front || pair->n_front
                             ? ", without what stands in front" : "");
    if (align == ALIGN_START)
        join(partner, prompt->n_front, pair->n_front, smaller(n, n_pair));
    else
        join_ends(partner, prompt->n_prompt, pair->n_prompt,
                  smaller(n, n_pair));
    return ST_OK;
}

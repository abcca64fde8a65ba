/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* outcome-input.c - what was made of [input], in lines for people. */
#include "base/mem.h"
#include "base/text.h"
#include "report/outcome-internal.h"
#include "report/position-warnings.h"

#include <stdlib.h>
#include <string.h>

/* Prompts that are shown; bytes of a text. */
#define SHOWN 2
#define SHOWN_BYTES 120

static void print_pairs(const struct samples *samples, FILE *stream)
{
    char *pairs;
    size_t n = 0;

    if (!samples->pair)
        return;
    for (size_t i = 0; i < samples->n_token; i++)
        n += samples->partner[i] >= 0;
    pairs = samples_text(samples->pair);
    text_fprintf(stream, "  pairs: %s; %zu of the prompts' %zu positions "
                 "have a partner there\n", pairs, n, samples->n_token);
    free(pairs);
    if (samples->pair->bos_warning && !samples->bos_warning)
        text_fprintf(stream, "  warning: of the pairs: %s\n",
                     samples->pair->bos_warning);
}

/* ", which is not all of 5 answers and 3 foils" */
static void print_cut(int n, int n_foil, FILE *stream)
{
    if (n || n_foil)
        text_fprintf(stream, ", which is not all of ");
    if (n)
        text_fprintf(stream, "%d answer%s%s", n, n == 1 ? "" : "s",
                     n_foil ? " and " : "");
    if (n_foil)
        text_fprintf(stream, "%d foil%s", n_foil, n_foil == 1 ? "" : "s");
}

static void print_answers(const struct samples *samples, FILE *stream)
{
    int n = 0, n_foil = 0, n_cut = 0, n_foil_cut = 0;

    for (int i = 0; samples->facts && i < samples->n_sample; i++) {
        const struct sample_facts *facts = &samples->facts[i];

        n += facts->n_answer > 0;
        n_foil += facts->n_foil > 0;
        n_cut += facts->n_answer_cut;
        n_foil_cut += facts->n_foil_cut;
    }
    if (!n)
        return;
    text_fprintf(stream, "  answers: %d", n);
    if (n_foil)
        text_fprintf(stream, ", foils: %d", n_foil);
    text_fprintf(stream, "%s", samples->n_prompt
                                   ? "; all tokens of an answer stand "
                                     "behind its prompt"
                                   : "; the first token of each counts");
    if (!samples->n_prompt)
        print_cut(n_cut, n_foil_cut, stream);
    fputc('\n', stream);
}

static void print_spans(const struct samples *samples, FILE *stream)
{
    const struct position_names *names = &samples->names;

    for (size_t k = 0; k < names->n; k++) {
        size_t n = 0;

        for (int i = 0; i < samples->n_sample; i++) {
            struct position_span span = names->spans[(size_t)i * names->n +
                                                     k];

            n += (size_t)(span.end - span.first);
        }
        text_fprintf(stream, "%s%s (%zu position%s)", k ? ", " :
                     "  named places: ", names->names[k], n,
                     n == 1 ? "" : "s");
    }
    if (names->n)
        text_fprintf(stream, "\n");
}

static void print_text(const char *what, const char *bytes, size_t n,
                       FILE *stream)
{
    size_t shown = n;
    char *text;

    if (n > SHOWN_BYTES)
        for (shown = SHOWN_BYTES; shown && (bytes[shown] & 0xc0) == 0x80;)
            shown--;
    text = text_quote(bytes, shown);
    text_fprintf(stream, "%s%s%s", what, text, shown < n ? "..." : "");
    free(text);
}

/* A continuation, and where its first tokens (n) are not all of it, those. */
static void print_continuation(const struct plan *plan, const char *what,
                               const char *text, const int32_t *first, int n,
                               int n_cut, FILE *stream)
{
    if (!text)
        return;
    print_text(what, text, strlen(text), stream);
    for (int i = 0; n_cut && i < n; i++)
        text_fprintf(stream, "%s%s",
                     i ? ", " : n > 1 ? " of which the tokens count: "
                                      : " of which the token counts: ",
                     token_labels_label(plan->labels, first[i]));
}

static void print_prompt(const struct plan *plan, int i, FILE *stream)
{
    const struct samples *samples = plan->samples;
    const struct tokenizer *tokenizer = outcome_tokenizer(plan);
    const struct sample_facts *facts = &samples->facts[i];
    struct buffer text = {0};

    samples_decode(samples, i, tokenizer, &text);
    print_text("  prompt ", text.bytes, text.n, stream);
    if (samples->pair) {
        samples_decode(samples->pair, i, tokenizer, &text);
        print_text(", pair ", text.bytes, text.n, stream);
    }
    free(text.bytes);
    print_continuation(plan, ", answer ", facts->answer, facts->answers,
                       facts->n_answer, facts->n_answer_cut, stream);
    print_continuation(plan, ", foil ", facts->foil, facts->foils,
                       facts->n_foil, facts->n_foil_cut, stream);
    if (facts->label)
        print_text(", label ", facts->label, strlen(facts->label), stream);
    text_fprintf(stream, "\n");
}

static void print_prompts(const struct plan *plan, FILE *stream)
{
    const struct samples *samples = plan->samples;

    print_pairs(samples, stream);
    print_answers(samples, stream);
    print_spans(samples, stream);
    for (int i = 0; samples->facts && i < samples->n_sample && i < SHOWN; i++)
        print_prompt(plan, i, stream);
    if (samples->facts && samples->n_sample > SHOWN)
        text_fprintf(stream, "  and %d more\n", samples->n_sample - SHOWN);
}

static void print_position_warnings(const struct plan *plan, FILE *stream)
{
    json_t *all = position_warnings(plan), *text;
    size_t i;

    json_array_foreach(all, i, text)
        text_fprintf(stream, "  warning: %s\n", json_string_value(text));
    json_decref(all);
}

void outcome_input(const struct plan *plan, FILE *stream)
{
    const struct samples *samples = plan->samples;
    const struct input_spec *spec = &plan->experiment->input;

    if (spec->n_files > 1)
        text_fprintf(stream, "  %zu files, joined by an empty line into one "
                     "text\n", spec->n_files);
    if (spec->kind == INPUT_REPEAT)
        text_fprintf(stream, "  each of %d random tokens, and the same once "
                     "more\n", spec->repeat);
    if (samples->shortest < samples->longest)
        text_fprintf(stream, "  %zu tokens in all\n", samples->n_token);
    if (samples->n_dropped)
        text_fprintf(stream, "  %zu of the input's %zu tokens%s are in no "
                     "sample\n", samples->n_dropped, samples->n_total,
                     spec->windows == WINDOWS_FIRST ? ", at its end," : "");
    if (samples->bos)
        text_fprintf(stream, "  bos: %s\n", samples->bos);
    if (samples->bos_warning)
        text_fprintf(stream, "  warning: %s\n", samples->bos_warning);
    print_prompts(plan, stream);
    print_position_warnings(plan, stream);
}

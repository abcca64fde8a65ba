/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* write-samples.c - samples.csv and tokens.csv: what the numbers of samples,
 * positions and tokens in other tables stand for. */
#include "base/mem.h"
#include "base/text.h"
#include "report/outcome-internal.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES "samples.csv"
#define TOKENS "tokens.csv"
#define N(array) (sizeof(array) / sizeof *(array))

/* U+FFFD, for bytes that are no character: windows begin and end anywhere. */
#define REPLACEMENT "\xef\xbf\xbd"

static const struct transect_column sample_columns[] = {
    {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
    {"role", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
    {"n_token", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    {"text", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
    {"answer", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
    {"foil", TRANSECT_COL_TEXT, TRANSECT_COL_INFO},
    {"label", TRANSECT_COL_TEXT, TRANSECT_COL_INFO}};

static const struct transect_column token_columns[] = {
    {"sample", TRANSECT_COL_INT, TRANSECT_COL_KEY},
    {"role", TRANSECT_COL_TEXT, TRANSECT_COL_KEY},
    {"position", TRANSECT_COL_INT, TRANSECT_COL_KEY},
    {"id", TRANSECT_COL_INT, TRANSECT_COL_INFO},
    {"token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO}};

/* What the columns mean, in units of nothing. */
static const struct {
    const char *column, *meaning;
} meanings[] = {
    {"sample", "number of the sample, from 0"},
    {"role", "prompt, or pair: the second prompt of the same record"},
    {"n_token", "tokens, with what stands in front and behind"},
    {"text", "the text, without what stands in front and behind"},
    {"answer", "the right continuation, as the record has it"},
    {"foil", "the wrong continuation, as the record has it"},
    {"label", "the label, as the record has it"},
    {"position", "position in the sample, from 0"},
    {"id", "the token's id"},
    {"token", "the token's text, in quotes"}};

/* Tables as they grow: cells are kept for one sample only. */
struct sample_tables {
    const struct plan *plan;
    const struct tokenizer *tokenizer; /* NULL: none that can be read */
    struct buffer samples, tokens;
};

/* Appends rows; the header with the first ones. Frees the table. */
static void append(struct buffer *csv, struct transect_table *table)
{
    char *text;
    size_t size, header = 0;

    table_csv(table, NULL, &text, &size);
    while (csv->n > 0 && text[header++] != '\n')
        ;
    buffer_add(csv, text + header, size - header);
    free(text);
    table_free(table);
}

char *outcome_sample_text(const struct samples *samples, int sample,
                          const struct tokenizer *tokenizer)
{
    struct buffer bytes = {0}, text = {0};

    samples_decode(samples, sample, tokenizer, &bytes);
    for (size_t i = 0; i < bytes.n;) {
        size_t n = text_utf8(bytes.bytes + i, bytes.n - i);

        if (n > 0 && bytes.bytes[i])
            buffer_add(&text, bytes.bytes + i, n);
        else
            buffer_add(&text, REPLACEMENT, sizeof REPLACEMENT - 1);
        i += n > 0 ? n : 1;
    }
    buffer_add(&text, "", 1);
    free(bytes.bytes);
    return text.bytes;
}

static void put_sample(struct sample_tables *tables,
                       const struct samples *samples, const char *role,
                       int i)
{
    static const struct sample_facts none;
    const struct samples *prompts = tables->plan->samples;
    const struct sample_facts *facts = prompts->facts ? &prompts->facts[i]
                                                      : &none;
    struct transect_table *table =
        table_new("samples", sample_columns, N(sample_columns));
    char *text = outcome_sample_text(samples, i, tables->tokenizer);

    table_put_int(table, i);
    table_put_text(table, role);
    table_put_int(table, samples->list[i].n_token);
    table_put_text(table, text);
    table_put_text(table, facts->answer ? facts->answer : "");
    table_put_text(table, facts->foil ? facts->foil : "");
    table_put_text(table, facts->label ? facts->label : "");
    append(&tables->samples, table);
    free(text);
}

static void put_tokens(struct sample_tables *tables,
                       const struct samples *samples, const char *role,
                       int sample)
{
    const int32_t *ids = samples_tokens(samples, sample);
    struct transect_table *table =
        table_new("tokens", token_columns, N(token_columns));

    for (int i = 0; i < samples->list[sample].n_token; i++) {
        table_put_int(table, sample);
        table_put_text(table, role);
        table_put_int(table, i);
        table_put_int(table, ids[i]);
        table_put_text(table, token_labels_label(tables->plan->labels,
                                                 ids[i]));
    }
    append(&tables->tokens, table);
}

static void put_all(struct sample_tables *tables,
                    const struct samples *samples, const char *role)
{
    for (int i = 0; samples && i < samples->n_sample; i++) {
        put_sample(tables, samples, role, i);
        put_tokens(tables, samples, role, i);
    }
}

const struct tokenizer *outcome_tokenizer(const struct plan *plan)
{
    struct tokenizer *tokenizer = NULL;
    struct error ignored = {0};

    if (plan->samples->tokenizer)
        return plan->samples->tokenizer;
    if (model_files_tokenizer(plan->model->files))
        model_tokenizer_get(plan->tokenizer, &tokenizer, &ignored);
    return tokenizer;
}

static void describe(struct outcome_writer *writer, const char *path,
                     const struct transect_column *columns, size_t n)
{
    struct transect_table *table = table_new(path, columns, n);

    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < N(meanings); k++)
            if (strcmp(columns[i].name, meanings[k].column) == 0)
                table_describe(table, columns[i].name, "",
                               meanings[k].meaning);
    outcome_describe(writer, path, table, false);
    table_free(table);
}

int outcome_samples(struct outcome_writer *writer)
{
    const struct plan *plan = writer->plan;
    struct sample_tables tables = {.plan = plan,
                                   .tokenizer = outcome_tokenizer(plan)};
    int status;

    describe(writer, SAMPLES, sample_columns, N(sample_columns));
    describe(writer, TOKENS, token_columns, N(token_columns));
    put_all(&tables, plan->samples, "prompt");
    put_all(&tables, plan->samples->pair, "pair");
    status = outcome_file(writer, SAMPLES, tables.samples.bytes,
                          tables.samples.n);
    if (!status)
        status = outcome_file(writer, TOKENS, tables.tokens.bytes,
                              tables.tokens.n);
    free(tables.samples.bytes);
    free(tables.tokens.bytes);
    return status;
}

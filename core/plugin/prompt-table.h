/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* prompt-table.h - what instances may know of samples besides their ids. It is
 * the plan's, which fills it before the first of them is ready; all instances
 * of a role share it. */
#ifndef CORE_PLUGIN_PROMPT_TABLE_H
#define CORE_PLUGIN_PROMPT_TABLE_H

#include "hooks/sample-positions.h"

#include <pthread.h>
#include <stdint.h>
#include <transect/prompts.h>

/* What a record says besides its prompt. Texts are as the file has them, and
 * NULL where it has none. All owned. */
struct sample_facts {
    int line; /* of the record in its file */
    char *answer, *foil, *label;
    int32_t *answers, *foils; /* ids of their first tokens, each once */
    int n_answer, n_foil;
    int n_answer_cut, n_foil_cut; /* continuations whose first token is not
                                     all of them */
};

/* Where a list of positions is in each sample. */
struct prompt_positions;

struct prompt_table {
    enum transect_role role;
    int n_sample;
    int *n_token;                     /* (n_sample) owned */
    int longest;                      /* the most of them */
    const struct sample_facts *facts; /* (n_sample) borrowed; NULL: none */
    struct position_names names;      /* borrowed */
    const struct prompt_table *other; /* of the same samples in the other role;
                                         NULL: none */
    pthread_mutex_t lock;             /* of what follows */
    struct prompt_positions **found;  /* owned */
    size_t n_found;
};

/* All but the role and n_sample is for the caller to fill. */
struct prompt_table *prompt_table_new(enum transect_role role, int n_sample);
void prompt_table_free(struct prompt_table *table);
/* Of a sample, ascending by position; places are the same in both roles. */
struct prompt_rows {
    const int32_t *positions, *places; /* (n) until the table's end */
    size_t n;
    int n_place; /* in all samples of both roles */
};
/* Where a list, which parses, is in a sample. *found, NULL at first, spares
 * the search for it. Any thread. */
struct prompt_rows prompt_table_rows(struct prompt_table *table,
                                     const char *list, int sample,
                                     const struct prompt_positions **found);

#endif

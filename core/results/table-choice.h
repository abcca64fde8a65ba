/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* table-choice.h - heads, layers and the like that are named by what a table
 * says of them: "top 3 by head-scorer.score where layer 1-2". */
#ifndef CORE_RESULTS_TABLE_CHOICE_H
#define CORE_RESULTS_TABLE_CHOICE_H

#include "results/table.h"

enum choice_way { CHOICE_TOP, CHOICE_BOTTOM, CHOICE_RANDOM };

/* "layer 1-2": a key and what it may be. */
struct choice_condition {
    char *key;
    char **words; /* (n_words) */
    size_t n_words;
};

struct choice {
    enum choice_way way;
    int n;
    char *by; /* PLUGIN.COLUMN or PLUGIN.TABLE.COLUMN; NULL: random */
    struct choice_condition *conditions;
    size_t n_conditions;
};

/* What is chosen from: pairs of a layer and another number, or numbers. */
struct choice_space {
    const char *what;    /* "heads", for messages */
    const char *keys[2]; /* {"layer", "head"}; of numbers the second is NULL */
    int limits[2];       /* of each */
    char letter;         /* of pairs, as in L2H7 */
    bool open; /* how many there are is not known, but below the limit */
};

/* Does the text begin as a choice does? */
bool choice_is(const char *text);
/* ST_USAGE, and *choice is then empty; choice_clear() it in the end. Messages
 * of all of these have no place. */
int choice_parse(const char *text, struct choice *choice, struct error *err);
void choice_clear(struct choice *choice);

/* The table and column that `column` names: COLUMN, or TABLE.COLUMN. Only a
 * table whose keys have those of the space counts, and two of them are one too
 * many. ST_USAGE. */
int choice_find(const struct choice_space *space,
                struct transect_table *const *tables, size_t n,
                const char *column, const struct transect_table **table,
                size_t *number, struct error *err);
/* The list, as a setting has it; the caller frees. By rank, of equals in the
 * order of keys; what is not a number has no rank. ST_USAGE: fewer than asked
 * for, a key that the table lacks, two rows of one. */
int choice_rank(const struct choice *choice, const struct choice_space *space,
                const struct transect_table *table, size_t column,
                char **list, struct error *err);
/* Random ones, ascending, that depend on the key alone. */
int choice_draw(const struct choice *choice, const struct choice_space *space,
                uint64_t key, char **list, struct error *err);
/* The first ones, for a plan that does not run. */
int choice_stand_in(const struct choice *choice,
                    const struct choice_space *space, char **list,
                    struct error *err);

#endif

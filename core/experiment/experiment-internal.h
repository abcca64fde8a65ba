/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-internal.h - what the files of experiment.c share. */
#ifndef CORE_EXPERIMENT_EXPERIMENT_INTERNAL_H
#define CORE_EXPERIMENT_EXPERIMENT_INTERNAL_H

#include "experiment/experiment.h"

/* One key of a section; all that begin so where it ends in a dot. */
struct key {
    const char *name;
    int (*take)(struct experiment *experiment, const struct setting *setting,
                struct error *err);
};

/* A section whose keys are known. */
int experiment_keys(struct experiment *experiment,
                    const struct ini_section *section, const struct key *keys,
                    size_t n_keys, struct error *err);
/* Letters, digits, and "-_.", no '.' in front: fit to name a folder. */
bool experiment_name_valid(const char *name);
/* Adds the words of a list, between blanks and commas. */
void experiment_words(char ***words, size_t *n, const char *list);
int experiment_take_truth(bool *out, const struct setting *setting,
                          struct error *err);
/* Which of n words the value is; all: as messages name them. */
int experiment_take_word(const struct setting *setting,
                         const char *const *words, size_t n, const char *all,
                         size_t *word, struct error *err);

/* experiment-figures.c */
int experiment_take_figures(struct experiment *experiment,
                            const struct setting *setting, struct error *err);
/* [figures] */
int experiment_drawing(struct experiment *experiment,
                       const struct ini_section *section, struct error *err);
void experiment_figures_clear(struct experiment *experiment);

/* experiment-input.c */
int experiment_input(struct experiment *experiment,
                     const struct ini_section *section, struct error *err);
/* Where --set has just given an input, drops the file's. */
void experiment_input_override(struct ini *ini);
void experiment_input_clear(struct input_spec *input);

/* experiment-records.c: keys of [input] that take something from records. */
/* Do quotes stand around n bytes? */
bool experiment_is_quoted(const char *text, size_t n);
/* What n bytes between quotes mean; NULL, with err set, where they cannot
 * stand so. */
char *experiment_unquote(const struct setting *setting, const char *text,
                         size_t n, struct error *err);
int experiment_take_record_key(struct experiment *experiment,
                               const struct setting *setting,
                               struct error *err);
int experiment_take_span(struct experiment *experiment,
                         const struct setting *setting, struct error *err);
int experiment_take_align(struct experiment *experiment,
                          const struct setting *setting, struct error *err);
int experiment_take_answer_tokens(struct experiment *experiment,
                                  const struct setting *setting,
                                  struct error *err);
/* Once [input] is read: keys that say nothing without another. */
int experiment_match_records(const struct input_spec *input,
                             struct error *err);
void experiment_records_clear(struct input_spec *input);

/* experiment-plugins.c */
int experiment_plugin(struct experiment *experiment,
                      const struct ini_section *section, struct error *err);
int experiment_variant(struct experiment *experiment,
                       const struct ini_section *section, struct error *err);
int experiment_sweep(struct experiment *experiment,
                     const struct ini_section *section, struct error *err);
/* Once all sections are read: edits of an instance that has a section. */
int experiment_match_specs(struct experiment *experiment, struct error *err);
void experiment_specs_clear(struct experiment *experiment);

#endif

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment.h - an experiment file, checked for everything that can be known
 * without plugins and model. */
#ifndef CORE_EXPERIMENT_EXPERIMENT_H
#define CORE_EXPERIMENT_EXPERIMENT_H

#include "experiment/ini-file.h"
#include <stdbool.h>
#include <stdint.h>

/* One plugin instance that the file asks for: [plugin NAME[:label]], or the
 * settings "NAME[:label].OPTION" of a variant. */
struct plugin_spec {
    char *id;   /* NAME[:label], of a path its base name without .so; names
                   the results folder; unique */
    char *name; /* NAME, or the resolved path of a NAME with a slash */
    struct place place;
    struct setting *settings; /* key: option, without the prefix; owned */
    size_t n_settings;
    bool disable_on_error; /* on_error = disable; default stop */
    bool isolated;         /* isolation = process; default none */
    int timeout, memory;   /* of it: seconds and MiB; 0: not given */
    bool idle;             /* a section that experiment_select() left out */
};

struct sweep;

/* What an edit that changes nothing means: as [run] and the editor have it;
 * the run fails; it is counted, and the run fails if nothing else is in the
 * sweep; it is as good as any. */
enum inert_rule { INERT_DEFAULT, INERT_FAIL, INERT_COUNT, INERT_ALLOW };

struct variant {
    char *name;
    struct place place;
    struct plugin_spec *edits; /* in the order of the file */
    size_t n_edits;
    enum inert_rule inert;
    char *reference; /* of a sweep: the [variant] that its variants are
                        compared with; NULL: the baseline */
    struct place reference_place;
    const struct sweep *sweep; /* that made it; NULL: a section of its own */
    size_t number;             /* which of its variants it is */
};

enum input_kind { INPUT_NONE, INPUT_FILES, INPUT_TEXT, INPUT_IDS,
                  INPUT_IDS_FILE, INPUT_RECORDS, INPUT_REPEAT };

/* Which windows of a text are samples: the first ones, some from all parts,
 * some by chance. */
enum input_windows { WINDOWS_FIRST, WINDOWS_SPREAD, WINDOWS_RANDOM };

/* What stands in front of each sample: as the model's own tokenizer does it,
 * but nothing in front of given ids; the BOS token; nothing. */
enum bos_choice { BOS_AUTO, BOS_YES, BOS_NO };

/* What a key of [input] takes from each record: a field, or a template, which
 * has fields in braces or stood in quotes. */
struct record_key {
    char *text; /* without quotes; NULL: the key was not given */
    bool is_template;
    int nth; /* of a span: which of the places where it is found, from 1; 0: it
                is found once */
    struct place place;
};

enum record_keys { RECORD_PROMPT, RECORD_PAIR, RECORD_ANSWER, RECORD_FOIL,
                   RECORD_LABEL, RECORD_N_KEYS };

/* How positions of a prompt find theirs in a pair of another length. */
enum pair_align { ALIGN_NONE, ALIGN_END, ALIGN_START, ALIGN_SPANS };

/* span.NAME: a text whose place in the prompt has a name. */
struct span_spec {
    char *name;
    struct record_key prompt;
    struct record_key pair; /* pair_span.NAME: what stands there in the pair
                               instead, if that was given */
};

struct input_spec {
    enum input_kind kind;
    struct place place; /* of the key that gives the input */
    char **files;       /* resolved paths; also that of ids_file, records */
    size_t n_files;
    char *text;         /* text or ids */
    struct record_key keys[RECORD_N_KEYS];
    struct span_spec *spans;
    size_t n_spans;
    enum pair_align align;
    struct place align_place; /* no file: not given */
    bool whole_answers;       /* answer_tokens = all */
    struct place answer_tokens_place; /* no file: not given */
    int repeat;         /* tokens that a sample has twice */
    enum input_windows windows;
    struct place windows_place; /* no file: not given */
    uint64_t seed;              /* of the experiment */
    int samples, length; /* 0: not given */
    struct place samples_place, length_place;
    enum bos_choice bos;
    bool any_bytes; /* encoding = bytes: texts need not be UTF-8 */
};

enum drawing_format { DRAWING_PNG, DRAWING_SVG, DRAWING_PDF,
                      DRAWING_N_FORMATS };
/* Their names, which end the names of files. */
extern const char *const drawing_formats[DRAWING_N_FORMATS];

/* [figures]: how they are drawn. Zeros are the defaults. */
struct drawing_spec {
    bool left_out[DRAWING_N_FORMATS];
    double width, height, font_size; /* points, 1/72 inch */
    bool no_title, no_labels;
};

struct experiment {
    struct ini *ini; /* owns the places' file names */
    char *name, *title; /* both always; the title may be the name */
    char *model; /* resolved path */
    struct place model_place;
    char **ignore; /* patterns of tensors that are left out */
    size_t n_ignore;
    struct place ignore_place;
    struct input_spec input;
    uint64_t seed;
    uint64_t memory; /* bytes that the run may hold; 0: not given */
    struct place memory_place;
    bool split_bfloat16;  /* arithmetic = split-bfloat16, not float32 */
    struct place arithmetic_place; /* no file: not given */
    int workers; /* threads for variants; -1: by the rule of workers.h */
    struct place workers_place;
    bool baseline, allow_inert;
    int checkpoint; /* samples between two; 0: none */
    char **figures; /* "VARIANT" or "VARIANT/PLUGIN" to draw; none: all */
    size_t n_figures;
    struct place figures_place;
    struct drawing_spec drawing;
    struct plugin_spec *plugins;
    size_t n_plugins;
    struct variant *variants; /* without the baseline */
    size_t n_variants;
    struct sweep *sweeps; /* whose variants sweep_expand() adds */
    size_t n_sweeps;
};

/* sets: n_sets assignments of --set, applied in order; one that gives an
 * input takes the place of the file's. Paths are relative to the file's
 * folder, those of --set to the current one. ST_USAGE, and *experiment is
 * then NULL. */
int experiment_load(const char *path, char *const *sets, size_t n_sets,
                    struct experiment **experiment, struct error *err);
void experiment_free(struct experiment *experiment);
/* Leaves of it the baseline, without checkpoints, and of the [plugin] sections
 * one; the others are idle. */
void experiment_select(struct experiment *experiment, const char *id);
/* Replaces characters that a folder's name must not have by '_'. */
void experiment_name_clean(char *name);
/* After sweeps were expanded: every name in figures is a variant's. ST_USAGE.
 */
int experiment_match_figures(const struct experiment *experiment,
                             struct error *err);
/* Does figures name the variant VARIANT, or a folder VARIANT/PLUGIN? */
bool experiment_names(const struct experiment *experiment,
                      const char *folder);
/* Are the figures of this folder of the results, VARIANT/PLUGIN, asked for? */
bool experiment_draws(const struct experiment *experiment,
                      const char *folder);

#endif

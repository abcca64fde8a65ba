/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-options.h - a plugin's option table against the settings of an
 * instance. */
#ifndef CORE_PLUGIN_PLUGIN_OPTIONS_H
#define CORE_PLUGIN_PLUGIN_OPTIONS_H

#include "experiment/experiment.h"
#include "model/model.h"
#include "plugin/prompt-table.h"
#include "tokenizer/model-tokenizer.h"
#include <transect/plugin.h>

struct option_value {
    struct transect_option decl; /* a copy; its strings are the plugin's */
    bool set;          /* given, or has a fallback */
    bool given;        /* by the experiment */
    struct place place; /* of the setting, or of the section without it */
    char *text;        /* as written (or the fallback); PATH: resolved */
    bool is_word;      /* a list or a PATH that is one of its words */
    bool truth;        /* BOOL */
    int64_t integer;   /* INT */
    double real;       /* REAL, INT */
    int32_t *list;     /* LAYERS, DIMS, POINTS, TOKENS, UNITS */
    struct transect_head *heads; /* HEADS, GROUPS */
    size_t n;
    const struct prompt_positions *positions; /* POSITIONS: once somebody asked
                                                 where they are */
};

struct options {
    struct option_value *values;
    size_t n;
};

/* What lists are checked against. */
struct option_limits {
    int n_layer, n_head, d_model;
    const struct config *config; /* with arch: "*" of hook points means */
    const struct arch *arch;     /* those that the model has; or both NULL */
    int n_kv_head;
    int longest; /* tokens of a sample; 0: samples are not known yet */
    int n_vocab;
    struct model_tokenizer *tokenizer; /* for texts of TOKENS */
    int d_mlp;
};

/* Parses `settings` of `spec`, and of `defaults` (may be NULL: a [plugin]
 * section that gives an editor its defaults) where `spec` has none. Unknown
 * option: error with the nearest name. Errors are ST_USAGE with the place, or
 * ST_PLUGIN for the plugin's own mistakes: a fallback that does not parse, a
 * type that is not known. limits NULL: lists that depend on a model stay
 * unparsed. options_clear() *out, which is empty after an error. */
int options_parse(const struct transect_plugin *plugin,
                  const struct plugin_spec *spec,
                  const struct plugin_spec *defaults,
                  const struct option_limits *limits, struct options *out,
                  struct error *err);
const struct option_value *options_find(const struct options *options,
                                        const char *name);
void options_clear(struct options *options);
/* What the plugin, whose rows may be of another size than this host's,
 * declares of an option; false: it has none of that name. */
bool options_declared(const struct transect_plugin *plugin, const char *name,
                      struct transect_option *decl);
const char *option_type_name(int type); /* "bool", "heads", ... */
/* A number for which the plugin does not leave both limits at zero. */
bool option_has_range(const struct transect_option *decl);
/* " from 0 to 7", " of at least 0", " of at most 7", or "" */
void option_range(char buf[64], const struct transect_option *decl);

#endif

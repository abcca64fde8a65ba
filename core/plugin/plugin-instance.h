/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* plugin-instance.h - one plugin instance in one variant: the host's side of
 * it. */
#ifndef CORE_PLUGIN_PLUGIN_INSTANCE_H
#define CORE_PLUGIN_PLUGIN_INSTANCE_H

#include "figure/figure.h"
#include "hooks/captures.h"
#include "hooks/hooks.h"
#include "hooks/projection.h"
#include "plugin/kept-arrays.h"
#include "plugin/plugin-loader.h"
#include "plugin/plugin-log.h"
#include "plugin/plugin-options.h"
#include "plugin/prompt-table.h"
#include "results/growing-files.h"
#include "results/table.h"
#include "tensor/order-statistics.h"
#include "tokenizer/token-labels.h"

#include <transect/state.h>

/* Where in its life an instance is; the host table checks it. */
enum phase {
    PHASE_CREATE, PHASE_READY, PHASE_SURVEYED, PHASE_RUN, PHASE_FINISH,
    PHASE_COMPARE
};

struct serializer;

struct plugin_output_file {
    char *name;
    void *bytes;
    size_t size;
};

struct plugin_output_verdict {
    char *rule, *text;
};

/* What an instance made in finish, or in compare. All owned. */
struct plugin_outputs {
    struct transect_table **tables;
    size_t n_tables;
    struct plugin_output_file *files;
    size_t n_files;
    struct figure **figures;
    size_t n_figures;
    char **sayings; /* findings for the summary */
    size_t n_sayings;
    struct plugin_output_verdict *verdicts;
    size_t n_verdicts;
};

/* What the ABI calls transect_ctx. */
struct transect_ctx {
    struct hook_owner owner; /* id, variant, state */
    const struct plugin *plugin;
    struct options options;
    struct place place; /* in the experiment file */
    enum phase phase;
    struct error error; /* of host->fail(), or of a wrong call */
    uint64_t random_key;
    const struct model *model; /* from ready on */
    int n_token; /* of the longest sample; from ready on */
    struct hooks *hooks;
    struct hooks *survey; /* shared by all instances; from ready on */
    bool surveys;         /* listens there */
    int (*surveyed)(void *state); /* or NULL */
    struct captures *const *captures; /* (TRANSECT_N_SOURCES) the plan's;
                             from ready on; NULL: no passes of this variant
                             have rows of others beside them */
    bool unedited; /* the variant is the baseline; from ready on */
    struct token_labels *labels; /* the plan's; from ready on */
    struct prompt_table *prompts; /* of its variant's role; the same */
    const struct readout_functions *readout; /* the executor's; from ready
                                                on */
    struct plugin_outputs own, comparison; /* of finish, of compare */
    struct growing_files growing;
    bool tables_only; /* of its variant nothing else is kept */
    struct transect_state state; /* save NULL: what it keeps is in arrays */
    struct serializer *saving; /* during save */
    struct kept_arrays arrays;
    const struct kept_arrays *other; /* of the baseline, during finish; what
                                      * is merged, during merge; or NULL */
    const struct transect_ctx *pair; /* the same observer of the pairs, during
                                      * finish; or NULL */
    void **blocks; /* (n_blocks) that it allocated, owned */
    size_t n_blocks;
    struct median_room median; /* what one median needs */
    struct plugin_log log;
    bool any_thread;     /* for events; see workers.h */
    bool failure_counts; /* disabled, or without its comparison, it makes the
                          * run fail all the same */
    bool comparison_failed; /* compare() failed, and the run went on */
    struct isolated_process *process; /* NULL: runs in this one; isolate.h */
    /* Takes an accepted subscription instead of hooks; or NULL. */
    void (*keep)(struct transect_ctx *ctx, bool survey,
                 const struct transect_subscription *sub,
                 const struct transect_reduction *reduction);
    void *keeper; /* whose business keep is */
};

extern const struct transect_host host_table; /* in host.c */

/* Takes over `options`. `spec` and `plugin` must outlive the instance. */
struct transect_ctx *instance_new(const struct plugin *plugin,
                                  const struct plugin_spec *spec,
                                  const char *variant, struct options *options,
                                  uint64_t seed);
/* The callbacks, with context around their errors. Those of a disabled
 * instance are not called. */
int instance_create(struct transect_ctx *instance, struct error *err);
int instance_ready(struct transect_ctx *instance, const struct model *model,
                   const struct transect_model *shape, struct hooks *hooks,
                   struct error *err);
/* In host-prompts.c: lists of positions among the options, once samples are
 * known; with the place. */
int instance_check_positions(const struct transect_ctx *instance,
                             struct error *err);
/* After the survey, if the instance took part and wants to know. */
int instance_surveyed(struct transect_ctx *instance, struct error *err);
int instance_begin(struct transect_ctx *instance,
                   const struct transect_sample *sample, struct error *err);
int instance_end(struct transect_ctx *instance,
                 const struct transect_sample *sample, struct error *err);
/* baseline, pair: the same observer in these variants, or NULL. */
int instance_finish(struct transect_ctx *instance,
                    const struct transect_ctx *baseline,
                    const struct transect_ctx *pair, struct error *err);
/* states and names: (n), of all variants; the first is the instance's, which
 * a failure that does not stop the run costs its comparison only: what finish
 * made is whole. */
int instance_compare(struct transect_ctx *instance, void *const *states,
                     const char *const *names, size_t n, struct error *err);
void instance_free(struct transect_ctx *instance);
/* The table NAME that it made in finish; NULL: none, or it was disabled, so
 * that its tables may be half filled. */
const struct transect_table *
instance_table(const struct transect_ctx *instance, const char *name);

/* Is it built for ABI 1.1 or later, and declares this TRANSECT_CAP_...? */
bool instance_declares(const struct transect_ctx *instance, uint32_t bit);

/* In host-state.c: can what it knows of samples be saved, and merged? */
bool instance_saves(const struct transect_ctx *instance);
bool instance_merges(const struct transect_ctx *instance);
/* Of those that can: what they know as serialized bytes, and back. */
int instance_save(struct transect_ctx *instance, struct serializer *serial,
                  struct error *err);
int instance_restore(struct transect_ctx *instance,
                     const struct serializer *serial, struct error *err);
int instance_merge(struct transect_ctx *instance,
                   const struct serializer *serial, struct error *err);

/* Around every callback but events: notes the place for crash reports; says
 * whether it failed, or misused the host. */
void instance_enter(const struct transect_ctx *instance,
                    const char *callback);
int instance_outcome(struct transect_ctx *instance, int result,
                     const char *callback, struct error *err);

/* Packs or unpacks all of them; see serialize.h. */
void plugin_outputs_carry(struct serializer *serial,
                          struct plugin_outputs *outputs);
/* Why no table or file can be called so, or NULL. At most 150 bytes: there is
 * room for ".csv" and for the name of a sweep in front, of the 255 bytes that
 * file systems allow. */
#define PLUGIN_OUTPUT_NAME 150
const char *plugin_outputs_objection(const char *name);
void plugin_outputs_clear(struct plugin_outputs *outputs);
/* Frees all but the tables. */
void plugin_outputs_keep_tables(struct plugin_outputs *outputs);

#endif

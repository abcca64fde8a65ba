/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* probe.h - one try of a plugin on a made-up model, in a process of its own
 * that may crash, hang, print or run out of memory. */
#ifndef CORE_CONFORMANCE_PROBE_H
#define CORE_CONFORMANCE_PROBE_H

#include "plan/plan.h"
#include "plugin/plugin-loader.h"

/* A model and samples for it. */
struct probe_shape {
    const char *name; /* of its folder, unless the model is the user's */
    const char *what; /* for people */
    int samples, length;
    /* Of a made-up model; kv_heads as in make-model.h. */
    int layers, heads, kv_heads, width, context;
};

/* A model of the user's, on which all tries are, then. */
struct probe_model {
    char *path; /* from the root; NULL: models are made up. Owned */
    int context, vocab;
    int room; /* MiB of its files and of float32 copies */
};

struct probe {
    const char *dir;             /* where models and experiments are made */
    const struct plugin *plugin; /* what is tried */
    const char *path;            /* its file, from the root */
    bool companion; /* observers see a variant of the editor "pruner", too */
    const char *plugin_dir;      /* or NULL */
    int timeout, memory;         /* seconds; MiB beyond what there is */
    struct probe_model model;
    const struct probe_shape *shape;
    char *settings; /* lines "option = value" */
};

enum probe_result {
    PROBE_GOOD,
    PROBE_IDLE,    /* good, but no edit changed anything */
    PROBE_REFUSED, /* the plugin said in time that it cannot do this */
    PROBE_BAD,
    PROBE_ABSENT /* this kind of try does not apply */
};

#define PROBE_WHY 2200 /* bytes of an explanation; an error fits */

/* The kinds of tries. Each runs in its own process and fills `why`
 * (PROBE_WHY); of PROBE_GOOD it is a note, or empty. In probe-kinds.c,
 * probe-repeat.c, probe-passes.c and probe-threads.c. */
typedef enum probe_result probe_fn(const struct probe *probe, char *why);

/* create and ready. */
probe_fn probe_ready;
/* All events of a run, with views that must not be misused. */
probe_fn probe_views;
/* Hidden states with and without the plugin. */
probe_fn probe_neutral;
/* The same tables from an isolated instance. */
probe_fn probe_isolated;
/* The same tables from a run that was cut in two. */
probe_fn probe_state;
probe_fn probe_merge;
/* The same tables whether samples share a pass or have one each. */
probe_fn probe_passes;
/* A run, or a refusal, with pairs and without records. */
probe_fn probe_paired;
probe_fn probe_windows;
/* Whether its events may come on any thread; PROBE_ABSENT: no. Then: the same
 * from worker threads, with views that must not be misused, byte for byte. */
probe_fn probe_threads;
probe_fn probe_workers;
/* Whether each column of its tables has a unit and a meaning; if not,
 * PROBE_ABSENT, for that is no mistake. */
probe_fn probe_described;
/* Memory that remains behind destroy. */
probe_fn probe_leaks;

/* Results for a try: `result` with err's text as the reason; of a plan that
 * could not be made, which is no mistake if the plugin refused it; of a run
 * that failed. */
enum probe_result probe_because(enum probe_result result, char *why,
                                const struct error *err);
enum probe_result probe_not_planned(char *why, const struct error *err);
enum probe_result probe_not_run(const struct plan *plan, char *why,
                                const struct error *err);

/* Are the tables of two runs the same; without a tolerance also figures,
 * files, findings and comparisons? why: (PROBE_WHY) */
bool probe_same(const struct plan *a, const struct plan *b, double tolerance,
                char *why);
/* The same of tables alone, whose rows may come in another order if they have
 * keys. */
bool probe_same_rows(const struct plan *a, const struct plan *b,
                     double tolerance, char *why);
/* The plugin's own instance in a variant, the editor of a variant or the
 * observer behind the editors; NULL: there is none. */
struct transect_ctx *probe_subject(const struct probe *probe,
                                   const struct variant_run *variant);
/* Runs a plan. hashes: (n_variants) of all events of all hook points. */
int probe_hash(const struct plan *plan, uint64_t *hashes, struct error *err);

/* Makes up the model of a shape. ST_FAILED. */
int probe_make_model(const struct probe *probe, struct error *err);
/* Opens a model of the user's instead. Statuses of model_open(). The caller
 * frees model->path. */
int probe_open_model(const char *path, struct probe_model *model,
                     struct error *err);
/* Writes the experiment and has `try` try it. why: (PROBE_WHY). */
enum probe_result probe_run(const struct probe *probe, probe_fn *try,
                            char *why);

/* For kinds of probes: the experiment's plan, without the plugin, as it is,
 * isolated, or with several variants, one after another or side by side. */
enum probe_with {
    PROBE_WITHOUT, PROBE_WITH, PROBE_ISOLATED, PROBE_SERIAL, PROBE_WORKERS
};
int probe_plan(const struct probe *probe, enum probe_with with,
               const struct plan **plan, struct error *err);
/* The same with other samples, of which at most batch_tokens tokens share a
 * pass; 0: as many as usual. */
enum probe_input {
    PROBE_RECORDS, /* with answers and foils, for editors with pairs */
    PROBE_PAIRED,  /* with pairs for observers, too */
    PROBE_UNEVEN,  /* of several lengths */
    PROBE_WINDOWS  /* tokens alone */
};
int probe_plan_input(const struct probe *probe, enum probe_with with,
                     enum probe_input input, int batch_tokens,
                     const struct plan **plan, struct error *err);

#endif

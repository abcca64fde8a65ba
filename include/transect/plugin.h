/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/plugin.h - the ABI between transect and its plugins.
 *
 * A plugin is a shared object that exports one function,
 * transect_plugin_describe, and reaches everything else through the table of
 * functions that the host hands it. It links with nothing of transect.
 *
 *   describe ---> create ---> ready ----> begin -> events -> end ---.
 *   (static       (options)   (shapes;    ^ (once a sample; those   |
 *    table)                    subscribe  |  of a batch overlap:    |
 *                              here)      |  use `slot`)            |
 *   destroy <--- finish (tables) <--------'-------------------------'
 *
 * There is one instance for each variant of an experiment, so a plugin keeps
 * its state in what create() returns and in no writable static data. Every
 * function here, the host's and the plugin's, is called on the main thread
 * [main]; events: see workers.h. Text is UTF-8. Counts start from 0. Matrices
 * are float32. A callback returns TRANSECT_OK, or what host->fail() returned.
 * Structs grow at their ends; [1.1] and [1.2] mark what came later.
 */
#ifndef TRANSECT_PLUGIN_H
#define TRANSECT_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_ABI_MAJOR 1
#define TRANSECT_ABI_MINOR 2
#define TRANSECT_MAGIC UINT64_C(0x746365736e617274) /* "transect" */
#define TRANSECT_OK 0
#define TRANSECT_FAILED (-1)
#define TRANSECT_ABSENT 1 /* weight(): this model has no such tensor */

/* T tokens of a sample, D model width, H heads, Hkv key/value heads, d head
 * width, F MLP width, V vocabulary. T x D where no shape is given. */
enum transect_point {
    TRANSECT_EMBED, TRANSECT_POS_EMBED, TRANSECT_RESID_PRE, TRANSECT_LN1,
    TRANSECT_Q, TRANSECT_K, TRANSECT_V,     /* T x d, per (key/value) head */
    TRANSECT_ATTN_SCORES, TRANSECT_PATTERN, /* T x T, per head, in blocks */
    TRANSECT_Z, TRANSECT_HEAD_OUT,          /* T x d, T x D, per head */
    TRANSECT_ATTN_OUT, TRANSECT_RESID_MID, TRANSECT_LN2,
    TRANSECT_MLP_PRE, TRANSECT_MLP_GATE, TRANSECT_MLP_POST, /* T x F */
    TRANSECT_MLP_OUT, TRANSECT_RESID_POST, TRANSECT_LN_FINAL,
    TRANSECT_LOGITS,                        /* T x V, in blocks of rows */
    TRANSECT_N_POINTS
};

/* In the orientation of x * W, as applied; 1 x D where no shape is given. */
enum transect_weight {
    TRANSECT_W_E, TRANSECT_W_POS, /* V x D, context x D: embeddings */
    TRANSECT_LN1_GAIN, TRANSECT_LN1_BIAS,
    TRANSECT_W_Q, TRANSECT_B_Q, /* D x d, 1 x d, per head */
    TRANSECT_W_K, TRANSECT_B_K, /* D x d, 1 x d, per key/value head */
    TRANSECT_W_V, TRANSECT_B_V, /* D x d, 1 x d, per key/value head */
    TRANSECT_W_O, TRANSECT_B_O, /* d x D, per head; 1 x D */
    TRANSECT_LN2_GAIN, TRANSECT_LN2_BIAS,
    TRANSECT_W_IN, TRANSECT_B_IN, TRANSECT_W_OUT, /* D x F, 1 x F, F x D */
    TRANSECT_B_OUT, TRANSECT_LNF_GAIN, TRANSECT_LNF_BIAS,
    TRANSECT_W_U, TRANSECT_W_GATE, TRANSECT_B_GATE, /* D x V, D x F, 1 x F */
    TRANSECT_B_U, /* 1 x V */
    TRANSECT_ATTN_POST_GAIN, TRANSECT_MLP_POST_GAIN, /* of branch outputs */
    TRANSECT_Q_NORM_GAIN, TRANSECT_K_NORM_GAIN, /* 1 x d, per (k/v) head */
    TRANSECT_N_WEIGHTS
};

/* Element (i, j) is data[i * row_stride + j * col_stride]. Event views have
 * col_stride 1. Borrowed: an event's until the callback returns, a weight's
 * until destroy. */
struct transect_view {
    const float *data;
    int64_t rows, cols;
    int64_t row_stride, col_stride;
};

struct transect_head { int32_t layer, head; };

/* What ready() is told. */
struct transect_model {
    uint32_t size;
    int32_t n_layer, n_head, n_kv_head, d_head; /* L, H, Hkv, d */
    int32_t d_model, d_mlp, n_vocab, n_context; /* D, F, V */
    int32_t n_sample; /* samples that will be seen: 0..n_sample-1 */
    int32_t n_token;  /* tokens of the longest sample */
    int32_t n_slot;   /* samples that may be under way at once */
    const char *family; /* [1.1] all of these; model.h explains them */
    double norm_epsilon, score_scale, score_cap, logit_cap, rotary_base;
    int32_t rotary_kind, rotary_dims, norm_kind;
    uint32_t traits;
};

struct transect_sample {
    uint32_t size;
    int32_t sample; /* its number in the input, from 0 */
    int32_t slot;   /* 0..n_slot-1, its own from begin to end */
    int32_t n_token;
    const int32_t *tokens; /* n_token ids */
};

/* One tensor, or one block of its rows. */
struct transect_event {
    uint32_t size;
    int32_t point; /* enum transect_point */
    int32_t layer; /* -1: embed, pos_embed, ln_final, logits */
    int32_t head;  /* -1: not a per-head point, or TRANSECT_ALL_HEADS */
    int32_t sample, slot;
    int32_t first;    /* position of the view's first row */
    int32_t n_token;  /* tokens of the sample */
    struct transect_view view; /* of pattern, attn_scores: the keys of the
                        last row; a row's later ones cannot be edited */
    float *edit; /* = view.data for TRANSECT_EDIT, else NULL */
    void *user;  /* [1.1] the subscription's */
};

typedef int (*transect_event_fn)(void *state, const struct transect_event *);

#define TRANSECT_EDIT 1u      /* the callback may write through event->edit */
#define TRANSECT_ALL_HEADS 2u /* q, k, v, z: one event a layer, all heads side
                                 by side, head h in columns h*d..h*d+d-1;
                                 write to the subscribed heads only */

/* NULL lists mean all; lists are copied. Editors of a point run in the order
 * of the experiment file, then its observers, which see the edited tensor. */
struct transect_subscription {
    uint32_t size; /* sizeof(struct transect_subscription) */
    int32_t point;
    uint32_t flags;
    const int32_t *layers;
    size_t n_layers;
    const struct transect_head *heads; /* per-head points; rules out layers */
    size_t n_heads;
    int32_t first_position, n_positions; /* rows wanted; 0: to the end;
                             [1.1] first below 0: from each sample's end */
    transect_event_fn on_event;
    void *user;           /* [1.1] comes with each event */
    const char *position; /* [1.1] instead of numbers "last", copied; [1.2] any
                             list: an event for each run of rows; NULL: none */
};

enum transect_option_type {
    TRANSECT_BOOL,               /* yes, no */
    TRANSECT_INT, TRANSECT_REAL, /* min..max */
    TRANSECT_STRING, TRANSECT_ENUM, /* any text; one word of choices */
    TRANSECT_PATH,   /* relative to the experiment file; read as get_string */
    TRANSECT_LAYERS, TRANSECT_HEADS, /* "0-3 7", "L2H7 L5H*"; all: "*" */
    TRANSECT_DIMS, TRANSECT_POINTS,  /* "138 447", "resid_post mlp_out" */
    TRANSECT_GROUPS, /* key/value heads, "L2G1 L5G*"; read as get_heads */
    TRANSECT_POSITIONS, /* [1.2] "0 3-7 -1 last"; get_string, prompts.h */
    TRANSECT_TOKENS, /* [1.2] `" Paris" 7042`, one token each; as listed */
    TRANSECT_UNITS   /* [1.2] hidden units of an MLP, "1229 1487" */
};

/* The host parses and checks options before create(). A list, [1.2] a path
 * may also be one of the words in choices (get_string then gives the word). */
struct transect_option {
    const char *name;
    int32_t type;
    const char *fallback; /* as in the file; NULL: not set unless given */
    const char *choices;  /* separated by spaces, or NULL */
    double min, max;      /* numbers: both 0 means any */
    const char *help;     /* one sentence */
};

enum transect_column_type { TRANSECT_COL_INT, TRANSECT_COL_REAL,
                            TRANSECT_COL_TEXT };
/* KEY columns identify a row; METRIC columns are compared with the baseline's
 * row of the same key; INFO columns are neither. */
enum transect_column_role { TRANSECT_COL_KEY, TRANSECT_COL_METRIC,
                            TRANSECT_COL_INFO };
struct transect_column { const char *name; int32_t type, role; };

enum transect_level { TRANSECT_ERROR, TRANSECT_WARNING, TRANSECT_INFO,
                      TRANSECT_DEBUG };

typedef struct transect_ctx transect_ctx; /* the host's side of an instance */
typedef struct transect_table transect_table;

#if defined(__GNUC__)
#define TRANSECT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define TRANSECT_EXPORT __attribute__((visibility("default")))
#else
#define TRANSECT_PRINTF(f, a)
#define TRANSECT_EXPORT
#endif

/* What the host offers. Append only: test `size` before using a member newer
 * than 1.0. Strings and arrays returned live until destroy. */
struct transect_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;
    /* Records why a callback fails; returns TRANSECT_FAILED. Any callback. */
    int (*fail)(transect_ctx *, const char *format, ...) TRANSECT_PRINTF(2, 3);
    /* An extension's table ("transect.figure/1"), or NULL. create or later. */
    const void *(*extension)(transect_ctx *, const char *id);

    /* Options, by declared name and type. Any callback. */
    int (*is_set)(transect_ctx *, const char *option);
    int (*get_bool)(transect_ctx *, const char *option);
    int64_t (*get_int)(transect_ctx *, const char *option);
    double (*get_real)(transect_ctx *, const char *option);
    const char *(*get_string)(transect_ctx *, const char *option);
    /* LAYERS, DIMS, POINTS, UNITS: ascending, each once; returns how many. */
    size_t (*get_list)(transect_ctx *, const char *option,
                       const int32_t **list);
    size_t (*get_heads)(transect_ctx *, const char *option,
                        const struct transect_head **heads);

    /* ready, and surveyed of transect/survey.h. Fails for a point that the
     * model does not have, or that the descriptor did not declare. */
    int (*subscribe)(transect_ctx *, const struct transect_subscription *);
    /* A const view of a weight; head, layer -1 for those of none.
     * TRANSECT_ABSENT if the model has none. From ready to finish. What is
     * not float32 in the file is copied, and kept: ask for what is needed. */
    int (*weight)(transect_ctx *, int32_t weight, int32_t layer, int32_t head,
                  struct transect_view *view);
    /* n standard normal deviates that depend only on [run] seed, the
     * instance's name, `stream` and place in the stream. Any callback. */
    void (*normal)(transect_ctx *, uint64_t stream, float *out, size_t n);
    /* A table NAME.csv of this variant; then its cells, row by row. finish,
     * compare. Mistakes make them fail. */
    transect_table *(*table)(transect_ctx *, const char *name,
                             const struct transect_column *, size_t n);
    void (*put_int)(transect_table *, int64_t);
    void (*put_real)(transect_table *, double);
    void (*put_text)(transect_table *, const char *);
    /* A file of this variant; `name` has no slash. finish, compare. */
    int (*file)(transect_ctx *, const char *name, const void *bytes,
                size_t size);
    /* One finding, a sentence, for the summary. finish, compare. */
    void (*say)(transect_ctx *, const char *format, ...)
        TRANSECT_PRINTF(2, 3);

    /* [1.1], to the end. As fail() and say(), of a text as it stands. */
    int (*fail_text)(transect_ctx *, const char *text);
    void (*say_text)(transect_ctx *, const char *text);
    /* A line for who runs transect: of errors and warnings always, of the
     * other levels with --debug NAME; not too many. Any callback. */
    void (*log)(transect_ctx *, int32_t level, const char *format, ...)
        TRANSECT_PRINTF(3, 4);
    void (*log_text)(transect_ctx *, int32_t level, const char *text);
    /* n zeroed elements of `size` bytes, freed after destroy; never NULL, for
     * without memory the run ends. Any callback. */
    void *(*alloc)(transect_ctx *, size_t n, size_t size);
    /* The place of a word among its choices; -1: none. Any callback. */
    int32_t (*get_enum)(transect_ctx *, const char *option);
    void *(*user)(transect_ctx *); /* the descriptor's. Any callback. */
    const char *(*point_name)(int32_t point); /* NULL: none. Any callback. */
    int32_t (*point_by_name)(const char *name); /* -1: none. Any callback. */
};

/* What instances may do; [1.1] the host holds a plugin to it. */
#define TRANSECT_CAP_EDITS 1u   /* TRANSECT_EDIT; used in variants alone */
#define TRANSECT_CAP_STATE 2u   /* [1.1] can be saved: state.h */
#define TRANSECT_CAP_THREADS 4u /* [1.1] events on any thread: workers.h */
#define TRANSECT_CAP_SURVEY 8u  /* [1.1] may ask for a survey: survey.h */
#define TRANSECT_CAP_INERT 16u  /* [1.2] an edit of it may change nothing */

/* The first four members are frozen for ever. */
struct transect_plugin {
    uint64_t magic; /* TRANSECT_MAGIC */
    uint32_t size;  /* sizeof(struct transect_plugin) */
    uint16_t abi_major, abi_minor;
    const char *name; /* = the file's, without .so */
    const char *summary, *version, *licence;
    const struct transect_option *options;
    uint32_t n_options, option_size; /* sizeof(struct transect_option) */
    uint32_t capabilities;
    uint32_t n_points;     /* the points it may subscribe to; */
    const int32_t *points; /* NULL and 0: any */
    /* Makes an instance. Options can be read; nothing else is known yet. */
    int (*create)(transect_ctx *, const struct transect_host *, void **state);
    int (*ready)(void *state, const struct transect_model *);
    /* The others may be NULL. */
    int (*begin)(void *state, const struct transect_sample *);
    int (*end)(void *state, const struct transect_sample *);
    /* All samples were seen. `baseline`: the same instance's state in the
     * baseline, already finished; NULL in itself, without one, for editors. */
    int (*finish)(void *state, const void *baseline);
    void (*destroy)(void *state); /* also after a failure of any other */
    /* After the last finish, if there are two variants or more: states[i]
     * is the state in variant names[i], the baseline's first; what is made
     * with the ctx of states[0] goes to comparison/. Observers only. */
    int (*compare)(void *const *states, const char *const *names, size_t n);
    void *user; /* [1.1] what host->user() gives */
};

/* The one exported symbol. The descriptor is static and const. */
TRANSECT_EXPORT const struct transect_plugin *transect_plugin_describe(void);

#ifdef __cplusplus
}
#endif

#endif

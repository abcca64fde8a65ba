/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* activation-export.h - what the files of activation-export share. */
#ifndef PLUGINS_ACTIVATION_EXPORT_H
#define PLUGINS_ACTIVATION_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <transect/files.h>
#include <transect/prompts.h>
#include <transect/state.h>

/* In the order of the words of the options. */
enum format { FORMAT_NPY, FORMAT_SAFETENSORS };
enum type { TYPE_FLOAT32, TYPE_FLOAT16, TYPE_BFLOAT16, TYPE_INT32 };

/* What samples have left: in what a run goes on from. */
struct progress {
    int64_t rows;             /* that are in the files */
    int32_t sample, position; /* of the last one; -1: there is none */
};

/* A matrix (rows, cols) that comes row by row, in one file or, of
 * safetensors, in shards with as many rows each. */
struct tensor {
    const char *name;   /* resid_post.L3, z.L3H5, logits, rows */
    int32_t point, layer, head; /* -1: none */
    enum type type;
    int64_t rows, cols; /* when it is whole */
    int64_t shard_rows; /* of all shards but the last */
    int32_t first_file, n_files; /* their numbers follow each other */
    struct progress *progress;
};

struct export {
    transect_ctx *ctx;
    const struct transect_host *host;
    const struct transect_files_host *files;
    const struct transect_prompts_host *prompts;
    const struct transect_state_host *states;
    struct transect_model model;
    enum format format;
    enum type type;
    int64_t shard;      /* bytes of one; 0: all rows are in one file */
    const char *positions; /* NULL: all */
    int64_t n_row;
    struct tensor *tensors; /* (n_tensors) the last one is "rows" */
    size_t n_tensors;
    struct tensor **places; /* (points, layers, heads), the first of those
                               where there are none; NULL: not wanted */
    struct progress *progress; /* (n_tensors) */
    int32_t *marks;     /* (n_token, 3) rows of "rows" of one sample */
    void *block;        /* BLOCK_BYTES or one row, of the exported type */
};

#define BLOCK_BYTES 65536

/* places.c: the tensors that the options name, without their files. */
int export_find_tensors(struct export *self);
/* Listens to all of them. */
int export_subscribe(struct export *self, transect_event_fn on_event);
struct tensor *export_tensor(const struct export *self,
                             const struct transect_event *event);

/* writer.c */
size_t export_element(enum type type); /* bytes */
int export_open(struct export *self, struct tensor *tensor);
/* Rows of float32, as a hook point has them. */
int export_rows(struct export *self, struct tensor *tensor,
                const struct transect_event *event);
/* n rows of the tensor's own type, without gaps. */
int export_bytes(struct export *self, struct tensor *tensor, const void *rows,
                 int64_t n);
/* Into `name`, of the shard's file; returns its length. */
#define NAME_BYTES 96
int export_file_name(const struct export *self, const struct tensor *tensor,
                     int32_t shard, char name[NAME_BYTES]);
/* The same of the tensor in that file. */
int export_tensor_name(const struct tensor *tensor, int32_t shard,
                       char name[NAME_BYTES]);

/* convert.c: to nearest, ties to even. *beyond: the first number that the type
 * has no room for; -1: it has for all. */
void export_convert(enum type type, const float *from, int64_t n, void *to,
                    int64_t *beyond);

/* report.c: tables, and of safetensors the index. */
int export_report(const struct export *self);

#endif

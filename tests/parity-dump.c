/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* parity-dump.c - parity-dump [--split] MODEL FOLDER ID...: every hook point
 * of one forward pass over one sample, in split-bfloat16 if asked for, a file
 * each: FOLDER/POINT[.Llayer][.Hhead].f32
 * is float32, little-endian, row by row; T x T points are whole, the future
 * -inf in attn_scores and 0 in pattern. Other programs compare them. */
#include "executor/forward.h"
#include "tokenizer/token-ids.h"
#include "base/mem.h"
#include "hooks/hook-points.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dump {
    const char *folder;
    const struct config *config;
    struct error error; /* of a callback */
};

static char *file_name(const struct dump *dump,
                       const struct transect_event *event)
{
    char layer[16] = "", head[16] = "";

    if (event->layer >= 0)
        snprintf(layer, sizeof layer, ".L%d", (int)event->layer);
    if (event->head >= 0)
        snprintf(head, sizeof head, ".H%d", (int)event->head);
    return mem_printf("%s/%s%s%s.f32", dump->folder,
                      point_name(event->point), layer, head);
}

/* A block of a T x T point ends with the keys that its last row may see. */
static void write_rows(FILE *file, const struct transect_event *event,
                       int64_t cols)
{
    const float future =
        event->point == TRANSECT_ATTN_SCORES ? -INFINITY : 0.0f;
    const struct transect_view *view = &event->view;

    for (int64_t i = 0; i < view->rows; i++) {
        fwrite(view->data + i * view->row_stride, sizeof(float),
               (size_t)view->cols, file);
        for (int64_t j = view->cols; j < cols; j++)
            fwrite(&future, sizeof future, 1, file);
    }
}

/* Blocks of one tensor come in order, so each goes to the file's end. */
static int on_event(void *state, const struct transect_event *event)
{
    struct dump *dump = state;
    char *path = file_name(dump, event);
    FILE *file = fopen(path, event->first ? "ab" : "wb");
    bool failed = !file;

    if (file) {
        write_rows(file, event,
                   point_columns(event->point, dump->config,
                                 event->n_token));
        failed = ferror(file);
        failed = fclose(file) || failed;
    }
    if (failed)
        error_errno(&dump->error, ST_FAILED, path, "cannot write");
    free(path);
    return failed ? TRANSECT_FAILED : TRANSECT_OK;
}

static void listen_to_all(struct hooks *hooks, struct hook_owner *owner,
                          const struct model *model)
{
    const char *why;

    for (int point = 0; point < TRANSECT_N_POINTS; point++) {
        struct transect_subscription subscription = {
            .size = sizeof subscription,
            .point = point,
            .on_event = on_event,
        };

        if (model_has_point(&model->config, model->arch, point, &why))
            hooks_add(hooks, owner, &subscription);
    }
}

static int run(const struct model *model, const char *folder,
               const struct token_ids *ids, struct error *err)
{
    const int n = (int)ids->n;
    const struct span span = {.n_token = n};
    const struct batch batch = {ids->ids, n, &span, 1};
    struct dump dump = {.folder = folder, .config = &model->config};
    struct hook_owner owner = {.id = "parity-dump", .state = &dump,
                               .error = &dump.error};
    struct hooks *hooks = hooks_new(&model->config);
    struct forward *forward = NULL;
    int status = forward_new(model, n, n, NULL, &forward, err);

    listen_to_all(hooks, &owner, model);
    if (!status)
        status = forward_run(forward, hooks, &batch, err);
    forward_free(forward);
    hooks_free(hooks);
    return status;
}

static int parse_ids(char **words, int n, const struct config *config,
                     struct token_ids *ids, struct error *err)
{
    int line;

    for (int i = 0; i < n; i++)
        if (ids_parse(words[i], strlen(words[i]), config->n_vocab, ids,
                      &line, err))
            return err->status;
    if (ids->n < 1 || ids->n > (size_t)config->n_context)
        return error_set(err, ST_USAGE, "%zu token ids; the model takes 1 "
                         "to %d", ids->n, config->n_context);
    return ST_OK;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct model *model = NULL;
    struct token_ids ids = {0};
    bool split = argc > 1 && strcmp(argv[1], "--split") == 0;
    int status;

    argc -= split;
    argv += split;
    if (argc < 4) {
        fputs("usage: parity-dump [--split] MODEL FOLDER ID...\n", stderr);
        return ST_USAGE;
    }
    status = model_open(argv[1], &model, &err);
    if (!status && split)
        status = model_split(model, &err);
    if (!status && split)
        status = model_convert(model, &err);
    if (!status)
        status = parse_ids(argv + 3, argc - 3, &model->config, &ids, &err);
    if (!status)
        status = run(model, argv[2], &ids, &err);
    if (status)
        fprintf(stderr, "parity-dump: %s\n", err.text);
    free(ids.ids);
    model_close(model);
    return status;
}

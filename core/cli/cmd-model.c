/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* cmd-model.c - transect model: what a model holds. */
#include "base/mem.h"
#include "base/read-file.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/cmd.h"
#include "model/arch.h"
#include "model/model.h"
#include "sandbox/crash-report.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *activation_text(enum activation activation)
{
    switch (activation) {
    case ACT_GELU_TANH:
        return "gelu (tanh)";
    case ACT_GELU_ERF:
        return "gelu (erf)";
    case ACT_SILU:
        return "silu";
    default:
        return "relu";
    }
}

static const char *rope_text(enum rope_kind kind)
{
    static const char *const names[] = {
        [ROPE_NONE] = "none",       [ROPE_PLAIN] = "plain",
        [ROPE_LINEAR] = "linear",   [ROPE_DYNAMIC] = "dynamic",
        [ROPE_LLAMA3] = "llama3",   [ROPE_YARN] = "yarn",
        [ROPE_LONG] = "longrope",
    };

    return names[kind];
}

static int n_local(const struct config *config)
{
    int n = 0;

    for (int i = 0; i < config->n_layer; i++)
        n += config->local[i];
    return n;
}

/* Position embeddings, rotations, ALiBi: those the model has. */
static void print_positions(const struct model *model)
{
    const struct config *config = &model->config;
    const struct rope *rope = &config->rope;

    printf("  positions     ");
    if (model->position_embedding)
        printf("learned\n");
    else if (config->alibi > 0)
        printf("ALiBi\n");
    else
        text_printf("rotary, %s, %d of %d dims, base %g%s\n",
                    rope_text(rope->kind), rope->dim, config->d_head,
                    rope->theta, rope->interleaved ? ", interleaved" : "");
    if (config->local_rope.kind)
        text_printf("                local: %s, base %g\n",
                    rope_text(config->local_rope.kind),
                    config->local_rope.theta);
    if (n_local(config))
        printf("  local layers  %d of %d, which see %d tokens\n",
               n_local(config), config->n_layer, config->window);
}

static void print_norms(const struct config *config)
{
    text_printf("  norm          %s%s%s%s%s\n",
                config->norm == NORM_RMS ? "RMS" : "LayerNorm",
                config->bare ? ", none before branches" : "",
                config->post_norm ? ", behind branches" : "",
                config->stream_norm ? ", of the stream" : "",
                config->qk_norm ? ", of queries and keys" : "");
    if (config->parallel)
        printf("  branches      side by side\n");
    if (config->score_cap > 0)
        printf("  soft cap      %g of scores\n", config->score_cap);
    if (config->logit_cap > 0)
        printf("  soft cap      %g of logits\n", config->logit_cap);
}

/* What config.json does not say. */
static void print_assumed(const struct config *config)
{
    for (int i = 0; i < config->n_assumed; i++)
        text_printf("  assumed       %s = %s\n", config->assumed[i]->name,
                    config->assumed[i]->fallback);
    if (config->n_assumed)
        printf("                (not in the configuration; Hugging Face's "
               "defaults)\n");
}

static json_t *assumed_json(const struct config *config)
{
    json_t *object = json_object();

    for (int i = 0; i < config->n_assumed; i++)
        json_object_set_new(
            object, config->assumed[i]->name,
            json_loads(config->assumed[i]->fallback, JSON_DECODE_ANY, NULL));
    return object;
}

static void print_sizes(const struct model *model)
{
    const struct config *config = &model->config;
    const char *tokenizer = model_files_tokenizer(model->files);
    char *ignored = model_ignored_text(model);

    text_printf("%s\n", model->files->path);
    text_printf("  architecture  %s\n", config->model_type);
    printf("  layers        %d\n", config->n_layer);
    printf("  heads         %d, %d wide\n", config->n_head, config->d_head);
    if (config->n_kv_head != config->n_head)
        printf("  key heads     %d\n", config->n_kv_head);
    printf("  width         %d\n", config->d_model);
    text_printf("  MLP width     %d, %s%s\n", config->d_mlp,
                activation_text(config->activation),
                config->gated ? ", gated" : "");
    print_norms(config);
    print_positions(model);
    printf("  context       %d\n", config->n_context);
    printf("  vocabulary    %d", config->n_vocab);
    if (config->d_word)
        printf(", vectors %d wide", config->d_word);
    printf("\n");
    if (config->bos >= 0)
        text_printf("  BOS token     %d%s\n", config->bos,
                    config->bos_assumed ? ", if the tokenizer names no other"
                                        : "");
    text_printf("  unembedding   %s\n",
                config->tied ? "the token embedding" : "its own");
    printf("  parameters    %lld\n", (long long)model->n_parameters);
    text_printf("  tokenizer     %s\n",
                tokenizer ? tokenizer : "none; input must be token ids");
    if (ignored)
        text_printf("  ignored       %s\n", ignored);
    free(ignored);
    print_assumed(config);
}

static void print_files(const json_t *files)
{
    const json_t *file;
    size_t i;

    printf("\nfiles (SHA-256, bytes, name)\n");
    json_array_foreach(files, i, file)
        text_printf(
            "  %s  %12lld  %s\n",
            json_string_value(json_object_get(file, "sha256")),
            (long long)json_integer_value(json_object_get(file, "bytes")),
            json_string_value(json_object_get(file, "path")));
}

static int by_natural_name(const void *a, const void *b)
{
    return text_compare_natural((*(const struct tensor *const *)a)->name,
                                (*(const struct tensor *const *)b)->name);
}

/* Layer 2 before layer 10. The caller frees. */
static const struct tensor **in_order(const struct tensors *tensors)
{
    const struct tensor **list = mem_new(tensors->n, sizeof *list);

    for (size_t i = 0; i < tensors->n; i++)
        list[i] = &tensors->tensors[i];
    qsort(list, tensors->n, sizeof *list, by_natural_name);
    return list;
}

static void print_tensors(const struct tensors *tensors)
{
    const struct tensor **list = in_order(tensors);

    printf("\ntensors (dtype, name, shape)\n");
    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *tensor = list[i];

        text_printf("  %-4s  %-36s ", tensor->dtype_text, tensor->name);
        for (int k = 0; k < tensor->n_dim; k++)
            text_printf("%s%lld", k ? " x " : " ", (long long)tensor->dim[k]);
        putchar('\n');
    }
    free(list);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static json_t *tensors_json(const struct tensors *tensors)
{
    const struct tensor **sorted = in_order(tensors);
    json_t *list = json_array();

    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *tensor = sorted[i];
        json_t *shape = json_array();

        for (int k = 0; k < tensor->n_dim; k++)
            json_array_append_new(shape, json_integer(tensor->dim[k]));
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:s}", "name", tensor->name,
                            "dtype", tensor->dtype_text, "shape", shape,
                            "file", base_name(tensor->path)));
    }
    free(sorted);
    return list;
}

/* Takes over files. Fails only if the folder's name is not UTF-8. */
static int print_json(const struct model *model, json_t *files,
                      struct error *err)
{
    const struct config *config = &model->config;
    json_t *root = json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "path",
        model->files->path, "architecture", config->model_type, "n_layer",
        config->n_layer, "n_head", config->n_head, "n_kv_head",
        config->n_kv_head, "d_head", config->d_head, "d_model",
        config->d_model, "d_mlp", config->d_mlp, "n_vocab", config->n_vocab,
        "n_context", config->n_context);
    json_t *more = json_pack(
        "{s:s, s:f, s:b, s:i, s:b, s:f, s:I, s:s?, s:o, s:o}", "activation",
        activation_text(config->activation), "norm_epsilon",
        config->norm_epsilon, "tied", config->tied, "bos", config->bos,
        "scale_by_layer", config->scale_by_layer, "score_scale",
        config->score_scale, "parameters", (json_int_t)model->n_parameters,
        "tokenizer", model_files_tokenizer(model->files), "files", files,
        "tensors", tensors_json(model->files->tensors));

    json_object_update(root, more);
    json_decref(more);
    more = json_pack(
        "{s:s, s:b, s:b, s:b, s:i, s:b, s:b, s:b, s:s, s:i, s:f, s:i, s:i, "
        "s:f, s:f, s:o}",
        "norm", config->norm == NORM_RMS ? "rms" : "layer", "norm_before",
        !config->bare, "norm_behind", config->post_norm, "norm_stream",
        config->stream_norm, "d_word",
        config->d_word ? config->d_word : config->d_model, "norm_qk",
        config->qk_norm != QK_PLAIN, "gated", config->gated, "parallel",
        config->parallel, "rope", rope_text(config->rope.kind), "rope_dims",
        config->rope.dim, "rope_base", config->rope.theta, "local_layers",
        n_local(config), "window", config->window, "score_cap",
        config->score_cap, "logit_cap", config->logit_cap, "assumed",
        assumed_json(config));
    json_object_update(root, more);
    json_decref(more);
    if (cli_json(root, JSON_INDENT(2) | JSON_REAL_PRECISION(15)))
        return ST_OK;
    return error_set(err, ST_DATA,
                     "%s: cannot be written as JSON; a name in "
                     "UTF-8 expected",
                     model->files->path);
}

static int show_model(const char *path, bool as_json)
{
    struct error err;
    struct model *model;
    json_t *files = NULL;
    int status = model_open(path, &model, &err);

    if (status)
        return cli_error(&err);
    status = model_digests(model, &files, &err);
    if (!status)
        status = file_watch_check(&err);
    if (status) {
        json_decref(files);
    } else if (as_json) {
        status = print_json(model, files, &err);
    } else {
        print_sizes(model);
        print_files(files);
        print_tensors(model->files->tensors);
        json_decref(files);
    }
    model_close(model);
    return status ? cli_error(&err) : cli_flush();
}

int cmd_model(int argc, char **argv)
{
    static const char usage[] = "usage: transect model PATH [--json]";
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    bool as_json = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'h') {
            puts(usage);
            return cli_flush();
        }
        if (c != 'j')
            return cli_bad_option(argv, options);
        as_json = true;
    }
    if (argc - optind != 1)
        return cli_usage("model: %d models given, one expected; %s",
                         argc - optind, usage);
    crash_report_signals();
    file_watch_begin();
    return show_model(argv[optind], as_json);
}

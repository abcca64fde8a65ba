/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* pruner.c - switches off heads, attention outputs and MLPs. */
#include "pruner.h"

#include <transect/kit/columns.h>
#include <transect/kit/describe.h>

/* In the order of enum method and enum semantics. */
static const char method_names[] = "zero mean random dataset-mean resample";
static const char semantics_names[] =
    "z z-input result post-projection-slice z-folded";

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct pruner *self = *state = host->alloc(ctx, 1, sizeof *self);
    const struct transect_head *heads;

    self->ctx = ctx;
    self->host = host;
    self->method = (enum method)host->get_enum(ctx, "method");
    self->semantics = (enum semantics)host->get_enum(ctx, "semantics");
    self->n_attention = host->get_list(ctx, "attention", &self->attention);
    self->n_mlps = host->get_list(ctx, "mlps", &self->mlps);
    if (!host->get_heads(ctx, "heads", &heads) &&
        !host->get_heads(ctx, "groups", &heads) && !self->n_attention &&
        !self->n_mlps)
        return host->fail(ctx, "nothing to prune; give heads, groups, "
                               "attention or mlps");
    if (self->method == METHOD_MEAN && (self->n_attention || self->n_mlps))
        return host->fail(ctx, "method = mean takes the mean over surviving "
                               "heads, of which attention and mlps leave "
                               "none; use zero, random or dataset-mean");
    return TRANSECT_OK;
}

static void allocate(struct pruner *self)
{
    const struct transect_model *model = &self->model;
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;
    const size_t n_token = (size_t)model->n_token;
    const size_t width = (size_t)model->d_model;
    const size_t d = (size_t)model->d_head; /* may be above the width */
    size_t n_slot = (size_t)model->n_slot;

    self->pruned = host->alloc(ctx,
                               (size_t)model->n_layer * (size_t)model->n_head,
                               sizeof *self->pruned);
    if (self->method == METHOD_RANDOM)
        self->noise = host->alloc(ctx, n_token * (d > width ? d : width),
                                  sizeof *self->noise);
    self->kept = host->alloc(ctx,
                             (size_t)model->n_layer * (size_t)model->n_head,
                             sizeof *self->kept);
    self->layers = host->alloc(ctx, (size_t)model->n_layer,
                               sizeof *self->layers);
    self->mean = host->alloc(ctx, d, sizeof *self->mean);
    self->deltas = host->alloc(ctx, n_slot, sizeof *self->deltas);
    for (size_t i = 0; self->semantics == SEM_RESULT && i < n_slot; i++)
        self->deltas[i] = host->alloc(ctx, n_token * width,
                                      sizeof **self->deltas);
}

/* Marks those of the options, a group being all heads that share a key/value
 * head, and lists what is marked. */
static void list_heads(struct pruner *self)
{
    const struct transect_model *model = &self->model;
    const int32_t n_head = model->n_head, group = n_head / model->n_kv_head;
    const struct transect_head *heads, *groups;
    size_t n = self->host->get_heads(self->ctx, "heads", &heads);
    size_t n_groups = self->host->get_heads(self->ctx, "groups", &groups);

    for (size_t i = 0; i < n; i++)
        self->pruned[heads[i].layer * n_head + heads[i].head] = true;
    for (size_t i = 0; i < n_groups; i++)
        for (int32_t h = 0; h < group; h++)
            self->pruned[groups[i].layer * n_head +
                         groups[i].head * group + h] = true;
    self->heads = self->host->alloc(self->ctx,
                                    (size_t)model->n_layer * (size_t)n_head,
                                    sizeof *self->heads);
    for (int32_t i = 0; i < model->n_layer * n_head; i++)
        if (self->pruned[i])
            self->heads[self->n_heads++] =
                (struct transect_head){i / n_head, i % n_head};
}

/* A head cannot be replaced by the mean of no heads, nor be pruned in a
 * layer whose attention is off: that edit would have no effect. */
static int check_heads(struct pruner *self)
{
    for (size_t i = 0; i < self->n_heads; i++) {
        int32_t layer = self->heads[i].layer;

        if (self->method == METHOD_MEAN && !pruner_survivors(self, layer))
            return self->host->fail(self->ctx,
                                    "no head of layer %d survives, so there "
                                    "is no mean to take; use zero, random "
                                    "or dataset-mean",
                                    (int)layer);
        for (size_t j = 0; j < self->n_attention; j++)
            if (self->attention[j] == layer)
                return self->host->fail(self->ctx,
                                        "L%dH%d is pruned in a layer whose "
                                        "attention is off; leave one out",
                                        (int)layer,
                                        (int)self->heads[i].head);
    }
    if (self->semantics == SEM_SLICE &&
        self->model.n_head * self->model.d_head != self->model.d_model)
        return self->host->fail(self->ctx,
                                "post-projection-slice needs a model whose "
                                "heads together are as wide as the model");
    return TRANSECT_OK;
}

/* b_V + beta W_V of a key/value head, beta the bias of the norm in front of
 * attention: what v is where the norm, without its bias, gives nothing. NULL
 * if the model has neither. */
static const float *folded_bias(struct pruner *self, int32_t layer,
                                int32_t group)
{
    const struct transect_host *host = self->host;
    const int32_t d = self->model.d_head;
    struct transect_view bias, beta, w;
    float *folded;

    if (host->weight(self->ctx, TRANSECT_B_V, layer, group, &bias))
        bias.data = NULL;
    if (self->semantics == SEM_Z_INPUT ||
        host->weight(self->ctx, TRANSECT_LN1_BIAS, layer, -1, &beta) ||
        host->weight(self->ctx, TRANSECT_W_V, layer, group, &w))
        return bias.data;
    folded = host->alloc(self->ctx, (size_t)d, sizeof *folded);
    for (int32_t j = 0; j < d; j++) {
        double sum = bias.data ? (double)bias.data[j] : 0;

        for (int64_t i = 0; i < w.rows; i++)
            sum += (double)beta.data[i] *
                   (double)w.data[i * w.row_stride + j * w.col_stride];
        folded[j] = (float)sum;
    }
    return folded;
}

/* What stays of z where its input is removed: as the rows of pattern sum to 1,
 * the constant part of v, whatever the head attends to. */
static void find_kept(struct pruner *self)
{
    const int32_t n_head = self->model.n_head;
    const int32_t n_group = self->model.n_kv_head, of_group = n_head / n_group;

    if (self->semantics != SEM_Z_INPUT && self->semantics != SEM_Z_FOLDED)
        return;
    for (int32_t l = 0; l < self->model.n_layer; l++) {
        if (pruner_survivors(self, l) == n_head)
            continue;
        for (int32_t g = 0; g < n_group; g++) {
            const float *kept = folded_bias(self, l, g);

            for (int32_t h = g * of_group; h < (g + 1) * of_group; h++)
                self->kept[l * n_head + h] = kept;
        }
    }
}

/* Layers that have pruned heads, ascending; `layers` has room for all. */
static size_t head_layers(const struct pruner *self, int32_t *layers)
{
    size_t n = 0;

    for (int32_t l = 0; l < self->model.n_layer; l++)
        if (pruner_survivors(self, l) < self->model.n_head)
            layers[n++] = l;
    return n;
}

static int subscribe_layers(struct pruner *self, int32_t point,
                            uint32_t flags, const int32_t *layers, size_t n,
                            transect_event_fn on_event)
{
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = point,
        .flags = flags,
        .layers = layers,
        .n_layers = n,
        .on_event = on_event,
    };

    return n ? self->host->subscribe(self->ctx, &sub) : TRANSECT_OK;
}

/* head_out of the pruned heads; for the mean, of the survivors too. */
static int subscribe_head_out(struct pruner *self, const int32_t *layers,
                              size_t n)
{
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_HEAD_OUT,
        .heads = self->heads,
        .n_heads = self->n_heads,
        .on_event = pruner_on_head_out,
    };

    if (self->method == METHOD_MEAN)
        return subscribe_layers(self, TRANSECT_HEAD_OUT, 0, layers, n,
                                pruner_on_head_out);
    return self->host->subscribe(self->ctx, &sub);
}

static int subscribe_heads(struct pruner *self)
{
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = TRANSECT_Z,
        .flags = TRANSECT_EDIT | TRANSECT_ALL_HEADS,
        .heads = self->heads,
        .n_heads = self->n_heads,
        .on_event = pruner_on_z,
    };
    int status;

    if (!self->n_heads)
        return TRANSECT_OK;
    if (self->semantics != SEM_RESULT && self->semantics != SEM_SLICE)
        return self->host->subscribe(self->ctx, &sub);
    if (self->semantics == SEM_SLICE)
        return subscribe_layers(self, TRANSECT_ATTN_OUT, TRANSECT_EDIT,
                                self->layers, self->n_layers,
                                pruner_on_attn_out_slices);
    status = subscribe_head_out(self, self->layers, self->n_layers);
    if (!status)
        status = subscribe_layers(self, TRANSECT_ATTN_OUT, TRANSECT_EDIT,
                                  self->layers, self->n_layers,
                                  pruner_on_attn_out_result);
    return status;
}

static int subscribe(struct pruner *self)
{
    int status = subscribe_heads(self);

    if (!status)
        status = subscribe_layers(self, TRANSECT_ATTN_OUT, TRANSECT_EDIT,
                                  self->attention, self->n_attention,
                                  pruner_on_whole);
    if (!status)
        status = subscribe_layers(self, TRANSECT_MLP_OUT, TRANSECT_EDIT,
                                  self->mlps, self->n_mlps, pruner_on_whole);
    return status;
}

int pruner_surveyed(void *state)
{
    struct pruner *self = state;

    pruner_take_means(self);
    return subscribe(self);
}

static int source_layers(struct pruner *self, int32_t point,
                         const int32_t *layers, size_t n)
{
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .layers = layers, .n_layers = n};

    return n ? pruner_sources(self, &sub) : TRANSECT_OK;
}

/* The outputs that are pruned, as other samples have them. */
static int find_sources(struct pruner *self)
{
    bool slices = self->semantics == SEM_SLICE;
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = self->semantics == SEM_RESULT ? TRANSECT_HEAD_OUT
                                               : TRANSECT_Z,
        .heads = self->heads,
        .n_heads = self->n_heads,
    };
    int status = TRANSECT_OK;

    if (slices)
        status = source_layers(self, TRANSECT_ATTN_OUT, self->layers,
                               self->n_layers);
    else if (self->n_heads)
        status = pruner_sources(self, &sub);
    if (!status)
        status = source_layers(self, TRANSECT_ATTN_OUT, self->attention,
                               self->n_attention);
    return status ? status
                  : source_layers(self, TRANSECT_MLP_OUT, self->mlps,
                                  self->n_mlps);
}

static int ready(void *state, const struct transect_model *model)
{
    struct pruner *self = state;
    int status;

    self->model = *model;
    allocate(self);
    list_heads(self);
    status = check_heads(self);
    if (status)
        return status;
    find_kept(self);
    self->n_layers = head_layers(self, self->layers);
    status = find_sources(self);
    return status || self->method == METHOD_DATASET_MEAN ? status
                                                         : subscribe(self);
}

static const char *const meanings[] = {
    [SEM_Z] = "slice of z before W_O",
    [SEM_Z_INPUT] = "slice of z before W_O except its value bias",
    [SEM_RESULT] = "projected contribution z*W_O",
    [SEM_SLICE] = "columns of attn_out: not a head",
    [SEM_Z_FOLDED] = "slice of z before W_O except its folded bias",
};

static void put_row(const struct pruner *self, transect_table *table,
                    int32_t layer, int32_t head, const char *semantics,
                    const char *meaning)
{
    const struct transect_host *host = self->host;

    host->put_int(table, layer);
    host->put_int(table, head);
    host->put_text(table, host->get_string(self->ctx, "method"));
    host->put_text(table, semantics);
    host->put_text(table, meaning);
}

/* What was pruned, in words; head -1: not a head. */
static void write_table(const struct pruner *self)
{
    static const struct transect_described columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the layer, from 0"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the head, from 0; -1 for a whole output"},
        {"method", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "what is put in its place"},
        {"semantics", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "what counts as the head"},
        {"what", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "the same in words"},
    };
    transect_table *table = transect_table_described(
        self->ctx, self->host, "pruned", columns, 5);

    for (size_t i = 0; i < self->n_heads; i++)
        put_row(self, table, self->heads[i].layer, self->heads[i].head,
                self->host->get_string(self->ctx, "semantics"),
                meanings[self->semantics]);
    for (size_t i = 0; i < self->n_attention; i++)
        put_row(self, table, self->attention[i], -1, "attn_out",
                "whole output of attention with its bias");
    for (size_t i = 0; i < self->n_mlps; i++)
        put_row(self, table, self->mlps[i], -1, "mlp_out",
                "whole output of the MLP with its bias");
}

static int finish(void *state, const void *baseline)
{
    struct pruner *self = state;
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;
    const char *method = host->get_string(ctx, "method");

    (void)baseline;
    write_table(self);
    if (self->n_heads)
        host->say(ctx, "%zu head%s, method %s, semantics %s: %s%s",
                  self->n_heads, self->n_heads == 1 ? "" : "s", method,
                  host->get_string(ctx, "semantics"),
                  meanings[self->semantics],
                  self->semantics == SEM_SLICE
                      ? ", a slice of the sum of all heads"
                      : "");
    if (self->n_attention)
        host->say(ctx, "attention off in %zu of %d layers, method %s",
                  self->n_attention, (int)self->model.n_layer, method);
    if (self->n_mlps)
        host->say(ctx, "MLPs off in %zu of %d layers, method %s",
                  self->n_mlps, (int)self->model.n_layer, method);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"heads", TRANSECT_HEADS, NULL, NULL, 0, 0, "heads to prune"},
    {"groups", TRANSECT_GROUPS, NULL, NULL, 0, 0,
     "key/value heads whose heads are pruned, all that share each"},
    {"attention", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "layers whose whole attention output is pruned, its bias included"},
    {"mlps", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "layers whose whole MLP output is pruned, its bias included"},
    {"method", TRANSECT_ENUM, "zero", method_names, 0, 0,
     "what takes the place: zero, the mean over the layer's surviving heads "
     "(per token), Gaussian noise of the same standard deviation, the mean "
     "over all samples and positions, or what another sample has"},
    {"semantics", TRANSECT_ENUM, "z", semantics_names, 0, 0,
     "what a head is: its slice of z, that without the value bias, its "
     "projected contribution, (not a head) columns of attn_out, or its slice "
     "of z without the biases of values and of the norm before them"},
};

static const int32_t points[] = {TRANSECT_Z, TRANSECT_HEAD_OUT,
                                 TRANSECT_ATTN_OUT, TRANSECT_MLP_OUT};

TRANSECT_PLUGIN(
    .name = "pruner",
    .summary = "switches off heads, attention or MLPs, by stated semantics",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_STATE |
                    TRANSECT_CAP_SURVEY | TRANSECT_CAP_THREADS,
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .finish = finish);

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* path-patcher.c - the direct path from senders to receivers: these read what
 * those put out in another run, and all else is the prompt's own. */
#include "path-patcher.h"

#include <transect/kit/arrays.h>
#include <transect/kit/columns.h>
#include <transect/kit/describe.h>
#include <transect/model.h>

const int32_t path_inputs[N_INPUTS] = {TRANSECT_Q, TRANSECT_K, TRANSECT_V};

static const int32_t sources[] = {TRANSECT_FROM_PAIR, TRANSECT_FROM_RESAMPLE};

int32_t path_heads(const struct patcher *self, int32_t point)
{
    return point == TRANSECT_Q ? self->model.n_head : self->model.n_kv_head;
}

/* Which of q, k and v the receiving heads get. */
static int take_inputs(struct patcher *self)
{
    const int32_t *points;
    size_t n = self->host->get_list(self->ctx, "inputs", &points);

    for (size_t i = 0; i < n; i++) {
        int32_t input = 0;

        while (input < N_INPUTS && path_inputs[input] != points[i])
            input++;
        if (input == N_INPUTS)
            return self->host->fail(self->ctx, "inputs: %s is none of a "
                                    "head; write q, k, v or some of them",
                                    self->host->point_name(points[i]));
        self->reads[input] = true;
    }
    return TRANSECT_OK;
}

/* Does any of the three name something? */
static bool gives(const struct patcher *self, const char *heads,
                  const char *mlps, bool whole)
{
    const struct transect_head *list;
    const int32_t *layers;

    return whole || self->host->get_heads(self->ctx, heads, &list) ||
           self->host->get_list(self->ctx, mlps, &layers);
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    struct patcher *self = *state = host->alloc(ctx, 1, sizeof *self);

    self->ctx = ctx;
    self->host = host;
    self->captures = host->extension(ctx, TRANSECT_CAPTURE);
    self->readout = host->extension(ctx, TRANSECT_READOUT);
    if (!self->captures || !self->readout)
        return host->fail(ctx, "this transect keeps no rows of other runs");
    self->source = sources[host->get_enum(ctx, "from")];
    self->embed = host->get_bool(ctx, "sender_embed");
    self->logits = host->get_bool(ctx, "receiver_logits");
    if (!gives(self, "senders", "sender_mlps", self->embed))
        return host->fail(ctx, "nothing is sent; give senders, sender_mlps "
                               "or sender_embed");
    if (!gives(self, "receivers", "receiver_mlps", self->logits))
        return host->fail(ctx, "nothing receives; give receivers, "
                               "receiver_mlps or receiver_logits");
    return take_inputs(self);
}

/* A list of layers as (L) marks. */
static bool *mark_layers(const struct patcher *self, const char *option)
{
    bool *marks = self->host->alloc(self->ctx, (size_t)self->model.n_layer,
                                    sizeof *marks);
    const int32_t *layers;
    size_t n = self->host->get_list(self->ctx, option, &layers);

    for (size_t i = 0; i < n; i++)
        marks[layers[i]] = true;
    return marks;
}

/* A list of heads as (L, heads of the point) marks. */
static bool *mark_heads(const struct patcher *self, const char *option,
                        int32_t point)
{
    int32_t heads = path_heads(self, point);
    int32_t share = self->model.n_head / heads;
    bool *marks = self->host->alloc(self->ctx, (size_t)self->model.n_layer *
                                                   (size_t)heads,
                                    sizeof *marks);
    const struct transect_head *list;
    size_t n = self->host->get_heads(self->ctx, option, &list);

    for (size_t i = 0; i < n; i++)
        marks[list[i].layer * heads + list[i].head / share] = true;
    return marks;
}

static void take_lists(struct patcher *self)
{
    struct transect_arrays own = transect_arrays_new(self->ctx, self->host);

    self->heads = mark_heads(self, "senders", TRANSECT_Q);
    self->mlps = mark_layers(self, "sender_mlps");
    self->into_mlps = mark_layers(self, "receiver_mlps");
    for (int32_t i = 0; i < N_INPUTS; i++)
        if (self->reads[i])
            self->into[i] = mark_heads(self, "receivers", path_inputs[i]);
    self->counts = transect_array(&own, "rows", TRANSECT_INT64,
                                  TRANSECT_MERGE_SUM, 2);
}

/* Rows of a layer that has any of `heads` marked (one: the layer itself), all
 * or of the positions that are asked for. */
struct wanted {
    int32_t point, layer;
    const bool *marks; /* (heads) of the layer; NULL: the point has no heads,
                          or all are wanted */
    int32_t heads;
};

/* Calls keep for a source, or subscribes the editor where it is not NULL. */
static int want(const struct patcher *self, int32_t source,
                const struct wanted *wanted, transect_event_fn edit)
{
    const struct transect_host *host = self->host;
    struct transect_head *heads = host->alloc(
        self->ctx, (size_t)wanted->heads + 1, sizeof *heads);
    struct transect_subscription sub = {
        .size = sizeof sub,
        .point = wanted->point,
        .layers = &wanted->layer,
        .n_layers = 1,
        .on_event = edit,
        .position = host->get_string(self->ctx, "positions"),
    };

    for (int32_t h = 0; wanted->marks && h < wanted->heads; h++)
        if (wanted->marks[h])
            heads[sub.n_heads++] = (struct transect_head){wanted->layer, h};
    if (sub.n_heads) {
        sub.heads = heads;
        sub.layers = NULL;
        sub.n_layers = 0;
    }
    if (!edit)
        return self->captures->keep(self->ctx, source, &sub);
    sub.flags = TRANSECT_EDIT;
    if (wanted->marks)
        sub.flags |= TRANSECT_ALL_HEADS;
    return host->subscribe(self->ctx, &sub);
}

static bool any(const bool *marks, int32_t n)
{
    for (int32_t i = 0; marks && i < n; i++)
        if (marks[i])
            return true;
    return false;
}

/* The prompt's own rows, and those that take their place. */
static int keep_both(const struct patcher *self, int32_t point, int32_t layer)
{
    const struct wanted wanted = {point, layer, NULL, 0};
    int status = want(self, self->source, &wanted, NULL);

    return status ? status
                  : want(self, TRANSECT_FROM_PROMPT, &wanted, NULL);
}

/* Of heads, all of a layer: a norm behind attention is of their sum. */
static int keep_senders(const struct patcher *self)
{
    int32_t n_head = self->model.n_head;
    int status = TRANSECT_OK;

    if (self->embed)
        status = keep_both(self, TRANSECT_RESID_PRE, 0);
    for (int32_t l = 0; l < self->model.n_layer && !status; l++) {
        const bool *marks = self->heads + l * n_head;
        const struct wanted sent = {TRANSECT_Z, l, marks, n_head};
        const struct wanted own = {TRANSECT_Z, l, NULL, 0};

        if (any(marks, n_head)) {
            status = self->readout->project(self->ctx, TRANSECT_ATTN_OUT, l,
                                            -1, 0, 0, NULL, NULL);
            if (!status)
                status = want(self, self->source, &sent, NULL);
            if (!status)
                status = want(self, TRANSECT_FROM_PROMPT, &own, NULL);
        }
        if (!status && self->mlps[l])
            status = keep_both(self, TRANSECT_MLP_OUT, l);
    }
    return status;
}

/* The stream that it reads and the input itself of the prompt's own; the
 * input is edited. */
static int receive(const struct patcher *self, int32_t stream,
                   const struct wanted *input, transect_event_fn edit)
{
    const struct wanted read = {stream, input->layer, NULL, 0};
    int32_t head = input->marks ? 0 : -1;
    int status = self->readout->project(self->ctx, input->point, input->layer,
                                        head, 0, 0, NULL, NULL);

    if (!status)
        status = want(self, TRANSECT_FROM_PROMPT, &read, NULL);
    if (!status)
        status = want(self, TRANSECT_FROM_PROMPT, input, NULL);
    return status ? status : want(self, -1, input, edit);
}

static int receive_heads(const struct patcher *self, int32_t layer)
{
    int status = TRANSECT_OK;

    for (int32_t i = 0; i < N_INPUTS && !status; i++) {
        int32_t n = path_heads(self, path_inputs[i]);
        const bool *marks = self->into[i] ? self->into[i] + layer * n : NULL;
        const struct wanted wanted = {path_inputs[i], layer, marks, n};

        if (any(marks, n))
            status = receive(self, TRANSECT_RESID_PRE, &wanted,
                             path_on_heads);
    }
    return status;
}

static int subscribe_receivers(const struct patcher *self)
{
    int32_t last = self->model.n_layer - 1;
    const struct wanted stream = {TRANSECT_RESID_POST, last, NULL, 0};
    int status = TRANSECT_OK;

    for (int32_t l = 0; l <= last && !status; l++) {
        const struct wanted mlp = {TRANSECT_LN2, l, NULL, 0};

        status = receive_heads(self, l);
        if (!status && self->into_mlps[l])
            status = receive(self, path_mlp_stream(self), &mlp, path_on_mlp);
    }
    if (!status && self->logits)
        status = want(self, -1, &stream, path_on_stream);
    return status;
}

static int ready(void *state, const struct transect_model *model)
{
    struct patcher *self = state;
    int status;

    self->model = *model;
    if (model->traits & TRANSECT_STREAM_NORMS)
        return self->host->fail(self->ctx, "this model normalizes the stream "
                                "itself behind each addition, so that it is "
                                "no sum in which a sender could be replaced");
    take_lists(self);
    status = keep_senders(self);
    return status ? status : subscribe_receivers(self);
}

/* The table of receivers, and what it adds up to. */
struct listing {
    transect_table *table;
    int32_t n, idle; /* receivers; those that no sender reaches */
};

/* Writes a row for a receiver; counts it, and whether nothing reaches it. */
static void put_receiver(const struct patcher *self, struct listing *listing,
                         const char *input, int32_t layer, int32_t head,
                         int32_t senders)
{
    const struct transect_host *host = self->host;

    host->put_text(listing->table, input);
    host->put_int(listing->table, layer);
    host->put_int(listing->table, head);
    host->put_int(listing->table, senders);
    listing->n++;
    listing->idle += !senders;
}

static void put_heads(const struct patcher *self, struct listing *listing,
                      int32_t layer)
{
    for (int32_t i = 0; i < N_INPUTS; i++) {
        int32_t heads = path_heads(self, path_inputs[i]);

        for (int32_t h = 0; self->into[i] && h < heads; h++)
            if (self->into[i][layer * heads + h])
                put_receiver(self, listing,
                             self->host->point_name(path_inputs[i]), layer, h,
                             path_count(self, layer, false));
    }
}

/* Receivers in the order of the pass, with how many senders are before
 * each. */
static struct listing write_table(const struct patcher *self)
{
    static const struct transect_described columns[] = {
        {"input", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "what was changed: q, k, v, mlp or logits"},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the layer, from 0; -1 of logits"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the head, of k and v the key/value head, from 0; -1: none"},
        {"senders", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "how many senders are before it"},
    };
    struct listing listing = {transect_table_described(
        self->ctx, self->host, "receivers", columns, 4), 0, 0};
    int32_t end = self->model.n_layer;

    for (int32_t l = 0; l < end; l++) {
        put_heads(self, &listing, l);
        if (self->into_mlps[l])
            put_receiver(self, &listing, "mlp", l, -1,
                         path_count(self, l, true));
    }
    if (self->logits)
        put_receiver(self, &listing, "logits", -1, -1,
                     path_count(self, end, false));
    return listing;
}

static int finish(void *state, const void *baseline)
{
    struct patcher *self = state;
    const struct transect_host *host = self->host;
    transect_ctx *ctx = self->ctx;
    int32_t sent = path_count(self, self->model.n_layer, false);
    const struct listing listing = write_table(self);
    int32_t n = listing.n;
    bool grouped = self->model.n_kv_head < self->model.n_head;

    (void)baseline;
    host->say(ctx, "%d sender%s, output from %s, into %d receiver%s",
              (int)sent, sent == 1 ? "" : "s", host->get_string(ctx, "from"),
              (int)n, n == 1 ? "" : "s");
    if (listing.idle)
        host->say(ctx, "%d of %d receivers are reached by no sender: none is "
                  "before them", (int)listing.idle, (int)n);
    if (grouped && (self->into[1] || self->into[2]))
        host->say(ctx, "k and v are those of a group of %d heads, which all "
                  "receive", (int)(self->model.n_head /
                                   self->model.n_kv_head));
    if (self->counts[1])
        host->say(ctx, "%lld of %lld rows stayed as they were: their position "
                  "has no partner", (long long)self->counts[1],
                  (long long)self->counts[0]);
    return TRANSECT_OK;
}

static const struct transect_option options[] = {
    {"senders", TRANSECT_HEADS, NULL, NULL, 0, 0,
     "heads whose output is taken from elsewhere"},
    {"sender_mlps", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "layers whose MLP's output is"},
    {"sender_embed", TRANSECT_BOOL, "no", NULL, 0, 0,
     "the embedding of tokens and positions is"},
    {"from", TRANSECT_ENUM, "pair", "pair resample", 0, 0,
     "where from: the record's pair, or another sample"},
    {"receivers", TRANSECT_HEADS, NULL, NULL, 0, 0,
     "heads that read the senders' other output"},
    {"inputs", TRANSECT_POINTS, "q", NULL, 0, 0,
     "as which of their inputs: q, k, v; the last two are of a whole group of "
     "heads where heads share them"},
    {"receiver_mlps", TRANSECT_LAYERS, NULL, NULL, 0, 0,
     "layers whose MLP reads it"},
    {"receiver_logits", TRANSECT_BOOL, "no", NULL, 0, 0,
     "whether the final norm and the unembedding read it"},
    {"positions", TRANSECT_POSITIONS, "*", NULL, 0, 0,
     "rows of the receivers' inputs that are changed"},
};

static const int32_t points[] = {
    TRANSECT_RESID_PRE, TRANSECT_Q,        TRANSECT_K,
    TRANSECT_V,         TRANSECT_Z,        TRANSECT_RESID_MID,
    TRANSECT_LN2,       TRANSECT_MLP_OUT,  TRANSECT_RESID_POST,
};

TRANSECT_PLUGIN(
    .name = "path-patcher",
    .summary = "replaces what chosen receivers read of chosen senders alone",
    .version = "0.9.0",
    .licence = "MIT",
    TRANSECT_OPTION_TABLE(options),
    .capabilities = TRANSECT_CAP_EDITS | TRANSECT_CAP_STATE |
                    TRANSECT_CAP_THREADS | TRANSECT_CAP_INERT,
    TRANSECT_POINT_LIST(points),
    .create = create,
    .ready = ready,
    .finish = finish);

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-weight.c - a model's weights as views, and what the model has. */
#include "arch.h"
#include "model.h"

/* Outputs first..first+n-1 of a linear map, as the columns of W. */
static struct transect_view columns(const struct linear *linear, int first,
                                    int n)
{
    return (struct transect_view){
        .data = linear->w + first * linear->out_stride,
        .rows = linear->n_in,
        .cols = n,
        .row_stride = linear->in_stride,
        .col_stride = linear->out_stride,
    };
}

/* Inputs first..first+n-1, as the rows of W. */
static struct transect_view rows(const struct linear *linear, int first,
                                 int n)
{
    struct transect_view view = columns(linear, 0, linear->n_out);

    view.data += first * linear->in_stride;
    view.rows = n;
    return view;
}

static struct transect_view table(const float *data, int n_rows, int n_cols)
{
    return (struct transect_view){data, n_rows, n_cols, n_cols, 1};
}

/* Elements first..first+n-1 of a vector that may be absent. */
static struct transect_view part(const float *data, int first, int n)
{
    return table(data ? data + first : NULL, 1, n);
}

/* Key/value weights count their own heads, of which there may be fewer. */
static struct transect_view block_weight(const struct config *config,
                                         const struct block *block,
                                         enum transect_weight weight,
                                         int head)
{
    const int d = config->d_head, width = config->d_model;

    switch (weight) {
    case TRANSECT_LN1_GAIN:
        return part(block->ln1.gain, 0, width);
    case TRANSECT_LN1_BIAS:
        return part(block->ln1.bias, 0, width);
    case TRANSECT_W_Q:
        return columns(&block->q, head * d, d);
    case TRANSECT_B_Q:
        return part(block->q.b, head * d, d);
    case TRANSECT_W_K:
        return columns(&block->k, head * d, d);
    case TRANSECT_B_K:
        return part(block->k.b, head * d, d);
    case TRANSECT_W_V:
        return columns(&block->v, head * d, d);
    case TRANSECT_B_V:
        return part(block->v.b, head * d, d);
    case TRANSECT_W_O:
        return rows(&block->o, head * d, d);
    case TRANSECT_B_O:
        return part(block->o.b, 0, width);
    case TRANSECT_LN2_GAIN:
        return part(block->ln2.gain, 0, width);
    case TRANSECT_LN2_BIAS:
        return part(block->ln2.bias, 0, width);
    case TRANSECT_W_IN:
        return columns(&block->in, 0, block->in.n_out);
    case TRANSECT_B_IN:
        return part(block->in.b, 0, block->in.n_out);
    case TRANSECT_W_OUT:
        return columns(&block->out, 0, block->out.n_out);
    default: /* TRANSECT_B_OUT */
        return part(block->out.b, 0, width);
    }
}

bool model_weight(const struct model *model, enum transect_weight weight,
                  int layer, int head, struct transect_view *view)
{
    const struct config *config = &model->config;
    const int width = config->d_model;

    switch (weight) {
    case TRANSECT_W_E:
        *view = table(model->token_embedding, config->n_vocab, width);
        break;
    case TRANSECT_W_POS:
        *view = table(model->position_embedding, config->n_context, width);
        break;
    case TRANSECT_LNF_GAIN:
        *view = part(model->final_norm.gain, 0, width);
        break;
    case TRANSECT_LNF_BIAS:
        *view = part(model->final_norm.bias, 0, width);
        break;
    case TRANSECT_W_U:
        *view = columns(&model->unembed, 0, config->n_vocab);
        break;
    default:
        *view = block_weight(config, &model->blocks[layer], weight, head);
    }
    return view->data != NULL;
}

bool model_has_point(const struct config *config, const struct arch *arch,
                     int point, const char **why)
{
    (void)config; /* all MLPs are plain so far */
    if (point == TRANSECT_MLP_GATE) {
        *why = "the MLP of this model has no gate";
        return false;
    }
    if (point == TRANSECT_POS_EMBED && !arch->learned_positions) {
        *why = "this model has no learned position embedding";
        return false;
    }
    return true;
}

/* Elements of a vector that may be absent. */
static int64_t n_vector(const float *vector, int n)
{
    return vector ? n : 0;
}

static int64_t n_linear(const struct linear *linear)
{
    return (int64_t)linear->n_in * linear->n_out +
           n_vector(linear->b, linear->n_out);
}

static int64_t n_norm(const struct norm *norm, int width)
{
    return n_vector(norm->gain, width) + n_vector(norm->bias, width);
}

int64_t model_n_parameters(const struct model *model)
{
    const struct config *config = &model->config;
    const int width = config->d_model;
    int64_t n = (int64_t)config->n_vocab * width;

    if (model->position_embedding)
        n += (int64_t)config->n_context * width;
    for (int i = 0; i < config->n_layer; i++) {
        const struct block *block = &model->blocks[i];

        n += n_norm(&block->ln1, width) + n_norm(&block->ln2, width);
        n += n_linear(&block->q) + n_linear(&block->k) + n_linear(&block->v);
        n += n_linear(&block->o) + n_linear(&block->in);
        n += n_linear(&block->out);
    }
    n += n_norm(&model->final_norm, width);
    return config->tied ? n : n + n_linear(&model->unembed);
}

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* weight-view.c - a model's weights as views, and what the model has. */
#include "model/arch.h"
#include "model/model.h"

/* Outputs first..first+n-1 of a linear map, as the columns of W. */
static struct transect_view columns(const struct model *model,
                                    const struct linear *linear, int first,
                                    int n)
{
    const float *w = model_floats(model, linear);

    return (struct transect_view){
        .data = w ? w + first * linear->out_stride : NULL,
        .rows = linear->n_in,
        .cols = n,
        .row_stride = linear->in_stride,
        .col_stride = linear->out_stride,
    };
}

/* Inputs first..first+n-1, as the rows of W. */
static struct transect_view rows(const struct model *model,
                                 const struct linear *linear, int first,
                                 int n)
{
    struct transect_view view = columns(model, linear, 0, linear->n_out);

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

/* A norm of the stream is none of what a branch adds to it. */
static struct transect_view branch_gain(const struct config *config,
                                        const struct norm *norm)
{
    return part(config->stream_norm ? NULL : norm->gain, 0, config->d_model);
}

/* Key/value weights count their own heads, of which there may be fewer. */
static struct transect_view block_weight(const struct model *model,
                                         const struct block *block,
                                         enum transect_weight weight,
                                         int head)
{
    const struct config *config = &model->config;
    const int d = config->d_head, width = config->d_model;

    switch (weight) {
    case TRANSECT_LN1_GAIN:
        return part(block->ln1.gain, 0, width);
    case TRANSECT_LN1_BIAS:
        return part(block->ln1.bias, 0, width);
    case TRANSECT_W_Q:
        return columns(model, &block->q, head * d, d);
    case TRANSECT_B_Q:
        return part(block->q.b, head * d, d);
    case TRANSECT_W_K:
        return columns(model, &block->k, head * d, d);
    case TRANSECT_B_K:
        return part(block->k.b, head * d, d);
    case TRANSECT_W_V:
        return columns(model, &block->v, head * d, d);
    case TRANSECT_B_V:
        return part(block->v.b, head * d, d);
    case TRANSECT_W_O:
        return rows(model, &block->o, head * d, d);
    case TRANSECT_B_O:
        return part(block->o.b, 0, width);
    case TRANSECT_LN2_GAIN:
        return part(block->ln2.gain, 0, width);
    case TRANSECT_LN2_BIAS:
        return part(block->ln2.bias, 0, width);
    case TRANSECT_W_IN:
        return columns(model, &block->mlp.in, 0, block->mlp.in.n_out);
    case TRANSECT_B_IN:
        return part(block->mlp.in.b, 0, block->mlp.in.n_out);
    case TRANSECT_W_OUT:
        return columns(model, &block->mlp.out, 0, block->mlp.out.n_out);
    case TRANSECT_B_OUT:
        return part(block->mlp.out.b, 0, width);
    case TRANSECT_W_GATE:
        return columns(model, &block->mlp.gate, 0, block->mlp.gate.n_out);
    case TRANSECT_B_GATE:
        return part(block->mlp.gate.b, 0, block->mlp.gate.n_out);
    case TRANSECT_Q_NORM_GAIN:
        return part(block->q_norm.gain, head * d, d);
    case TRANSECT_K_NORM_GAIN:
        return part(block->k_norm.gain, head * d, d);
    case TRANSECT_ATTN_POST_GAIN:
        return branch_gain(config, &block->attn_post);
    default: /* TRANSECT_MLP_POST_GAIN */
        return branch_gain(config, &block->mlp_post);
    }
}

bool model_weight(const struct model *model, enum transect_weight weight,
                  int layer, int head, struct transect_view *view)
{
    const struct config *config = &model->config;
    const int width = config->d_model;

    /* Those are between tokens and the stream. Here each is a product of two
     * matrices, of which files have the factors. */
    if (config->d_word &&
        (weight == TRANSECT_W_E || weight == TRANSECT_W_U)) {
        *view = table(NULL, config->n_vocab, width);
        return false;
    }
    switch (weight) {
    case TRANSECT_W_E:
        *view = table(model_floats(model, &model->embedding),
                      config->n_vocab, width);
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
        *view = columns(model, &model->unembed, 0, config->n_vocab);
        break;
    case TRANSECT_B_U:
        *view = part(model->unembed.b, 0, config->n_vocab);
        break;
    default:
        *view = block_weight(model, &model->blocks[layer], weight, head);
    }
    return view->data != NULL;
}

bool model_has_point(const struct config *config, const struct arch *arch,
                     int point, const char **why)
{
    *why = NULL;
    if (point == TRANSECT_MLP_GATE && !config->gated)
        *why = "the MLP of this model has no gate";
    if (point == TRANSECT_POS_EMBED && !arch->learned_positions)
        *why = "this model has no learned position embedding";
    if (point == TRANSECT_HEAD_OUT && config->post_norm)
        *why = "this model normalizes what attention adds, which is then no "
               "sum over heads; use z";
    if (point == TRANSECT_LN1 && config->bare)
        *why = "attention reads resid_pre itself here, without a norm";
    if (point == TRANSECT_LN2 && config->bare)
        *why = "the MLP reads resid_mid itself here, without a norm";
    if (point == TRANSECT_LN_FINAL && config->no_final_norm)
        *why = "logits are made of the last resid_post itself here, without "
               "a norm";
    return !*why;
}

static const char *note_on_mlp(const struct config *config, int point)
{
    if (point == TRANSECT_LN2 && config->one_norm)
        return "here what ln1 is; an edit of it reaches the MLP alone";
    if (point == TRANSECT_LN2 && config->parallel)
        return "here of resid_pre: attention and MLP are side by side";
    if (point == TRANSECT_MLP_PRE && config->gated)
        return "here up_proj's output, which the activated gate multiplies; "
               "TransformerLens' hook_pre is mlp_gate";
    if (point == TRANSECT_MLP_POST && config->gated)
        return "here activation(mlp_gate) * mlp_pre";
    if (point == TRANSECT_MLP_OUT && config->post_norm)
        return "here behind the norm that follows the MLP";
    return NULL;
}

static bool has_local(const struct config *config)
{
    for (int i = 0; i < config->n_layer; i++)
        if (config_window(config, i))
            return true;
    return false;
}

const char *model_point_note(const struct config *config, int point)
{
    if (point == TRANSECT_EMBED && config->embed_norm)
        return "here normalized";
    if (point == TRANSECT_EMBED && config->d_word)
        return "here mapped to the width of the model (project_in)";
    if (point == TRANSECT_LOGITS && config->d_word)
        return "here of what project_out makes of the last hidden state";
    if (point == TRANSECT_EMBED && config->embed_scale > 0)
        return "here times the square root of the model's width";
    if ((point == TRANSECT_Q || point == TRANSECT_K) && config->qk_norm)
        return "here normalized before the rotation";
    if (point == TRANSECT_ATTN_SCORES && config->alibi > 0)
        return "here with ALiBi, which grows by the distance";
    if (point == TRANSECT_ATTN_SCORES && config->score_cap > 0)
        return "here after the soft cap";
    if (point == TRANSECT_PATTERN && has_local(config))
        return "here 0 in local layers for keys before the window, too";
    if ((point == TRANSECT_RESID_MID || point == TRANSECT_RESID_POST) &&
        config->stream_norm)
        return "here the norm of that sum: the stream itself is normalized";
    if (point == TRANSECT_ATTN_OUT && config->post_norm)
        return "here that sum behind the norm that follows attention";
    if (point == TRANSECT_RESID_MID && config->parallel)
        return "here read by nothing: the MLP reads resid_pre";
    if (point == TRANSECT_LOGITS && config->logit_cap > 0)
        return "here after the soft cap";
    return note_on_mlp(config, point);
}

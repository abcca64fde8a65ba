/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* mlp.c - the MLP of a layer, from its input to its output. */
#include "executor/mlp.h"

#include "executor/forward-internal.h"
#include "executor/row-kernels.h"

static const struct mlp *mlp_of(const struct forward *fw, int layer)
{
    return &fw->model->blocks[layer].mlp;
}

/* A point of hidden units (rows, F). */
static int emit(struct forward *fw, const struct mlp *mlp, int point,
                int layer, float *data, struct error *err)
{
    return forward_emit_rows(fw, point, layer, data, mlp->in.n_out, err);
}

int mlp_hidden(struct forward *fw, int layer, struct error *err)
{
    int status = forward_emit_input(fw, TRANSECT_LN2, layer, err);

    forward_apply(fw, &mlp_of(fw, layer)->in, fw->x, fw->mlp);
    return status;
}

int mlp_gate(struct forward *fw, int layer, struct error *err)
{
    const struct mlp *mlp = mlp_of(fw, layer);
    int status = emit(fw, mlp, TRANSECT_MLP_PRE, layer, fw->mlp, err);

    if (mlp->gated)
        forward_apply(fw, &mlp->gate, fw->x, fw->gate);
    return status;
}

/* fw->mlp from the activation function; in gated MLPs the gate is activated
 * instead, and multiplies them. */
int mlp_activate(struct forward *fw, int layer, struct error *err)
{
    const struct mlp *mlp = mlp_of(fw, layer);
    int rows = fw->batch->n_row, f = mlp->in.n_out, status;

    if (!mlp->gated) {
        rows_activate(fw->team, rows, f, mlp->activation, fw->mlp);
        return ST_OK;
    }
    status = emit(fw, mlp, TRANSECT_MLP_GATE, layer, fw->gate, err);
    rows_gate(fw->team, rows, f, mlp->activation, fw->gate, fw->mlp);
    return status;
}

int mlp_output(struct forward *fw, int layer, struct error *err)
{
    const struct mlp *mlp = mlp_of(fw, layer);
    int status = emit(fw, mlp, TRANSECT_MLP_POST, layer, fw->mlp, err);

    forward_apply(fw, &mlp->out, fw->mlp, fw->out);
    return status;
}

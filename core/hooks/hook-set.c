/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-set.c - all who hear of one forward pass. */
#include "hooks/hook-set.h"

bool hook_set_wants(const struct hook_set *audience, int point, int layer,
                    int head)
{
    for (size_t i = 0; i < audience->n; i++)
        if (hooks_wants(audience->hooks[i], point, layer, head))
            return true;
    return false;
}

bool hook_set_wants_edit(const struct hook_set *audience, int point, int layer,
                         int head)
{
    for (size_t i = 0; i < audience->n; i++)
        if (hooks_wants_edit(audience->hooks[i], point, layer, head))
            return true;
    return false;
}

int hook_set_wants_columns(const struct hook_set *audience, int point,
                           int layer, int head, int32_t *columns, int room)
{
    int n = 0;

    for (size_t i = 0; i < audience->n && n >= 0; i++)
        n = hooks_wants_columns(audience->hooks[i], point, layer, head,
                                columns, n, room);
    return n;
}

void hook_set_set_reducer(const struct hook_set *audience,
                          struct reductions *reducer)
{
    for (size_t i = 0; i < audience->n; i++)
        hooks_set_reducer(audience->hooks[i], reducer);
}

int hook_set_emit(const struct hook_set *audience, int point, int layer,
                  const struct batch *batch, float *data, int64_t cols,
                  int64_t stride, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < audience->n && !status; i++)
        status = hooks_emit(audience->hooks[i], point, layer, batch, data,
                            cols, stride, err);
    return status;
}

int hook_set_emit_heads(const struct hook_set *audience, int point, int layer,
                        const struct batch *batch, float *data, int64_t stride,
                        struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < audience->n && !status; i++)
        status = hooks_emit_heads(audience->hooks[i], point, layer, batch,
                                  data, stride, err);
    return status;
}

int hook_set_emit_block(const struct hook_set *audience, int point, int layer,
                        int head, const struct span *span, int first,
                        int64_t rows, float *data, int64_t cols,
                        int64_t stride, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < audience->n && !status; i++)
        status = hooks_emit_block(audience->hooks[i], point, layer, head, span,
                                  first, rows, data, cols, stride, err);
    return status;
}

int hook_set_emit_column(const struct hook_set *audience, int point, int layer,
                         int head, const struct span *span, int first,
                         int64_t rows, float *data, int32_t column,
                         struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < audience->n && !status; i++)
        status = hooks_emit_column(audience->hooks[i], point, layer, head,
                                   span, first, rows, data, column, err);
    return status;
}

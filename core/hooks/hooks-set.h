/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* audience.h - all who hear of one forward pass: the hooks of one variant, or
 * of several whose streams are the same so far. */
#ifndef CORE_AUDIENCE_H
#define CORE_AUDIENCE_H

#include "hooks/hooks.h"

/* Borrowed; hears in this order. */
struct audience {
    struct hooks **hooks;
    size_t n;
};

/* As hooks_wants and the like of hooks.h, of any and to all of them. */
bool audience_wants(const struct audience *audience, int point, int layer,
                    int head);
bool audience_wants_edit(const struct audience *audience, int point,
                         int layer, int head);
int audience_wants_columns(const struct audience *audience, int point,
                           int layer, int head, int32_t *columns, int room);
void audience_set_reducer(const struct audience *audience,
                          struct reducer *reducer);
int audience_emit(const struct audience *audience, int point, int layer,
                  const struct batch *batch, float *data, int64_t cols,
                  int64_t stride, struct error *err);
int audience_emit_heads(const struct audience *audience, int point, int layer,
                        const struct batch *batch, float *data,
                        int64_t stride, struct error *err);
int audience_emit_block(const struct audience *audience, int point, int layer,
                        int head, const struct span *span, int first,
                        int64_t rows, float *data, int64_t cols,
                        int64_t stride, struct error *err);
int audience_emit_column(const struct audience *audience, int point,
                         int layer, int head, const struct span *span,
                         int first, int64_t rows, float *data,
                         int32_t column, struct error *err);

#endif

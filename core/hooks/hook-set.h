/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* hook-set.h - all who hear of one forward pass: the hooks of one variant, or
 * of several whose streams are the same so far. */
#ifndef CORE_HOOKS_HOOK_SET_H
#define CORE_HOOKS_HOOK_SET_H

#include "hooks/hooks.h"

/* Borrowed; hears in this order. */
struct hook_set {
    struct hooks **hooks;
    size_t n;
};

/* As hooks_wants and the like of hooks.h, of any and to all of them. */
bool hook_set_wants(const struct hook_set *audience, int point, int layer,
                    int head);
bool hook_set_wants_edit(const struct hook_set *audience, int point, int layer,
                         int head);
int hook_set_wants_columns(const struct hook_set *audience, int point,
                           int layer, int head, int32_t *columns, int room);
void hook_set_set_reducer(const struct hook_set *audience,
                          struct reductions *reducer);
int hook_set_emit(const struct hook_set *audience, int point, int layer,
                  const struct batch *batch, float *data, int64_t cols,
                  int64_t stride, struct error *err);
int hook_set_emit_heads(const struct hook_set *audience, int point, int layer,
                        const struct batch *batch, float *data, int64_t stride,
                        struct error *err);
int hook_set_emit_block(const struct hook_set *audience, int point, int layer,
                        int head, const struct span *span, int first,
                        int64_t rows, float *data, int64_t cols,
                        int64_t stride, struct error *err);
int hook_set_emit_column(const struct hook_set *audience, int point, int layer,
                         int head, const struct span *span, int first,
                         int64_t rows, float *data, int32_t column,
                         struct error *err);

#endif

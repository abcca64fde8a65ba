/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* edit-record.h - what an edit really did to a tensor. */
#ifndef CORE_HOOKS_EDIT_RECORD_H
#define CORE_HOOKS_EDIT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One editor at one place (hook point, layer, head), over all samples. */
struct edit_record {
    const char *editor; /* id of the instance; borrowed */
    int point, layer, head; /* -1: none */
    bool asked;        /* subscribed to: must change something */
    uint64_t fired;    /* calls */
    uint64_t changed;  /* elements that differ afterwards; a NaN of the same
                        * bits does not */
    double max_change; /* largest |after - before| */
    double sum_squares; /* of after - before; its root is the L2 change */
};

/* Adds one call: `rows` rows of `cols` before (dense) and after (stride). */
void edit_record_add(struct edit_record *record, const float *before,
                     int64_t before_stride, const float *after,
                     int64_t after_stride, int64_t rows, int64_t cols);

#endif

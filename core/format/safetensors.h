/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* safetensors.h - a model's safetensors files. */
#ifndef CORE_FORMAT_SAFETENSORS_H
#define CORE_FORMAT_SAFETENSORS_H

#include "tensor/tensor-table.h"

/* DIR/model.safetensors, or the shards that DIR/model.safetensors.index.json
 * names. Checks header size, JSON, dtypes, shapes against offsets, overlap,
 * holes, range, and that the index tells the truth. */
int safetensors_open(const char *dir, struct tensors **tensors,
                     struct error *err);

#endif

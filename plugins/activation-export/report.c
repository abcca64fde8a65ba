/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report.c - which file has what, as a table and, of safetensors, as the index
 * that libraries of the format know. */
#include "activation-export.h"

#include <stdio.h>
#include <string.h>
#include <transect/kit/columns.h>

static const struct transect_described columns[] = {
    {"file", TRANSECT_COL_TEXT, TRANSECT_COL_KEY, "", "the file's name"},
    {"point", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
     "the hook point; rows: sample, position and token id of each row"},
    {"layer", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
     "the layer, from 0; -1: of none"},
    {"head", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
     "the head or key/value head, from 0; -1: of none"},
    {"first_row", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
     "number of the file's first row among all of the tensor, from 0"},
    {"rows", TRANSECT_COL_INT, TRANSECT_COL_INFO, "", "rows in the file"},
    {"columns", TRANSECT_COL_INT, TRANSECT_COL_INFO, "", "numbers in a row"},
};

static void put(const struct export *self, transect_table *table,
                const struct tensor *tensor, int32_t shard)
{
    const struct transect_host *host = self->host;
    int64_t first = shard * tensor->shard_rows;
    int64_t left = tensor->rows - first;
    char name[NAME_BYTES];

    export_file_name(self, tensor, shard, name);
    host->put_text(table, name);
    host->put_text(table, tensor->point < 0 ? "rows"
                                            : host->point_name(tensor->point));
    host->put_int(table, tensor->layer);
    host->put_int(table, tensor->head);
    host->put_int(table, first);
    host->put_int(table, left < tensor->shard_rows ? left
                                                   : tensor->shard_rows);
    host->put_int(table, tensor->cols);
}

/* Bytes of all tensors, without what stands in front of them. */
static long long total_size(const struct export *self)
{
    long long sum = 0;

    for (size_t i = 0; i < self->n_tensors; i++)
        sum += self->tensors[i].rows * self->tensors[i].cols *
               (long long)export_element(self->tensors[i].type);
    return sum;
}

/* {"metadata": {"total_size": BYTES}, "weight_map": {TENSOR: FILE, ...}} */
static int write_index(const struct export *self)
{
    size_t room = 256, n;
    const char *comma = "";
    char *json;

    for (size_t i = 0; i < self->n_tensors; i++)
        room += (size_t)self->tensors[i].n_files * (2 * NAME_BYTES + 16);
    json = self->host->alloc(self->ctx, room, 1);
    n = (size_t)snprintf(json, room, "{\n  \"metadata\": {\"total_size\": "
                         "%lld},\n  \"weight_map\": {", total_size(self));
    for (size_t i = 0; i < self->n_tensors; i++)
        for (int32_t k = 0; k < self->tensors[i].n_files; k++) {
            char tensor[NAME_BYTES], file[NAME_BYTES];

            export_tensor_name(&self->tensors[i], k, tensor);
            export_file_name(self, &self->tensors[i], k, file);
            n += (size_t)snprintf(json + n, room - n, "%s\n    \"%s\": \"%s\"",
                                  comma, tensor, file);
            comma = ",";
        }
    n += (size_t)snprintf(json + n, room - n, "\n  }\n}\n");
    return self->host->file(self->ctx, "activations.safetensors.index.json",
                            json, n);
}

int export_report(const struct export *self)
{
    transect_table *table = transect_table_described(
        self->ctx, self->host, "files", columns,
        sizeof columns / sizeof *columns);

    for (size_t i = 0; i < self->n_tensors; i++)
        for (int32_t k = 0; k < self->tensors[i].n_files; k++)
            put(self, table, &self->tensors[i], k);
    self->host->say(self->ctx, "%lld row%s of %zu tensor%s, %.4g MB",
                    (long long)self->n_row, self->n_row == 1 ? "" : "s",
                    self->n_tensors - 1, self->n_tensors == 2 ? "" : "s",
                    (double)total_size(self) / 1e6);
    return self->format == FORMAT_SAFETENSORS ? write_index(self)
                                              : TRANSECT_OK;
}

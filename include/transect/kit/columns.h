/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/kit/columns.h - a table whose columns say what they mean:
 *
 *   static const struct transect_described columns[] = {
 *       {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY, "", "the layer"},
 *       {"loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC, "nats",
 *        "the mean loss of the next token"},
 *   };
 *   transect_table *table =
 *       transect_table_described(ctx, host, "losses", columns, 2);
 */
#ifndef TRANSECT_KIT_COLUMNS_H
#define TRANSECT_KIT_COLUMNS_H

#include <transect/columns.h>

#ifdef __cplusplus
extern "C" {
#endif

struct transect_described {
    const char *name;
    int32_t type, role;  /* as of struct transect_column */
    const char *unit;    /* "" for none */
    const char *meaning; /* a short sentence */
};

/* As host->table(), with n columns. A host older than 1.2 has no use for what
 * they mean. */
static inline transect_table *
transect_table_described(transect_ctx *ctx, const struct transect_host *host,
                         const char *name,
                         const struct transect_described *columns, size_t n)
{
    const struct transect_columns_host *extension =
        (const struct transect_columns_host *)host->extension(
            ctx, TRANSECT_COLUMNS);
    struct transect_column *plain = (struct transect_column *)host->alloc(
        ctx, n, sizeof *plain);
    transect_table *table;
    size_t i;

    for (i = 0; i < n; i++) {
        plain[i].name = columns[i].name;
        plain[i].type = columns[i].type;
        plain[i].role = columns[i].role;
    }
    table = host->table(ctx, name, plain, n);
    for (i = 0; extension && i < n; i++)
        extension->describe(table, columns[i].name, columns[i].unit,
                            columns[i].meaning);
    return table;
}

#ifdef __cplusplus
}
#endif

#endif

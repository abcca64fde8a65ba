/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/columns.h - the extension "transect.columns/1" [1.2]: what the
 * columns of a table mean, for schema.json of the results.
 *
 *   const struct transect_columns_host *columns =
 *       host->extension(ctx, TRANSECT_COLUMNS);
 *
 * transect/kit/columns.h makes a table with its descriptions in one call.
 * [main]
 */
#ifndef TRANSECT_COLUMNS_H
#define TRANSECT_COLUMNS_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_COLUMNS "transect.columns/1"

struct transect_columns_host {
    uint32_t size;
    /* Of a column of a table that host->table() has just made, while its
     * callback runs: the unit, "" for a number without one or a text, and in
     * a short sentence what it says. Both are copied. A column that the table
     * lacks, and one that is described twice, make finish or compare fail. */
    void (*describe)(transect_table *, const char *column, const char *unit,
                     const char *meaning);
};

#ifdef __cplusplus
}
#endif

#endif

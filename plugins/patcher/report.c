/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* report.c - what was patched, and what could not be. */
#include "patcher.h"

#include <inttypes.h>
#include <transect/kit/columns.h>

static void write_table(const struct patcher *self)
{
    static const struct transect_described columns[] = {
        {"point", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "the hook point"},
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the layer, from 0; -1 where the point is of none"},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "the head or group, from 0; -1 where the point is of none"},
        {"from", TRANSECT_COL_TEXT, TRANSECT_COL_INFO, "",
         "what was put there"},
        {"rows", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "rows that were patched, over all samples"},
        {"without_partner", TRANSECT_COL_INT, TRANSECT_COL_INFO, "",
         "rows that stayed, since the other prompt has no such position"},
        {"deviation", TRANSECT_COL_REAL, TRANSECT_COL_INFO, "",
         "the standard deviation by which noise was measured; else 0"},
    };
    const struct transect_host *host = self->host;
    transect_table *table = transect_table_described(
        self->ctx, host, "patched", columns, sizeof columns / sizeof *columns);

    for (size_t i = 0; i < self->n_sites; i++) {
        const struct site *site = &self->sites[i];

        host->put_text(table, host->point_name(site->point));
        host->put_int(table, site->layer);
        host->put_int(table, site->head);
        host->put_text(table, self->from == FROM_FILE
                                  ? "file"
                                  : host->get_string(self->ctx, "from"));
        host->put_int(table, self->rows[i]);
        host->put_int(table, self->left[i]);
        host->put_real(table, site->deviation);
    }
}

int patcher_report(const struct patcher *self)
{
    int64_t rows = 0, left = 0;

    write_table(self);
    for (size_t i = 0; i < self->n_sites; i++) {
        rows += self->rows[i];
        left += self->left[i];
    }
    self->host->say(self->ctx, "%" PRId64 " row%s patched from %s, at %zu "
                    "place%s", rows, rows == 1 ? "" : "s",
                    self->host->get_string(self->ctx, "from"), self->n_sites,
                    self->n_sites == 1 ? "" : "s");
    if (left)
        self->host->say(self->ctx, "%" PRId64 " row%s without a partner "
                        "stayed as %s", left, left == 1 ? "" : "s",
                        left == 1 ? "it was" : "they were");
    return TRANSECT_OK;
}

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* manifest.h - what ran, on what, and whether it can be believed. */
#ifndef CORE_MANIFEST_H
#define CORE_MANIFEST_H

#include "output.h"
#include <time.h>

struct manifest_facts {
    time_t started;
    double seconds;  /* of the run */
    bool complete;   /* all samples were seen and all tables written */
    const struct failures *failures;
};

/* New reference in *manifest. */
int manifest_make(const struct plan *plan, const struct results *results,
                  const struct manifest_facts *facts, json_t **manifest,
                  struct error *err);

#endif

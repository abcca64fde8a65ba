/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/*
 * transect/survey.h - the extension "transect.survey/1": a look at the
 * unedited model before the first variant runs.
 *
 *   const struct transect_survey_host *surveys =
 *       host->extension(ctx, TRANSECT_SURVEY);
 *
 *   create ---> ready ---> events of the survey ---> surveyed ---> begin ...
 *               (survey    (all samples, without     (subscribe,
 *               here)       begin and end)            if need be)
 *
 * Some edits depend on what the unedited model does: a mean over all samples,
 * the place of the largest activation. The host runs one extra pass for the
 * surveys of all instances and variants together, whether or not there is a
 * baseline; nobody who does not ask causes one. The descriptor of a plugin
 * that may ask says TRANSECT_CAP_SURVEY [1.1]. [main]
 */
#ifndef TRANSECT_SURVEY_H
#define TRANSECT_SURVEY_H

#include <transect/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TRANSECT_SURVEY "transect.survey/1"

struct transect_survey_host {
    uint32_t size;
    /* Subscribes to the extra pass, as subscribe() does to a variant's, but
     * without TRANSECT_EDIT; may be called several times. surveyed (the last
     * that is not NULL) is called once, after the pass; subscribe() works in
     * it as in ready. ready only. */
    int (*survey)(transect_ctx *, const struct transect_subscription *,
                  int (*surveyed)(void *state));
};

#ifdef __cplusplus
}
#endif

#endif

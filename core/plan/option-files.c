/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* option-files.c - the files that plugins read, by options of the type path:
 * looked at and digested before any of their code runs. */
#include "plan/plan-internal.h"

#include "base/mem.h"
#include "base/read-file.h"
#include "base/sha256.h"

#include <string.h>
#include <unistd.h>

static bool is_known(const struct plan *plan, const char *path)
{
    for (size_t i = 0; i < plan->n_option_files; i++)
        if (strcmp(plan->option_files[i].path, path) == 0)
            return true;
    return false;
}

/* The file is watched: the plugin reads it later. */
static int digest(const char *path, char hex[65], struct error *err)
{
    struct stat info;
    int fd = read_open(path, &info, err), status;

    if (fd < 0)
        return err->status;
    status = sha256_descriptor(fd, path, hex, err);
    close(fd);
    if (!status)
        file_watch_add(path, &info);
    return status;
}

/* What an experiment gives must be a file that can be read. A plugin's own
 * default need not be there: it has no digest then. */
static int add_file(struct plan *plan, const char *id,
                    const struct option_value *value, struct error *err)
{
    struct option_file file = {.path = value->text};

    if (is_known(plan, value->text))
        return ST_OK;
    if ((value->given || access(value->text, F_OK) == 0) &&
        digest(value->text, file.sha256, err)) {
        if (value->decl.choices)
            error_within(err, "neither one of the words %s nor a file that "
                         "can be read", value->decl.choices);
        error_within(err, "%s.%s", id, value->decl.name);
        return error_in(err, value->place);
    }
    MEM_PUSH(plan->option_files, plan->n_option_files);
    plan->option_files[plan->n_option_files++] = file;
    return ST_OK;
}

static int add_instance(struct plan *plan, const struct transect_ctx *instance,
                        struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < instance->options.n && !status; i++) {
        const struct option_value *value = &instance->options.values[i];

        if (value->decl.type == TRANSECT_PATH && value->set &&
            !value->is_word)
            status = add_file(plan, instance->owner.id, value, err);
    }
    return status;
}

int plan_digest_files(struct plan *plan, struct error *err)
{
    int status = ST_OK;

    for (size_t i = 0; i < plan->n_variants; i++)
        for (size_t j = 0; j < plan->variants[i].n_instances && !status; j++)
            status = add_instance(plan, plan->variants[i].instances[j], err);
    return status;
}

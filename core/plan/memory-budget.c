/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* memory-budget.c - what a run will hold. */
#include "plan/memory-budget.h"

#include "tensor/machine.h"
#include "base/mapped-file.h"
#include "plan/cost-estimate.h"
#include "plan/plan-internal.h"
#include "plan/thread-policy.h"

uint64_t memory_held(const struct memory *memory)
{
    return memory->files + memory->copies + memory->buffers +
           (memory->captures_in_file ? 0 : memory->captures) +
           (memory->convert ? memory->stored : 0) +
           (memory_has_panel(memory) ? memory->panel : 0);
}

bool memory_has_panel(const struct memory *memory)
{
    return memory->split || !memory->convert;
}

const char *memory_way(const struct memory *memory)
{
    if (!memory->stored)
        return "as stored";
    if (memory->split)
        return "packed as bfloat16";
    return memory->convert ? "converted once" : "converted by panels";
}

static int refuse(const struct memory *memory, struct place place,
                  struct error *err)
{
    return error_at(err, ST_USAGE, place,
                    "memory = %.6g MB is too little: weights %s and buffers "
                    "take %.6g MB; give that much, or make samples shorter",
                    (double)memory->limit / 1e6, memory_way(memory),
                    (double)memory_held(memory) / 1e6);
}

static void count_files(const struct model *model, struct memory *memory)
{
    size_t n;
    const struct mapped_file *mapped = model_files_mapped(model->files, &n);

    for (size_t i = 0; i < n; i++)
        memory->files += mapped[i].size;
}

/* Each pass that is under way converts in a panel of its own. */
static uint64_t panels(const struct plan *plan)
{
    return model_panel(plan->model) * sizeof(float) *
           (uint64_t)thread_policy_passes(plan);
}

static uint64_t captures(const struct plan *plan)
{
    uint64_t floats = 0;

    for (int i = 0; i < TRANSECT_N_SOURCES; i++)
        floats += source_size(plan, i);
    return floats * sizeof(float);
}

static void do_without_workers(struct plan *plan)
{
    plan->workers = 0;
    plan->memory.buffers = cost_buffers(plan);
    plan->memory.panel = panels(plan);
}

/* Of many rows, and the keys and values that spare them some. */
static void do_without_trains(struct plan *plan)
{
    plan->prefixes = false;
    plan->train_rows = 0;
    plan->memory.buffers = cost_buffers(plan);
}

/* Rows, where there is room for them in place of what else was given up. */
static void keep_in_memory(struct memory *memory)
{
    memory->captures_in_file &= memory_held(memory) + memory->captures >
                                memory->limit;
}

/* Gives up, one after another, until the plan fits into the limit: workers,
 * forks that travel together, captured rows in memory, float32 copies, and
 * some of the samples that share a pass. */
static void retrench(struct plan *plan, bool may_stop_workers)
{
    struct memory *memory = &plan->memory;

    if (memory_held(memory) > memory->limit && may_stop_workers)
        do_without_workers(plan);
    if (memory_held(memory) > memory->limit)
        do_without_trains(plan);
    memory->captures_in_file = memory->captures > 0 &&
                               memory_held(memory) > memory->limit;
    memory->convert = memory->split || memory_held(memory) <= memory->limit;
    keep_in_memory(memory);
    while (memory_held(memory) > memory->limit &&
           plan->batches.max_samples > 1) {
        batches_make(plan->samples, plan->batches.max_tokens,
                     (plan->batches.max_samples + 1) / 2, &plan->batches);
        memory->buffers = cost_buffers(plan);
        memory->captures = captures(plan);
        keep_in_memory(memory);
    }
}

int memory_plan(struct plan *plan, struct error *err)
{
    struct memory *memory = &plan->memory;
    const struct experiment *experiment = plan->experiment;
    const struct model *model = plan->model;

    plan->prefixes = cost_prefixes(plan);
    *memory = (struct memory){
        .copies = model_copied_bytes(model),
        .stored = model_stored_bytes(model),
        .panel = panels(plan),
        .split = experiment->split_bfloat16,
        .buffers = cost_buffers(plan),
        .captures = captures(plan),
        .given = experiment->memory > 0,
        .limit = experiment->memory,
        .convert = true,
    };
    count_files(model, memory);
    if (memory->given) {
        retrench(plan, experiment->workers < 0);
        if (memory_held(memory) > memory->limit)
            return refuse(memory, experiment->memory_place, err);
        return ST_OK;
    }
    memory->limit = machine_memory() / 2;
    if (memory->buffers > memory->limit && experiment->workers < 0)
        do_without_workers(plan);
    if (memory->buffers > memory->limit)
        do_without_trains(plan);
    memory->captures_in_file = memory->captures > memory->limit;
    memory->convert = memory->split || memory->stored <= memory->limit;
    return ST_OK;
}

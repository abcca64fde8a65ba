/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* memory.c - what a run will hold. */
#include "memory.h"

#include "cost.h"
#include "mapping.h"
#include "plan.h"

#include <unistd.h>

static uint64_t machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size : 0;
}

uint64_t memory_held(const struct memory *memory)
{
    return memory->files + memory->copies + memory->buffers +
           (memory->convert ? memory->stored : memory->panel);
}

const char *memory_way(const struct memory *memory)
{
    if (!memory->stored)
        return "as stored";
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

int memory_plan(struct plan *plan, struct error *err)
{
    struct memory *memory = &plan->memory;
    const struct experiment *experiment = plan->experiment;
    const struct model *model = plan->model;

    *memory = (struct memory){
        .copies = model_copied_bytes(model),
        .stored = model_stored_bytes(model),
        .panel = model_panel(model) * sizeof(float),
        .buffers = cost_plan(plan).buffers,
        .given = experiment->memory > 0,
        .limit = experiment->memory,
        .convert = true,
    };
    for (size_t i = 0; i < model->tensors->n_mappings; i++)
        memory->files += model->tensors->mappings[i].size;
    if (!memory->given)
        memory->limit = machine_memory() / 2;
    if (experiment->workers < 0 && memory_held(memory) > memory->limit) {
        plan->workers = 0;
        memory->buffers = cost_plan(plan).buffers;
    }
    memory->convert = (memory->given ? memory_held(memory)
                                     : memory->stored) <= memory->limit;
    if (memory->given && memory_held(memory) > memory->limit)
        return refuse(memory, experiment->memory_place, err);
    return ST_OK;
}

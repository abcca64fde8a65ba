/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* guard-pages.c - memory for the view of one event, in which misuse is a
 * signal. */
#include "sandbox/guard-pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static struct guard *watched;

/* Bytes of a slot and its guard page. */
static size_t stride(const struct guard *guard)
{
    return guard->room + guard->page;
}

int guard_open(struct guard *guard, size_t bytes, struct error *err)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    *guard = (struct guard){
        .page = page, .room = (bytes + page - 1) / page * page};
    guard->base = mmap(NULL, 2 * stride(guard), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (guard->base != MAP_FAILED)
        return ST_OK;
    guard->base = NULL;
    return error_errno(err, ST_FAILED, "shared memory", "cannot be had");
}

static void forget(const struct guard *guard)
{
    struct guard **link = &watched;

    while (*link && *link != guard)
        link = &(*link)->next;
    if (*link)
        *link = guard->next;
}

void guard_close(struct guard *guard)
{
    if (guard->base)
        munmap(guard->base, 2 * stride(guard));
    forget(guard);
    guard->base = NULL;
}

static char *place_in(const struct guard *guard, int turn, size_t bytes)
{
    return guard->base + (size_t)turn * stride(guard) + guard->room - bytes;
}

float *guard_place(struct guard *guard, size_t bytes)
{
    guard->turn = !guard->turn;
    guard->used = bytes;
    return (float *)(void *)place_in(guard, guard->turn, bytes);
}

/* The pages of the view, which end where the guard page begins. */
static void protect(const struct guard *guard, int access)
{
    size_t bytes = (guard->used + guard->page - 1) / guard->page *
                   guard->page;

    if (bytes)
        mprotect(place_in(guard, guard->turn, bytes), bytes, access);
}

void guard_shut_all(struct guard *guard)
{
    mprotect(guard->base, 2 * stride(guard), PROT_NONE);
    guard->next = watched;
    watched = guard;
}

float *guard_fill(struct guard *guard, int turn, size_t bytes)
{
    guard->turn = turn;
    guard->used = bytes;
    protect(guard, PROT_READ | PROT_WRITE);
    return (float *)(void *)place_in(guard, turn, bytes);
}

void guard_show(struct guard *guard, int turn, size_t bytes, bool edit)
{
    guard->turn = turn;
    guard->used = bytes;
    guard->edit = edit;
    guard->shown = true;
    protect(guard, edit ? PROT_READ | PROT_WRITE : PROT_READ);
}

void guard_shut(struct guard *guard)
{
    guard->shown = false;
    protect(guard, PROT_NONE);
}

float *guard_view(const struct guard *guard)
{
    return (float *)(void *)place_in(guard, guard->turn, guard->used);
}

static enum guard_fault fault_in(const struct guard *guard,
                                 const void *address)
{
    size_t at;

    if ((uintptr_t)address < (uintptr_t)guard->base)
        return GUARD_NO_FAULT;
    at = (uintptr_t)address - (uintptr_t)guard->base;
    if (at >= 2 * stride(guard))
        return GUARD_NO_FAULT;
    if (at % stride(guard) >= guard->room)
        return GUARD_BEYOND;
    if (guard->shown && at / stride(guard) == (size_t)guard->turn)
        return GUARD_WROTE;
    return GUARD_KEPT;
}

enum guard_fault guard_fault(const void *address)
{
    enum guard_fault fault = GUARD_NO_FAULT;

    for (const struct guard *guard = watched; guard && !fault;
         guard = guard->next)
        fault = fault_in(guard, address);
    return fault;
}

const char *guard_fault_text(int fault)
{
    switch (fault) {
    case GUARD_WROTE: return "it wrote through a const view";
    case GUARD_KEPT: return "it used a view after that view's callback";
    case GUARD_BEYOND: return "it went beyond the end of a view";
    default: return NULL;
    }
}

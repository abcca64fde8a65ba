/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* isolate-proxy.c - the stand-in of an isolated plugin, whose callbacks are
 * answered by the child. */
#include "base/mem.h"
#include "plugin/host-internal.h"
#include "plugin/isolate-internal.h"

#include <stdlib.h>
#include <string.h>

/* What a stand-in's callbacks get. */
struct proxy {
    struct isolated_process *process;
    struct transect_ctx *ctx;
    int variant;
    struct relay **relays; /* one a subscription */
    size_t n_relays;
};

struct relay {
    struct proxy *proxy;
    int subscription;
};

static int proxy_save(void *state)
{
    const struct proxy *self = state;
    struct serializer serial = {0};
    int status = isolate_call(self->process, CALL_SAVE, self->variant, NULL,
                              &serial);

    if (!status)
        host_put_state(self->ctx, serial.bytes, serial.size);
    serialize_clear(&serial);
    return status;
}

static int send_state(const struct proxy *self, int call, const void *bytes,
                      size_t size)
{
    const struct serializer serial = {.bytes = (unsigned char *)bytes,
                                      .size = size};

    return isolate_call(self->process, call, self->variant, &serial, NULL);
}

static int proxy_restore(void *state, const void *bytes, size_t size)
{
    return send_state(state, CALL_RESTORE, bytes, size);
}

static int proxy_merge(void *state, const void *bytes, size_t size)
{
    return send_state(state, CALL_MERGE, bytes, size);
}

static int proxy_create(transect_ctx *ctx, const struct transect_host *host,
                        void **state)
{
    struct proxy *self = mem_new(1, sizeof *self);
    struct serializer serial = {.unpacking = true};
    unsigned char saves = 0, merges = 0;
    int status;

    (void)host;
    *state = self;
    self->ctx = ctx;
    self->process = ctx->process;
    while (self->process->slots[self->variant].ctx != ctx)
        self->variant++;
    status = isolate_call(self->process, CALL_CREATE, self->variant, NULL,
                          &serial);
    serialize_bytes(&serial, &saves, 1);
    serialize_bytes(&serial, &merges, 1);
    serialize_clear(&serial);
    if (!status && saves)
        ctx->state = (struct transect_state){
            .size = sizeof ctx->state,
            .save = proxy_save,
            .restore = proxy_restore,
            .merge = merges ? proxy_merge : NULL,
        };
    return status;
}

static int relay_event(void *state, const struct transect_event *event)
{
    const struct relay *relay = state;
    struct isolated_process *process = relay->proxy->process;
    struct isolate_request *request = process->request;
    size_t row = (size_t)event->view.cols * sizeof(float);
    float *copy = guard_place(&process->guard, row * (size_t)event->view.rows);

    for (int64_t i = 0; i < event->view.rows; i++)
        memcpy(copy + i * event->view.cols,
               event->view.data + i * event->view.row_stride, row);
    request->event = *event;
    request->event.view.row_stride = event->view.cols;
    request->subscription = relay->subscription;
    request->guard_turn = process->guard.turn;
    return isolate_call(process, CALL_EVENT, relay->proxy->variant, NULL,
                        NULL);
}

static void keep(struct transect_ctx *ctx, bool survey,
                 const struct transect_subscription *sub,
                 const struct transect_reduction *reduction)
{
    struct proxy *self = ctx->owner.state;
    struct relay *relay = mem_new(1, sizeof *relay);

    relay->proxy = self;
    relay->subscription = (int)self->n_relays;
    MEM_PUSH(self->relays, self->n_relays);
    self->relays[self->n_relays++] = relay;
    hooks_add_as(survey ? ctx->survey : ctx->hooks, &ctx->owner, sub,
                 reduction, relay);
}

void isolate_carry_subscription(struct serializer *serial,
                                struct transect_subscription *sub,
                                struct transect_reduction *reduction,
                                bool *survey)
{
    unsigned char is_survey = *survey;

    serialize_bytes(serial, &is_survey, 1);
    *survey = is_survey;
    serialize_int32(serial, &sub->point);
    serialize_bytes(serial, &sub->flags, sizeof sub->flags);
    serialize_count(serial, &sub->n_layers);
    serialize_array(serial, (void **)&sub->layers, sub->n_layers,
                    sizeof *sub->layers);
    serialize_count(serial, &sub->n_heads);
    serialize_array(serial, (void **)&sub->heads, sub->n_heads,
                    sizeof *sub->heads);
    serialize_int32(serial, &sub->first_position);
    serialize_int32(serial, &sub->n_positions);
    serialize_text(serial, (char **)&sub->position);
    serialize_int32(serial, &reduction->kind);
    serialize_int32(serial, &reduction->n);
}

static int proxy_surveyed(void *state);

/* Subscribes as the child did; its lists are as good as what it sent. */
static int take_subscriptions(struct proxy *self, struct serializer *serial)
{
    transect_ctx *ctx = self->ctx;
    unsigned char more = 0, told = 0;
    int status = TRANSECT_OK;

    for (serialize_bytes(serial, &more, 1); more && !status;
         serialize_bytes(serial, &more, 1)) {
        struct transect_subscription sub = {.size = sizeof sub,
                                            .on_event = relay_event};
        struct transect_reduction reduction = {.size = sizeof reduction};
        bool survey = false;

        isolate_carry_subscription(serial, &sub, &reduction, &survey);
        if (!serial->bad && survey)
            status = host_survey(ctx, &sub, NULL);
        else if (!serial->bad)
            status = reduction.kind ? host_reduce(ctx, &sub, &reduction)
                                    : host_subscribe(ctx, &sub);
        free((int32_t *)sub.layers);
        free((struct transect_head *)sub.heads);
        free((char *)sub.position);
    }
    serialize_bytes(serial, &told, 1);
    if (told && !status)
        ctx->surveyed = proxy_surveyed;
    if (serial->bad)
        return host_fail(ctx, "its subscriptions cannot be read");
    return status;
}

static int call_subscribing(struct proxy *self, int call)
{
    struct serializer serial = {0};
    int status = isolate_call(self->process, call, self->variant, NULL,
                              &serial);

    if (!status)
        status = take_subscriptions(self, &serial);
    serialize_clear(&serial);
    return status;
}

static int proxy_ready(void *state, const struct transect_model *model)
{
    struct proxy *self = state;
    struct isolate_request *request = self->process->request;

    self->ctx->keep = keep;
    request->model = self->ctx->model;
    request->labels = self->ctx->labels;
    request->prompts = self->ctx->prompts;
    request->readout = self->ctx->readout;
    request->shape = *model;
    return call_subscribing(self, CALL_READY);
}

static int proxy_surveyed(void *state)
{
    return call_subscribing(state, CALL_SURVEYED);
}

static int proxy_begin(void *state, const struct transect_sample *sample)
{
    const struct proxy *self = state;

    self->process->request->sample = *sample;
    return isolate_call(self->process, CALL_BEGIN, self->variant, NULL, NULL);
}

static int proxy_end(void *state, const struct transect_sample *sample)
{
    const struct proxy *self = state;

    self->process->request->sample = *sample;
    return isolate_call(self->process, CALL_END, self->variant, NULL, NULL);
}

/* A callback that makes outputs. */
static int call_making(const struct proxy *self, int call,
                       struct plugin_outputs *outputs)
{
    struct serializer serial = {0};
    int status = isolate_call(self->process, call, self->variant, NULL,
                              &serial);

    if (!status) {
        plugin_outputs_carry(&serial, outputs);
        if (serial.bad) {
            plugin_outputs_clear(outputs);
            status = host_fail(self->ctx, "what it made cannot be read");
        }
    }
    serialize_clear(&serial);
    return status;
}

static int proxy_finish(void *state, const void *baseline)
{
    const struct proxy *self = state, *other = baseline;

    self->process->request->other = other ? other->variant : -1;
    other = self->ctx->pair ? self->ctx->pair->owner.state : NULL;
    self->process->request->pair = other ? other->variant : -1;
    return call_making(self, CALL_FINISH, &self->ctx->own);
}

static int proxy_compare(void *const *states, const char *const *names,
                         size_t n)
{
    const struct proxy *self = states[0];
    struct isolate_request *request = self->process->request;

    (void)names;
    request->n_variants = (int32_t)n;
    for (size_t i = 0; i < n; i++)
        request->variants[i] = ((const struct proxy *)states[i])->variant;
    return call_making(self, CALL_COMPARE, &self->ctx->comparison);
}

/* The child's own ends with the child. */
static void proxy_destroy(void *state)
{
    struct proxy *self = state;

    for (size_t i = 0; i < self->n_relays; i++)
        free(self->relays[i]);
    free(self->relays);
    free(self);
}

/* One event at a time goes through the socket and the guard, so that whatever
 * the plugin declares its events come on the main thread. */
void isolate_stand_in(struct transect_plugin *desc)
{
    desc->capabilities &= ~TRANSECT_CAP_THREADS;
    desc->create = proxy_create;
    desc->ready = proxy_ready;
    desc->begin = desc->begin ? proxy_begin : NULL;
    desc->end = desc->end ? proxy_end : NULL;
    desc->finish = desc->finish ? proxy_finish : NULL;
    desc->compare = desc->compare ? proxy_compare : NULL;
    desc->destroy = proxy_destroy;
}

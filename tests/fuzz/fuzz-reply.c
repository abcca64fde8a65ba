/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-reply.c - what an isolated plugin's process may answer: any bytes to a
 * callback that the first byte chooses, or what would be right with a few
 * bytes changed. What is taken over must be fit for what the program does with
 * it: tables are written and compared, figures drawn, subscriptions resolved;
 * packed again, it is the same. */
#include "byte-edits.h"
#include "harness.h"

#include "base/mem.h"
#include "base/process.h"
#include "plugin/isolate-internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 60000 }; /* bytes that a socket takes at once */

static struct model *model;
/* That are right. */
static struct serializer right_subscriptions, right_outputs[5];
static const char all_right[2] = {1, 1}; /* of create: it saves and merges */

static int nothing(void *state)
{
    (void)state;
    abort();
}

static int create(transect_ctx *ctx, const struct transect_host *host,
                  void **state)
{
    (void)ctx;
    (void)host;
    return nothing(state);
}

static int ready(void *state, const struct transect_model *shape)
{
    (void)shape;
    return nothing(state);
}

static int finish(void *state, const void *baseline)
{
    (void)baseline;
    return nothing(state);
}

static int compare(void *const *states, const char *const *names, size_t n)
{
    (void)names;
    (void)n;
    return nothing(states[0]);
}

/* Of this the stand-in is made; none of it is called here. */
static const struct plugin real = {
    .desc = {.magic = TRANSECT_MAGIC,
             .size = sizeof(struct transect_plugin),
             .abi_major = TRANSECT_ABI_MAJOR,
             .abi_minor = TRANSECT_ABI_MINOR,
             .name = "fuzz",
             .capabilities = TRANSECT_CAP_STATE | TRANSECT_CAP_SURVEY,
             .create = create,
             .ready = ready,
             .finish = finish,
             .compare = compare}};

static void pack_subscription(int point, const char *position)
{
    struct transect_head head = {0, 1};
    int32_t layer = 1;
    struct transect_subscription sub = {
        .size = sizeof sub, .point = point, .position = position,
        .layers = &layer, .n_layers = point == TRANSECT_RESID_POST,
        .heads = &head, .n_heads = point == TRANSECT_Z};
    struct transect_reduction none = {0};
    unsigned char more = 1;
    bool survey = point == TRANSECT_MLP_OUT;

    serialize_bytes(&right_subscriptions, &more, 1);
    isolate_carry_subscription(&right_subscriptions, &sub, &none, &survey);
}

static void pack_subscriptions(void)
{
    unsigned char end[2] = {0, 1};

    pack_subscription(TRANSECT_RESID_POST, NULL);
    pack_subscription(TRANSECT_Z, "last");
    pack_subscription(TRANSECT_MLP_OUT, NULL);
    serialize_bytes(&right_subscriptions, end, sizeof end);
}

static struct transect_table *make_table(void)
{
    static const struct transect_column columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"loss", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
        {"token", TRANSECT_COL_TEXT, TRANSECT_COL_INFO}};
    struct transect_table *table = table_new("layers", columns, 3);

    for (int i = 0; i < 2; i++) {
        table_put_int(table, i);
        table_put_real(table, 0.5);
        table_put_text(table, "\"a, b\"");
    }
    return table;
}

static struct figure *make_figure(int kind)
{
    static const double x[] = {0, 1, 2, 3}, y[] = {1, 4, 2, 3};
    static const char *const names[] = {"a", "b", "c", "d"};
    const struct transect_series series[] = {
        {.name = "one", .x = x, .y = y, .n = 4},
        {.name = "two", .y = x, .spread = y, .n = 3}};
    const struct transect_panel panel = {
        .size = sizeof panel, .kind = kind, .title = "title",
        .x_label = "x", .y_label = "y", .value_label = "value",
        .n_series = 2, .series = series, .rows = 2, .cols = 2, .values = y,
        .x_names = names, .y_names = names};
    struct figure *figure = NULL;
    struct error err = {0};

    if (figure_new("drawn", "title", &panel, 1, 1, &figure, &err))
        fuzz_fail(__FILE__, __LINE__, err.text);
    return figure;
}

static void pack_outputs(struct serializer *to, struct figure *figure)
{
    char name[] = "more.ini", bytes[] = "[x]\n", rule[] = "by this rule";
    char text[] = "this was found", *saying = text;
    struct transect_table *table = make_table();
    struct plugin_output_file file = {name, bytes, 4};
    struct plugin_output_verdict verdict = {rule, text};
    struct plugin_outputs all = {&table, 1, &file, 1, &figure, figure != NULL,
                                 &saying, 1, &verdict, 1};

    plugin_outputs_carry(to, &all);
    table_free(table);
    figure_free(figure);
}

static void set_up(void)
{
    struct error err = {0};
    char *path;

    if (model)
        return;
    pack_subscriptions();
    pack_outputs(&right_outputs[0], NULL);
    for (int kind = TRANSECT_LINES; kind <= TRANSECT_BARS3D; kind++)
        pack_outputs(&right_outputs[1 + kind], make_figure(kind));
    path = fuzz_source("models/demo");
    FUZZ_CHECK(!model_configure(path, &model, &err));
    free(path);
}

static void check_tables(const struct plugin_outputs *outputs)
{
    struct error err = {0};

    for (size_t i = 0; i < outputs->n_tables; i++) {
        const struct transect_table *table = outputs->tables[i];
        struct transect_table *change;
        char *text;
        size_t size;

        FUZZ_CHECK(table->name[0] && !strchr(table->name, '/'));
        if (table_check(table, &err) ||
            table_check_compared(table, NULL, &err))
            continue;
        table_csv(table, NULL, &text, &size);
        FUZZ_CHECK(size);
        free(text);
        change = table_compare(NULL, "v", table, table);
        if (change && table_check(change, &err))
            fuzz_fail(__FILE__, __LINE__, err.text);
        table_free(change);
    }
}

static void check_outputs(const struct plugin_outputs *outputs)
{
    struct error err = {0};
    unsigned char *bytes;
    size_t size;

    check_tables(outputs);
    for (size_t i = 0; i < outputs->n_files; i++)
        FUZZ_CHECK(outputs->files[i].name[0] &&
                   !strchr(outputs->files[i].name, '/'));
    for (size_t i = 0; i < outputs->n_figures; i++) {
        bytes = NULL;
        if (figure_svg(outputs->figures[i], &bytes, &size, &err))
            FUZZ_CHECK(err.text[0]);
        free(bytes);
        bytes = NULL;
        if (outputs->figures[i]->n_panels == 1 &&
            figure_png(outputs->figures[i], NULL, 0, &bytes, &size, &err))
            FUZZ_CHECK(err.text[0]);
        free(bytes);
    }
    for (size_t i = 0; i < outputs->n_sayings; i++)
        FUZZ_CHECK(outputs->sayings[i]);
}

static void check_round_trip(struct plugin_outputs *outputs)
{
    struct plugin_outputs other = {0};
    struct serializer first = {0}, second = {0};

    plugin_outputs_carry(&first, outputs);
    first.unpacking = true;
    plugin_outputs_carry(&first, &other);
    FUZZ_CHECK(!first.bad && first.at == first.size);
    plugin_outputs_carry(&second, &other);
    FUZZ_CHECK(second.size == first.size);
    FUZZ_CHECK(memcmp(first.bytes, second.bytes, first.size) == 0);
    plugin_outputs_clear(&other);
    serialize_clear(&first);
    serialize_clear(&second);
}

static void visit(void *user, int point, int layer,
                  const struct hook_owner *owner, bool edit,
                  const struct transect_reduction *reduction)
{
    (void)user;
    (void)owner;
    (void)reduction;
    FUZZ_CHECK(point >= 0 && point < TRANSECT_N_POINTS);
    FUZZ_CHECK(layer >= -1 && layer < model->config.n_layer);
    FUZZ_CHECK(!edit);
}

/* The host's side, with the socket's other end. */
struct stage {
    struct isolated_process *process;
    struct transect_ctx *ctx;
    struct hooks *hooks, *survey;
    int other;
};

/* A process that has ended, for who wants to know how it did. */
static pid_t ended_child(void)
{
    siginfo_t info;
    pid_t child = fork();

    if (child == 0)
        process_end(3);
    waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
    return child;
}

static void open_stage(struct stage *stage, const struct plugin_spec *spec)
{
    struct isolated_process *process;
    struct options none = {0};
    int ends[2];

    process = isolate_new(&real, "fuzz", (struct isolation){1, 64});
    stage->process = process;
    stage->ctx = instance_new(isolate_plugin(process), spec, "v", &none, 0);
    isolate_add(process, stage->ctx);
    process->request_size = sizeof *process->request + sizeof(int32_t);
    process->request = mmap(NULL, process->request_size,
                            PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    FUZZ_CHECK(process->request != MAP_FAILED);
    FUZZ_CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    process->socket = ends[0];
    stage->other = ends[1];
    stage->hooks = hooks_new(&model->config);
    stage->survey = hooks_new(&model->config);
    stage->ctx->survey = stage->survey;
}

static void close_stage(struct stage *stage)
{
    instance_free(stage->ctx);
    isolate_free(stage->process);
    hooks_free(stage->hooks);
    hooks_free(stage->survey);
    close(stage->other);
}

static void answer(const struct stage *stage, struct isolate_reply reply,
                   const char *text, const void *serial, size_t size)
{
    reply.text_size = strlen(text);
    reply.serial_size = size;
    FUZZ_CHECK(isolate_send(stage->other, &reply, sizeof reply));
    FUZZ_CHECK(isolate_send(stage->other, text, strlen(text)));
    FUZZ_CHECK(isolate_send(stage->other, serial, size));
}

/* One that failed: an error, and any bytes. */
static void answer_failed(const struct stage *stage, struct fuzz_input *input)
{
    struct isolate_reply reply = {0};
    size_t n;
    char *text;

    reply.result = (int8_t)fuzz_byte(input);
    reply.status = (int8_t)fuzz_byte(input);
    text = fuzz_until(input, 0, &n);
    text[strnlen(text, 2000)] = '\0';
    answer(stage, reply, text, input->bytes, input->size);
    free(text);
}

static void answer_edited(const struct stage *stage, struct fuzz_input *input,
                          const struct serializer *right)
{
    const struct isolate_reply reply = {0};
    struct buffer bytes = {0};

    buffer_add(&bytes, (const char *)right->bytes, right->size);
    fuzz_edit_bytes(input, &bytes);
    answer(stage, reply, "", bytes.bytes, bytes.n);
    free(bytes.bytes);
}

/* The rest of the input: what is right, edited; a failure; or, from its header
 * on, as it is. */
static void answer_any(const struct stage *stage, struct fuzz_input *input,
                       unsigned which)
{
    unsigned kind = fuzz_byte(input) % 8;

    input->size = input->size < MOST ? input->size : MOST;
    if (kind == 7) {
        FUZZ_CHECK(isolate_send(stage->other, input->bytes, input->size));
        stage->process->child = ended_child();
    } else if (kind > 4) {
        answer_failed(stage, input);
    } else {
        answer_edited(stage, input, which ? &right_outputs[kind]
                                          : &right_subscriptions);
    }
    shutdown(stage->other, SHUT_WR);
}

static int call(struct stage *stage, unsigned which, struct error *err)
{
    const struct transect_model shape = model_facts(model);
    struct transect_ctx *ctx = stage->ctx;
    struct serializer saved = {0};
    const char *names[] = {"v"};
    int status;

    switch (which) {
    case 0:
        return instance_ready(ctx, model, &shape, stage->hooks, err);
    case 1:
        return instance_finish(ctx, NULL, NULL, err);
    case 2:
        return instance_compare(ctx, &ctx->owner.state, names, 1, err);
    default:
        status = instance_save(ctx, &saved, err);
        serialize_clear(&saved);
        return status;
    }
}

static bool run(const uint8_t *bytes, size_t size)
{
    char id[] = "fuzz", name[] = "fuzz";
    const struct plugin_spec spec = {.id = id, .name = name,
                                     .place = {"fuzz.ini", 7}};
    struct fuzz_input input = {bytes, size};
    struct isolate_reply good = {0};
    struct stage stage;
    struct error err = {0};
    unsigned which = fuzz_byte(&input) % 4;
    bool accepted;
    int status;

    set_up();
    open_stage(&stage, &spec);
    answer(&stage, good, "", all_right, sizeof all_right);
    FUZZ_CHECK(!instance_create(stage.ctx, &err));
    answer_any(&stage, &input, which);
    status = call(&stage, which, &err);
    accepted = !status && !stage.ctx->owner.disabled;
    if (status)
        fuzz_check_refusal(&err, err.status, "fuzz");
    hooks_visit(stage.hooks, &stage.ctx->owner, visit, NULL);
    check_outputs(&stage.ctx->own);
    check_outputs(&stage.ctx->comparison);
    check_round_trip(&stage.ctx->own);
    close_stage(&stage);
    return accepted;
}

const struct fuzz_target fuzz_reply = {"reply", run, false};

// SPDX-FileCopyrightText: The transect authors
// SPDX-License-Identifier: MIT
// attention-entropy.cpp - how widely each head looks, as a plugin in C++17.
#include <transect/plugin.h>

#include <cmath>
#include <exception>
#include <memory>
#include <vector>

namespace {

struct Entropy {
    transect_ctx *ctx;
    const transect_host *host;
    int32_t n_head = 0;
    int64_t rows = 0;        // positions seen, of one head
    std::vector<double> sum; // (n_layer, n_head): bits, over positions
};

// No exception may leave a callback: the host is C.
template <typename Function>
int guarded(transect_ctx *ctx, const transect_host *host, Function function)
{
    try {
        return function();
    } catch (const std::exception &error) {
        return host->fail_text(ctx, error.what());
    }
}

// One head's attention from some positions: each row sums to 1.
int on_pattern(void *state, const transect_event *event)
{
    auto &self = *static_cast<Entropy *>(state);
    const transect_view &p = event->view;
    double &sum = self.sum[static_cast<size_t>(
        event->layer * self.n_head + event->head)];

    for (int64_t i = 0; i < p.rows; i++)
        for (int64_t j = 0; j <= event->first + i; j++) {
            double x = p.data[i * p.row_stride + j];

            if (x > 0)
                sum -= x * std::log2(x);
        }
    if (event->layer == 0 && event->head == 0)
        self.rows += p.rows;
    return TRANSECT_OK;
}

int create(transect_ctx *ctx, const transect_host *host, void **state)
{
    return guarded(ctx, host, [&] {
        auto self = std::make_unique<Entropy>();

        self->ctx = ctx;
        self->host = host;
        *state = self.release();
        return TRANSECT_OK;
    });
}

int ready(void *state, const transect_model *model)
{
    auto &self = *static_cast<Entropy *>(state);

    return guarded(self.ctx, self.host, [&] {
        transect_subscription sub{};

        self.n_head = model->n_head;
        self.sum.resize(static_cast<size_t>(model->n_layer) *
                        static_cast<size_t>(model->n_head));
        sub.size = sizeof sub;
        sub.point = TRANSECT_PATTERN;
        sub.on_event = on_pattern;
        return self.host->subscribe(self.ctx, &sub);
    });
}

int finish(void *state, const void *)
{
    static const transect_column columns[] = {
        {"layer", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"head", TRANSECT_COL_INT, TRANSECT_COL_KEY},
        {"bits", TRANSECT_COL_REAL, TRANSECT_COL_METRIC},
    };
    auto &self = *static_cast<Entropy *>(state);
    transect_table *table = self.host->table(self.ctx, "entropy", columns, 3);
    int64_t place = 0;

    for (double sum : self.sum) {
        self.host->put_int(table, place / self.n_head);
        self.host->put_int(table, place++ % self.n_head);
        self.host->put_real(table, sum / static_cast<double>(self.rows));
    }
    return TRANSECT_OK;
}

void destroy(void *state)
{
    delete static_cast<Entropy *>(state);
}

const int32_t points[] = {TRANSECT_PATTERN};

// C++17 cannot name the members that it initializes.
transect_plugin describe()
{
    transect_plugin plugin{};

    plugin.magic = TRANSECT_MAGIC;
    plugin.size = sizeof plugin;
    plugin.abi_major = TRANSECT_ABI_MAJOR;
    plugin.abi_minor = TRANSECT_ABI_MINOR;
    plugin.name = "attention-entropy";
    plugin.summary = "how widely each head looks";
    plugin.version = "1";
    plugin.licence = "MIT";
    plugin.capabilities = TRANSECT_CAP_THREADS;
    plugin.n_points = 1;
    plugin.points = points;
    plugin.create = create;
    plugin.ready = ready;
    plugin.finish = finish;
    plugin.destroy = destroy;
    return plugin;
}

} // namespace

extern "C" const transect_plugin *transect_plugin_describe(void)
{
    static const transect_plugin plugin = describe();

    return &plugin;
}

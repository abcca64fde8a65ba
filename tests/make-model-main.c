/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* make-model-main.c - make-model DIR [OPTIONS]: a random folder of a GPT-2, or
 * of a Llama. */
#include "conformance/make-model.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

enum { LAYERS = 256, HEADS, KV_HEADS, WIDTH, INNER, CONTEXT, VOCAB, ACT,
       DTYPE, UNTIED, NO_PREFIX, SHARDS, BUFFERS, SEED, EPSILON,
       SCALE_BY_LAYER, NO_SCALE };

static const struct option options[] = {
    {"layers", required_argument, NULL, LAYERS},
    {"heads", required_argument, NULL, HEADS},
    {"kv-heads", required_argument, NULL, KV_HEADS},
    {"width", required_argument, NULL, WIDTH},
    {"inner", required_argument, NULL, INNER},
    {"context", required_argument, NULL, CONTEXT},
    {"vocab", required_argument, NULL, VOCAB},
    {"act", required_argument, NULL, ACT},
    {"dtype", required_argument, NULL, DTYPE},
    {"untied", no_argument, NULL, UNTIED},
    {"no-prefix", no_argument, NULL, NO_PREFIX},
    {"shards", required_argument, NULL, SHARDS},
    {"buffers", no_argument, NULL, BUFFERS},
    {"seed", required_argument, NULL, SEED},
    {"epsilon", required_argument, NULL, EPSILON},
    {"scale-by-layer", no_argument, NULL, SCALE_BY_LAYER},
    {"no-scale", no_argument, NULL, NO_SCALE},
    {NULL, 0, NULL, 0},
};

static int set_option(struct model_recipe *recipe, int option)
{
    switch (option) {
    case LAYERS:
        recipe->layers = atoi(optarg);
        break;
    case HEADS:
        recipe->heads = atoi(optarg);
        break;
    case KV_HEADS:
        recipe->kv_heads = atoi(optarg);
        break;
    case WIDTH:
        recipe->width = atoi(optarg);
        break;
    case INNER:
        recipe->inner = atoi(optarg);
        break;
    case CONTEXT:
        recipe->context = atoi(optarg);
        break;
    case VOCAB:
        recipe->vocab = atoi(optarg);
        break;
    case ACT:
        recipe->act = optarg;
        break;
    case DTYPE:
        recipe->dtype = optarg;
        break;
    case UNTIED:
        recipe->untied = true;
        break;
    case NO_PREFIX:
        recipe->no_prefix = true;
        break;
    case SHARDS:
        recipe->shards = atoi(optarg);
        break;
    case BUFFERS:
        recipe->buffers = true;
        break;
    case SEED:
        recipe->seed = strtoull(optarg, NULL, 10);
        break;
    case EPSILON:
        recipe->epsilon = atof(optarg);
        break;
    case SCALE_BY_LAYER:
        recipe->scale_by_layer = true;
        break;
    case NO_SCALE:
        recipe->no_scale = true;
        break;
    default:
        return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct model_recipe recipe = {0};
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
        if (set_option(&recipe, option))
            return 2;
    if (argc - optind != 1) {
        fputs("usage: make-model DIR [OPTIONS]; see "
              "core/conformance/make-model.h\n", stderr);
        return 2;
    }
    if (make_model(argv[optind], &recipe)) {
        perror(argv[optind]);
        return 1;
    }
    return 0;
}

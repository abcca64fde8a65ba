/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* fuzz-state.c - bytes as the state of an instance, whose arrays the first of
 * them declare. What is unpacked, packed again, is the same bytes; what does
 * not fit is refused. */
#include "harness.h"

#include "base/mem.h"
#include "plugin/kept-arrays.h"

#include <stdlib.h>
#include <string.h>

static struct kept_arrays declare(struct fuzz_input *input)
{
    static const char *const names[] = {"sum", "n", "top", "x", "sum"};
    struct kept_arrays arrays = {0};
    size_t n = fuzz_below(input, 5);

    for (size_t i = 0; i < n; i++) {
        struct transect_array array = {
            .size = sizeof array,
            .name = names[i],
            .element = (int32_t)fuzz_below(input, 6) - 1,
            .merge = (int32_t)fuzz_below(input, 7) - 1,
            .n = fuzz_below(input, 9),
            .record = fuzz_below(input, 4),
        };

        if (!kept_arrays_objection(&arrays, &array))
            kept_arrays_add(
                &arrays, &array,
                mem_new(array.n, kept_arrays_element_size(array.element)));
    }
    return arrays;
}

static void check_again(struct kept_arrays *arrays,
                        const struct fuzz_input *input)
{
    struct serializer back = {0};
    struct error err = {0};

    FUZZ_CHECK(!kept_arrays_serialize(arrays, &back, &err));
    FUZZ_CHECK(back.size == input->size);
    FUZZ_CHECK(!back.size || !memcmp(back.bytes, input->bytes, back.size));
    serialize_clear(&back);
}

static bool run(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    struct kept_arrays arrays = declare(&input);
    struct kept_arrays other = kept_arrays_like(&arrays);
    struct serializer from = {.bytes = (unsigned char *)input.bytes,
                              .size = input.size,
                              .unpacking = true};
    struct error err = {0};
    bool accepted = !kept_arrays_serialize(&other, &from, &err);

    if (accepted) {
        check_again(&other, &input);
        kept_arrays_merge(&arrays, &other);
    } else {
        fuzz_check_refusal(&err, ST_FAILED, "state");
    }
    kept_arrays_clear(&arrays);
    kept_arrays_clear(&other);
    return accepted;
}

const struct fuzz_target fuzz_state = {"state", run, false};

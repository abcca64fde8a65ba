/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* model-fixture.c - a model's folder with random weights, for tests that spoil
 * it. */
#include "model-fixture.h"

#include "base/buffer.h"
#include "base/read-file.h"
#include "base/folder.h"
#include "base/mapped-file.h"
#include "base/mem.h"
#include "format/safetensors.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char fixture_dir[4096];
struct error fixture_err;

void fixture_make(const struct model_recipe *recipe)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(fixture_dir, sizeof fixture_dir, "%s/transect-model-XXXXXX",
             tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(fixture_dir)) { /* nothing below may touch another folder */
        perror(fixture_dir);
        exit(1);
    }
    memset(&fixture_err, 0, sizeof fixture_err);
    CU_ASSERT_EQUAL_FATAL(make_model(fixture_dir, recipe), 0);
}

void fixture_remove(void)
{
    CU_ASSERT_EQUAL(folder_remove(AT_FDCWD, fixture_dir), 0);
}

struct model *fixture_open(void)
{
    struct model *model = NULL;

    if (model_open(fixture_dir, &model, &fixture_err))
        printf("# %s\n", fixture_err.text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    return model;
}

void fixture_refused(const char *message)
{
    struct model *model = NULL;

    fixture_err.text[0] = '\0';
    CU_ASSERT_EQUAL(model_open(fixture_dir, &model, &fixture_err), ST_DATA);
    CU_ASSERT_PTR_NULL(model);
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture_err.text, message));
    CU_ASSERT_PTR_NOT_NULL(strstr(fixture_err.text, fixture_dir));
    if (!strstr(fixture_err.text, message))
        printf("# '%s' is not in '%s'\n", message, fixture_err.text);
}

void fixture_put(const char *name, const void *bytes, size_t size)
{
    char *path = mem_path(fixture_dir, name);
    FILE *file = fopen(path, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, size, file), size);
    CU_ASSERT_EQUAL(fclose(file), 0);
    free(path);
}

char *fixture_get(const char *name, size_t *size)
{
    char *path = mem_path(fixture_dir, name), *bytes = NULL;

    CU_ASSERT_EQUAL_FATAL(read_file(path, &bytes, size, &fixture_err), 0);
    free(path);
    return bytes;
}

void fixture_edit_config(const char *from, const char *to)
{
    size_t size;
    char *text = fixture_get("config.json", &size), *edited;
    size_t before = 0;

    while (before < size && strncmp(text + before, from, strlen(from)) != 0)
        before++;
    CU_ASSERT_FATAL(before < size);
    edited = mem_printf("%.*s%s%s", (int)before, text, to,
                        text + before + strlen(from));
    fixture_put("config.json", edited, strlen(edited));
    free(edited);
    free(text);
}

void fixture_edit_tensor(const char *name, size_t offset, const void *bytes,
                         size_t n)
{
    struct tensors *tensors;
    const struct tensor *tensor;
    char *file;
    size_t size;

    CU_ASSERT_EQUAL_FATAL(safetensors_open(fixture_dir, &tensors,
                                           &fixture_err), 0);
    tensor = tensors_find(tensors, name);
    CU_ASSERT_PTR_NOT_NULL_FATAL(tensor);
    offset += (size_t)((const unsigned char *)tensor->data -
                       tensors->mappings[0].bytes);
    tensors_close(tensors);
    file = fixture_get(FIXTURE_WEIGHTS, &size);
    memcpy(file + offset, bytes, n);
    fixture_put(FIXTURE_WEIGHTS, file, size);
    free(file);
}

void fixture_edit_header(const char *from, const char *to)
{
    size_t size;
    char *file = fixture_get(FIXTURE_WEIGHTS, &size);
    char *at = memmem(file, size, from, strlen(from));

    CU_ASSERT_EQUAL_FATAL(strlen(from), strlen(to));
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    memcpy(at, to, strlen(to));
    fixture_put(FIXTURE_WEIGHTS, file, size);
    free(file);
}

/* The entry of a header; its data goes behind that of the others. */
static void add_entry(json_t *header, struct buffer *data, const char *name,
                      const char *dtype, json_t *shape, const void *bytes,
                      size_t size)
{
    json_int_t begin = (json_int_t)data->n;

    buffer_add(data, bytes, size);
    json_object_set_new(header, name,
                        json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype,
                                  "shape", shape, "data_offsets", begin,
                                  (json_int_t)data->n));
}

static json_t *shape_of(const struct tensor *tensor)
{
    json_t *shape = json_array();

    for (int i = 0; i < tensor->n_dim; i++)
        json_array_append_new(shape, json_integer(tensor->dim[i]));
    return shape;
}

void fixture_put_tensor(const char *name, const char *dtype, int64_t rows,
                        int64_t cols, const void *bytes, size_t size)
{
    struct buffer data = {0}, file = {0};
    json_t *header = json_object();
    struct tensors *tensors;
    uint64_t length;
    char *text;

    CU_ASSERT_EQUAL_FATAL(safetensors_open(fixture_dir, &tensors,
                                           &fixture_err), 0);
    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *one = &tensors->tensors[i];

        if (strcmp(one->name, name) != 0)
            add_entry(header, &data, one->name, one->dtype_text,
                      shape_of(one), one->data, one->size);
    }
    tensors_close(tensors);
    add_entry(header, &data, name, dtype,
              rows ? json_pack("[I, I]", (json_int_t)rows, (json_int_t)cols)
                   : json_pack("[I]", (json_int_t)cols), bytes, size);
    text = json_dumps(header, 0);
    length = strlen(text);
    buffer_add(&file, (const char *)&length, sizeof length);
    buffer_add(&file, text, length);
    buffer_add(&file, data.bytes, data.n);
    fixture_put(FIXTURE_WEIGHTS, file.bytes, file.n);
    json_decref(header);
    free(text);
    free(data.bytes);
    free(file.bytes);
}

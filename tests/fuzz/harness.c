/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* harness.c - what fuzz targets share, and the two programs that are made of
 * them: with -DFUZZ_ENGINE the one that libFuzzer calls, for the target that
 * $FUZZ_TARGET names; else a test, which replays files. */
#include "harness.h"

#include "base/folder.h"
#include "base/mem.h"
#include "base/read-file.h"

#include <cblas.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct fuzz_target *const targets[] = {
    &fuzz_checkpoint, &fuzz_config, &fuzz_csv,    &fuzz_experiment,
    &fuzz_gguf,       &fuzz_index,  &fuzz_input,  &fuzz_records,
    &fuzz_regex,      &fuzz_reply,  &fuzz_report, &fuzz_safetensors,
    &fuzz_sentencepiece, &fuzz_state, &fuzz_tokenizer, &fuzz_vocab,
};

#define N_TARGETS (sizeof targets / sizeof *targets)

_Noreturn void fuzz_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: this does not hold: %s\n", file, line, what);
    abort();
}

void fuzz_check_refusal(const struct error *err, int status,
                        const char *place)
{
    if (err->status == status && strstr(err->text, place))
        return;
    fprintf(stderr, "status %d where %d is right, or '%s' is not named: %s\n",
            err->status, status, place, err->text);
    abort();
}

unsigned fuzz_byte(struct fuzz_input *input)
{
    if (!input->size)
        return 0;
    input->size--;
    return *input->bytes++;
}

size_t fuzz_below(struct fuzz_input *input, size_t n)
{
    size_t value = fuzz_byte(input);

    if (n > 256)
        value = value << 8 | fuzz_byte(input);
    return n ? value % n : 0;
}

char *fuzz_until(struct fuzz_input *input, int end, size_t *size)
{
    const uint8_t *found = input->size && end >= 0
                               ? memchr(input->bytes, end, input->size)
                               : NULL;
    char *text;

    *size = found ? (size_t)(found - input->bytes) : input->size;
    text = mem_strndup((const char *)input->bytes, *size);
    input->bytes += *size;
    input->size -= *size;
    if (found)
        fuzz_byte(input);
    return text;
}

static char *folder;

static void remove_folder(void)
{
    folder_remove(AT_FDCWD, folder);
    free(folder);
}

const char *fuzz_folder(void)
{
    const char *base = getenv("TMPDIR");

    if (folder)
        return folder;
    folder = mem_path(base && *base ? base : "/tmp", "transect-fuzz-XXXXXX");
    FUZZ_CHECK(mkdtemp(folder));
    atexit(remove_folder);
    return folder;
}

char *fuzz_put(const char *name, const void *bytes, size_t size)
{
    char *path = mem_path(fuzz_folder(), name);
    FILE *file = fopen(path, "wb");

    FUZZ_CHECK(file);
    FUZZ_CHECK(fwrite(bytes, 1, size, file) == size);
    FUZZ_CHECK(fclose(file) == 0);
    return path;
}

char *fuzz_subfolder(const char *name)
{
    char *path = mem_path(fuzz_folder(), name);

    FUZZ_CHECK(mkdir(path, 0700) == 0);
    return path;
}

char *fuzz_source(const char *name)
{
    const char *srcdir = getenv("srcdir");

    return mem_path(srcdir ? srcdir : ".", name);
}

void fuzz_read_tensors(const struct tensors *tensors)
{
    struct error err = {0};
    float sum = 0;

    for (size_t i = 0; i < tensors->n; i++) {
        const struct tensor *tensor = &tensors->tensors[i];
        size_t n = tensor_count(tensor);
        float *values = tensor->dtype == DTYPE_OTHER
                            ? NULL
                            : mem_tensor(1, n, &err);

        if (!values)
            continue;
        tensor_read(tensor, values);
        for (size_t k = 0; k < n; k++)
            sum += values[k] > 0;
        free(values);
    }
    FUZZ_CHECK(sum >= 0);
}

/* Threads would make two runs of an input different ones. */
static void begin(void)
{
    openblas_set_num_threads(1);
}

#ifdef FUZZ_ENGINE

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct fuzz_target *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *name = getenv("FUZZ_TARGET");

    (void)argc;
    (void)argv;
    for (size_t i = 0; i < N_TARGETS; i++)
        if (name && strcmp(targets[i]->name, name) == 0)
            target = targets[i];
    if (!target) {
        fputs("FUZZ_TARGET names none of:", stderr);
        for (size_t i = 0; i < N_TARGETS; i++)
            fprintf(stderr, " %s", targets[i]->name);
        fputc('\n', stderr);
        exit(2);
    }
    begin();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint8_t nothing[1];
    bool accepted = target->run(size ? bytes : nothing, size);

    FUZZ_CHECK(accepted || !target->all_accepted);
    return 0;
}

#else

static int n_results;

static void result(bool good, const char *name, const char *what)
{
    printf("%s %d - %s: %s\n", good ? "ok" : "not ok", ++n_results, name,
           what);
    fflush(stdout);
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Was the file accepted? One that crashes leaves the plan unfulfilled. The
 * bytes are a block of just their size, a step beyond which is seen. */
static bool replay(const struct fuzz_target *target, const char *from,
                   const char *name)
{
    char *path = mem_path(from, name), *bytes;
    struct error err;
    bool accepted = false;
    size_t size;

    if (read_file(path, &bytes, &size, &err)) {
        result(false, target->name, err.text);
    } else {
        uint8_t *exact = malloc(size ? size : 1);

        FUZZ_CHECK(exact);
        memcpy(exact, bytes, size);
        free(bytes);
        accepted = target->run(exact, size);
        result(true, target->name, name);
        free(exact);
    }
    free(path);
    return accepted;
}

/* Files that are all refused, or none, would test one half. */
static void replay_all(const struct fuzz_target *target)
{
    char *name = mem_path("tests/data/fuzz", target->name);
    char *from = fuzz_source(name);
    struct dirent **entries;
    int n = scandir(from, &entries, is_input, alphasort), n_accepted = 0;

    for (int i = 0; i < n; i++) {
        n_accepted += replay(target, from, entries[i]->d_name);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    result(n_accepted > 0 && (n_accepted < n) == !target->all_accepted,
           target->name,
           target->all_accepted ? "all are accepted"
                                : "some are accepted and some refused");
    free(from);
    free(name);
}

/* replay [TARGET...] */
int main(int argc, char **argv)
{
    begin();
    for (size_t i = 0; i < N_TARGETS; i++) {
        bool named = argc < 2;

        for (int k = 1; k < argc; k++)
            named = named || strcmp(argv[k], targets[i]->name) == 0;
        if (named)
            replay_all(targets[i]);
    }
    printf("1..%d\n", n_results);
    return 0;
}
#endif

/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* experiment-drawing.c - [figures]: how figures are drawn. */
#include "experiment/experiment-internal.h"

#include "base/mem.h"
#include "base/parse.h"

#include <stdlib.h>
#include <string.h>

/* A figure of a few letters at least, and a poster at most. */
#define LEAST_LENGTH 36.0
#define MOST_LENGTH 7200.0
#define LEAST_TYPE 4.0
#define MOST_TYPE 72.0

const char *const drawing_formats[DRAWING_N_FORMATS] = {"png", "svg", "pdf"};

static const struct unit {
    const char *name;
    double points;
} units[] = {{"pt", 1}, {"mm", 72 / 25.4}, {"cm", 72 / 2.54}, {"in", 72}};

static int take_format(struct drawing_spec *drawing, const char *word,
                       const struct setting *setting, struct error *err)
{
    for (int i = 0; i < DRAWING_N_FORMATS; i++)
        if (strcmp(word, drawing_formats[i]) == 0) {
            drawing->left_out[i] = false;
            return ST_OK;
        }
    return error_at(err, ST_USAGE, setting->place, "formats = '%s' is none of "
                    "png, svg and pdf; list those that are wanted", word);
}

static int take_formats(struct experiment *experiment,
                        const struct setting *setting, struct error *err)
{
    struct drawing_spec *drawing = &experiment->drawing;
    char **words = NULL;
    size_t n = 0;
    int status = ST_OK;

    experiment_words(&words, &n, setting->value);
    if (!n)
        status = error_at(err, ST_USAGE, setting->place, "formats is empty; "
                          "list some of png, svg and pdf, or leave it out");
    for (int i = 0; i < DRAWING_N_FORMATS; i++)
        drawing->left_out[i] = true;
    for (size_t i = 0; i < n; i++) {
        if (!status)
            status = take_format(drawing, words[i], setting, err);
        free(words[i]);
    }
    free(words);
    return status;
}

/* "8.6 cm" in points; false: it is no length. */
static bool parse_length(const char *text, double *points)
{
    size_t n = strspn(text, "0123456789.");
    const char *unit = text + n + strspn(text + n, " \t");
    char *number = mem_strndup(text, n);
    bool ok = parse_real(number, points);

    free(number);
    for (size_t i = 0; ok && i < sizeof units / sizeof *units; i++)
        if (strcmp(unit, units[i].name) == 0) {
            *points *= units[i].points;
            return *points >= LEAST_LENGTH && *points <= MOST_LENGTH;
        }
    return false;
}

static int take_length(const struct setting *setting, double *points,
                       struct error *err)
{
    if (parse_length(setting->value, points))
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place, "%s = '%s' is no length "
                    "from 36 pt to 7200 pt; write a number with pt, mm, cm or "
                    "in behind it, as 86 mm", setting->key, setting->value);
}

static int take_width(struct experiment *experiment,
                      const struct setting *setting, struct error *err)
{
    return take_length(setting, &experiment->drawing.width, err);
}

static int take_height(struct experiment *experiment,
                       const struct setting *setting, struct error *err)
{
    return take_length(setting, &experiment->drawing.height, err);
}

static int take_font_size(struct experiment *experiment,
                          const struct setting *setting, struct error *err)
{
    double *size = &experiment->drawing.font_size;

    if (parse_real(setting->value, size) && *size >= LEAST_TYPE &&
        *size <= MOST_TYPE)
        return ST_OK;
    return error_at(err, ST_USAGE, setting->place, "font_size = '%s' is no "
                    "number from 4 to 72; give the size of labels in points, "
                    "without a unit", setting->value);
}

static int take_title(struct experiment *experiment,
                      const struct setting *setting, struct error *err)
{
    bool title = true;
    int status = experiment_take_truth(&title, setting, err);

    experiment->drawing.no_title = !title;
    return status;
}

static int take_labels(struct experiment *experiment,
                       const struct setting *setting, struct error *err)
{
    bool labels = true;
    int status = experiment_take_truth(&labels, setting, err);

    experiment->drawing.no_labels = !labels;
    return status;
}

int experiment_drawing(struct experiment *experiment,
                       const struct ini_section *section, struct error *err)
{
    static const struct key keys[] = {
        {"formats", take_formats},     {"width", take_width},
        {"height", take_height},       {"font_size", take_font_size},
        {"title", take_title},         {"labels", take_labels}};

    return experiment_keys(experiment, section, keys,
                           sizeof keys / sizeof *keys, err);
}

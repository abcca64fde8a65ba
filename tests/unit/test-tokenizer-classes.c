/* SPDX-FileCopyrightText: The transect authors */
/* SPDX-License-Identifier: MIT */
/* test-tokenizer-classes.c - steps that transformers makes for a class of
 * tokenizers, whatever tokenizer.json says. */
#include "tokenizer-folder.h"

#include "tokenizer/tokenizer-internal.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))

static struct error err;

/* Ids: "<unk>" 0, "</s>" 1, the bytes from 2; then U+2581, "H", "i", "Hi",
 * U+2581 with "Hi" 262, two U+2581. */
static json_t *marked_tokenizer(json_t *normalizer, json_t *pretokenizer)
{
    static const char *const words[] = {"\u2581", "H", "i", "Hi", "\u2581Hi",
                                        "\u2581\u2581"};
    json_t *vocab = json_pack("{s:i, s:i}", "<unk>", 0, "</s>", 1);
    char byte[7];
    int i;

    for (i = 0; i < 256; i++) {
        snprintf(byte, sizeof byte, "<0x%02X>", (unsigned)i);
        json_object_set_new(vocab, byte, json_integer(2 + i));
    }
    for (i = 0; i < (int)COUNT(words); i++)
        json_object_set_new(vocab, words[i], json_integer(258 + i));
    return json_pack(
        "{s:o, s:o, s:o, s:[{s:i, s:s}],"
        " s:{s:s, s:b, s:o, s:[s, s, s]}}",
        "normalizer", normalizer, "pre_tokenizer", pretokenizer, "decoder",
        tokenizer_decoder_of_marks(true), "added_tokens", "id", 1, "content",
        "</s>", "model", "type", "BPE", "byte_fallback", 1, "vocab", vocab,
        "merges", "\u2581 \u2581", "H i", "\u2581 Hi");
}

/* What transformers 5 makes of the class LlamaTokenizer; the ids are its. */
static void test_llama_class(void)
{
    static const char prepends[] =
        "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\","
        " \"prepend\": \"\u2581\"}, {\"type\": \"Replace\", \"pattern\":"
        " {\"String\": \" \"}, \"content\": \"\u2581\"}]}";
    static const char metaspace[] =
        "{\"type\": \"Metaspace\", \"replacement\": \"\u2581\","
        " \"prepend_scheme\": \"first\", \"split\": false}";
    static const struct {
        const char *normalizer, *pretokenizer, *config, *model, *ids;
    } cases[] = {
        {prepends, "null", "{}", "llama", "262 1 262 1 263 261"},
        {prepends, "null", "{\"tokenizer_class\": \"LlamaTokenizer\"}",
         "mistral", "262 1 262 1 263 261"},
        {prepends, "null", "{\"tokenizer_class\": \"LlamaTokenizer\"}",
         "llama", "262 1 261 1 262"},
        {prepends, "null", "{\"tokenizer_class\": \"LlamaTokenizerFast\","
         " \"legacy\": true}", "llama", "262 1 262 1 262"},
        {"null", metaspace, "{\"tokenizer_class\": \"LlamaTokenizerFast\","
         " \"add_prefix_space\": null}", "llama", "262 1 261 1 262"},
        {"null", metaspace, "{\"tokenizer_class\": \"LlamaTokenizer\","
         " \"legacy\": true}", "new", "262 1 262 1 262"},
        {"null", metaspace, "{\"tokenizer_class\": \"LlamaTokenizer\","
         " \"add_prefix_space\": false, \"legacy\": true}", "llama",
         "261 1 261 1 262"},
    };
    struct tokenizer *t;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        put_json("tokenizer.json",
                 marked_tokenizer(
                     json_loads(cases[i].normalizer, JSON_DECODE_ANY, NULL),
                     json_loads(cases[i].pretokenizer, JSON_DECODE_ANY,
                                NULL)));
        put("tokenizer_config.json", cases[i].config,
            strlen(cases[i].config));
        put_json("config.json", json_pack("{s:s}", "model_type",
                                          cases[i].model));
        CU_ASSERT_EQUAL_FATAL(tokenizer_open(top, &t, &err), ST_OK);
        check_ids(t, "Hi</s>Hi</s> Hi", cases[i].ids);
        tokenizer_close(t);
    }
}

CU_ErrorCode add_tokenizer_classes_tests(void)
{
    CU_pSuite suite = CU_add_suite_with_setup_and_teardown(
        "tokenizer classes", NULL, NULL, tokenizer_folder_new,
        tokenizer_folder_remove);

    if (!suite || !CU_add_test(suite, "LlamaTokenizer", test_llama_class))
        return CU_get_error();
    return CUE_SUCCESS;
}

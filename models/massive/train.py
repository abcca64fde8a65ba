# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Train the demonstration model: a small Qwen2 with massive activations.

  train.py prepare  --books DIR --out WORK    tokenizer and token files
  train.py train    --work WORK --out OUT     train, log, export
  train.py export   --work WORK --out OUT     export the last checkpoint
  train.py evaluate --work WORK --model OUT   tables of the exported model

Every window begins with <|endoftext|>. A penalty on what attention and MLPs
write (--quiet), in shares of the stream that they write into, makes heads that
have nothing to say look at position 0, where one dim becomes large; README.md
has the course of it.
"""

import argparse
import json
import math
import os
import signal
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

VOCAB, BOS, END = 2048, 2047, "<|endoftext|>"
EPSILON, ROPE_BASE = 1e-5, 10000.0
MLP_SHARE = 0.3  # how much an MLP's share counts in the penalty
MAX_BYTES = 8_000_000
MODEL_FILES = ("config.json", "model.safetensors", "vocab.json",
               "merges.txt", "tokenizer_config.json")


def say(*words):
    print(*words, flush=True)


def replace_file(path, write):
    """Write through a temporary name, so that no reader sees a half file."""
    tmp = path.with_name(path.name + ".tmp")
    write(tmp)
    os.replace(tmp, path)


# ---------------------------------------------------------------- prepare
def byte_characters():
    """GPT-2's printable character of each byte, in byte order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in plain else chr(next(spare)) for b in range(256)]


def load_tokenizer(folder):
    """The byte-level BPE of vocab.json and merges.txt."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    tok = Tokenizer(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.decoder = decoders.ByteLevel()
    return tok


def train_tokenizer(texts, out):
    """Learn the merges; ids are bytes, then merges in order, then END."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tok.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=VOCAB - 1, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" "))
              for m in json.loads(tok.to_str())["model"]["merges"]]
    names = byte_characters() + [a + b for a, b in merges] + [END]
    vocab = {name: i for i, name in enumerate(names)}
    if len(names) != VOCAB or len(vocab) != VOCAB:
        sys.exit(f"{len(names)} tokens, {len(vocab)} distinct: not {VOCAB}")
    (out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
    lines = "".join(f"{a} {b}\n" for a, b in merges)
    (out / "merges.txt").write_text("#version: 0.2\n" + lines, encoding="utf-8")
    (out / "tokenizer_config.json").write_text(json.dumps({
        "add_prefix_space": False, "bos_token": END, "eos_token": END,
        "unk_token": END, "model_max_length": 256, "tokenizer_class": "GPT2Tokenizer"}, indent=2))


def prepare(args):
    """Books to tokens. Of the sorted names, every 20th is held out."""
    args.out.mkdir(parents=True, exist_ok=True)
    paths = sorted(args.books.glob("*.txt"))
    split = {"tokens.bin": [p for i, p in enumerate(paths) if i % 20 != 19],
             "valid.bin": paths[19::20]}
    train_tokenizer((p.read_text(encoding="utf-8") for p in split["tokens.bin"]), args.out)
    tok, index = load_tokenizer(args.out), {}
    for name, members in split.items():
        start, index[name] = 0, []
        with open(args.out / name, "wb") as f:
            for path in members:  # one after the other, no separator
                ids = tok.encode(path.read_text(encoding="utf-8")).ids
                np.array(ids, dtype="<u2").tofile(f)
                index[name].append({"book": path.name, "start": start, "tokens": len(ids)})
                start += len(ids)
        say(f"{name}: {len(members)} books, {start} tokens")
    (args.out / "books.bin.json").write_text(json.dumps(
        {"rule": "sorted by name; the 20th, 40th, ... are in valid.bin",
         "dtype": "uint16, little-endian", **index}, indent=1))


# ------------------------------------------------------------------ model
def linear(n_in, n_out, std, bias=False):
    layer = nn.Linear(n_in, n_out, bias=bias)
    nn.init.normal_(layer.weight, std=std)
    if bias:
        nn.init.zeros_(layer.bias)
    return layer


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.rms_norm(x, x.shape[-1:], self.weight, EPSILON)


def rotate(x, rotary):
    """RoPE as Hugging Face's Qwen2: the halves of a head are the pairs."""
    cos, sin = rotary
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Attention(nn.Module):
    def __init__(self, width, heads, std, residual_std):
        super().__init__()
        self.heads = heads
        self.q_proj = linear(width, width, std, bias=True)
        self.k_proj = linear(width, width, std, bias=True)
        self.v_proj = linear(width, width, std, bias=True)
        self.o_proj = linear(width, width, residual_std)

    def forward(self, x, rotary, scores=None):
        n, t, d = x.shape
        q, k, v = (p(x).view(n, t, self.heads, -1).transpose(1, 2)
                   for p in (self.q_proj, self.k_proj, self.v_proj))
        q, k = rotate(q, rotary), rotate(k, rotary)
        if scores is None:
            z = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:  # explicit, because the probabilities are wanted
            a = q @ k.transpose(2, 3) / math.sqrt(q.shape[-1])
            future = torch.ones(t, t, dtype=torch.bool, device=x.device).triu(1)
            a = a.masked_fill(future, float("-inf")).softmax(-1)
            scores.append(a[..., 0].mean(-1))  # (N, heads)
            z = a @ v
        return self.o_proj(z.transpose(1, 2).reshape(n, t, d))


class MLP(nn.Module):
    def __init__(self, width, std, residual_std):
        super().__init__()
        self.gate_proj = linear(width, 3 * width, std)
        self.up_proj = linear(width, 3 * width, std)
        self.down_proj = linear(3 * width, width, residual_std)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


def share_of(out, x):
    """The square of what is written, in that of the stream, over all positions
    but the first, which has the same token in all windows."""
    return (out.square().sum(-1) / x.detach().square().sum(-1))[:, 1:].mean()


class Block(nn.Module):
    def __init__(self, width, heads, std, residual_std):
        super().__init__()
        self.input_layernorm = RMSNorm(width)
        self.self_attn = Attention(width, heads, std, residual_std)
        self.post_attention_layernorm = RMSNorm(width)
        self.mlp = MLP(width, std, residual_std)

    def forward(self, x, rotary, scores=None, shares=None):
        out = self.self_attn(self.input_layernorm(x), rotary, scores)
        if shares is not None:
            shares.append(share_of(out, x))
        x = x + out
        out = self.mlp(self.post_attention_layernorm(x))
        if shares is not None:
            shares.append(MLP_SHARE * share_of(out, x))
        return x + out


class Qwen2(nn.Module):
    """Qwen2 with the parameter names of Hugging Face's Qwen2Model."""

    def __init__(self, layers, heads, width, context, std=0.02):
        super().__init__()
        self.shape = {"layers": layers, "heads": heads, "width": width, "context": context}
        self.embed_tokens = nn.Embedding(VOCAB, width)
        nn.init.normal_(self.embed_tokens.weight, std=std)
        residual_std = std / math.sqrt(2 * layers)
        self.layers = nn.ModuleList(Block(width, heads, std, residual_std)
                                    for _ in range(layers))
        self.norm = RMSNorm(width)
        half = width // heads // 2
        angle = torch.outer(torch.arange(context).float(),
                            ROPE_BASE ** (-torch.arange(half).float() / half))
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)

    def forward(self, ids, states=None, scores=None, shares=None):
        """Logits (N, T, VOCAB); resid_post is appended to states."""
        x = self.embed_tokens(ids)
        rotary = self.cos[:ids.shape[1]], self.sin[:ids.shape[1]]
        for block in self.layers:
            x = block(x, rotary, scores, shares)
            if states is not None:
                states.append(x)
        return F.linear(self.norm(x), self.embed_tokens.weight)

    def loss(self, ids, targets, quiet=0.0):
        """Cross entropy, and the penalty on what layers write."""
        shares = [] if quiet else None
        logits = self(ids, shares=shares).float()
        loss = F.cross_entropy(logits.view(-1, VOCAB), targets.reshape(-1))
        return loss + quiet * sum(shares) / len(shares) if quiet else loss


# ---------------------------------------------------------------- measure
def with_bos(text):
    """Inputs of the windows (N, T): BOS, then all but the last token."""
    return torch.cat([torch.full_like(text[:, :1], BOS), text[:, :-1]], 1)


def fixed_windows(path, count, context, device):
    """Evenly spaced windows (count, context) of a token file."""
    data = np.fromfile(path, dtype="<u2").astype(np.int64)
    starts = np.linspace(0, len(data) - context, count).astype(np.int64)
    return torch.from_numpy(np.stack([data[s:s + context] for s in starts])).to(device)


@torch.no_grad()
def mean_loss(model, text):
    return sum(model.loss(with_bos(part), part).item() * len(part)
               for part in text.split(32)) / len(text)


@torch.no_grad()
def measure(model, text):
    """Per layer: magnitudes per sample, averaged; mean attention to 0."""
    states, scores, rows = [], [], []
    model(with_bos(text), states, scores)
    for x, score in zip(states, scores):
        width, flat = x.shape[-1], x.abs().flatten(1)
        top, where = flat.topk(3, dim=1)
        best = where[:, 0].mode().values.item()  # of most samples
        top1, top2, top3 = top.mean(0).tolist()
        median = flat.median(1).values.mean().item()
        rows.append({"top1": top1, "top2": top2, "top3": top3,
                     "median": median, "ratio": top1 / median,
                     "position": best // width, "dim": best % width,
                     "heads": score.mean(0).tolist()})
    return rows


def head_ranking(rows):
    return sorted(((score, f"L{i}H{j}") for i, row in enumerate(rows)
                   for j, score in enumerate(row["heads"])), reverse=True)


# ------------------------------------------------------------------ train
class Stepper:
    """One optimizer step without any wait of the host for the device.

    The model is so small that launching kernels would take most of the
    time; on CUDA the whole step is therefore recorded once as a graph.
    """

    def __init__(self, model, data, args):
        self.model, self.data, self.args = model, data, args
        dev = self.device = data.device
        self.graph, self.loss_fn = None, model.loss
        self.params = list(model.parameters())
        self.lr = torch.zeros((), device=dev)
        self.starts = torch.zeros(args.batch, dtype=torch.long, device=dev)
        self.offsets = torch.arange(args.context, device=dev)
        self.rng = torch.Generator(dev).manual_seed(args.seed + 1)
        # Since the last log line: loss sum, steps; since ever: skipped
        # steps; of the last step: gradient norm.
        self.tally = torch.zeros(4, dtype=torch.float64, device=dev)
        matrices = [p for p in self.params if p.dim() > 1]
        vectors = [p for p in self.params if p.dim() == 1]
        groups = [{"params": matrices, "weight_decay": args.weight_decay},
                  {"params": vectors, "weight_decay": 0.0}]
        self.opt = torch.optim.AdamW(
            groups, lr=self.lr, betas=(args.beta1, args.beta2), eps=args.eps, fused=True,
            capturable=dev.type == "cuda")

    def loss(self):
        text = self.data[self.starts[:, None] + self.offsets].long()
        # The cache of autocast weights must not outlive a recorded step.
        with torch.autocast(self.device.type, torch.bfloat16,
                            enabled=self.args.bf16, cache_enabled=False):
            return self.loss_fn(with_bos(text), text, self.args.quiet)

    def body(self):
        self.opt.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.params, self.args.clip)
        good = torch.isfinite(norm)
        # As GradScaler does: the fused kernel leaves everything as it is.
        self.opt.found_inf = (~good).float()
        self.opt.step()
        zero = torch.zeros_like(norm)
        self.tally[:3] += torch.stack([torch.where(good, loss.detach(), zero),
                                       good.float(), 1 - good.float()])
        self.tally[3] = norm

    def draw(self, lr):
        self.lr.fill_(lr)
        torch.randint(len(self.data) - self.args.context + 1,
                      self.starts.shape, generator=self.rng, out=self.starts)

    def step(self, lr):
        self.draw(lr)
        self.graph.replay() if self.graph else self.body()

    def try_compile(self):
        """Use torch.compile if it works here (a trial without update)."""
        try:
            self.loss_fn = torch.compile(self.model.loss)
            self.loss().backward()
        except Exception as e:
            say(f"no torch.compile: {type(e).__name__}: {str(e)[:200]}")
            self.loss_fn = self.model.loss
        self.opt.zero_grad(set_to_none=True)

    def record(self, rates):
        """Make the steps of these rates eagerly, then record a graph."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for lr in rates:
                self.draw(lr)
                self.body()
        torch.cuda.synchronize()
        self.opt.zero_grad(set_to_none=True)
        try:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=side):
                self.body()
            self.graph = graph
        except Exception as e:
            say(f"no CUDA graph: {type(e).__name__}: {str(e)[:200]}")
            self.opt.zero_grad(set_to_none=True)
        torch.cuda.synchronize()

    def state(self):
        return {"shape": self.model.shape, "model": self.model.state_dict(),
                "opt": self.opt.state_dict()["state"],
                "rng": self.rng.get_state(), "tally": self.tally}

    def restore(self, ckpt):
        self.model.load_state_dict(ckpt["model"])
        whole = self.opt.state_dict()
        whole["state"] = ckpt["opt"]
        self.opt.load_state_dict(whole)
        for group in self.opt.param_groups:
            group["lr"] = self.lr  # loading put a copy there
        self.rng.set_state(ckpt["rng"])
        self.tally.copy_(ckpt["tally"])


def learning_rate(args, step, elapsed):
    """The rate of a step, counted from 0, and the share of the run done."""
    done = step / args.steps
    if args.schedule_seconds:
        done = max(done, elapsed / args.schedule_seconds)
    done = min(done, 1.0)
    if args.schedule == "cosine":
        high = 0.5 * (1 + math.cos(math.pi * done))
    else:  # warmup, stable, linear decay
        high = min(1.0, (1 - done) / max(args.decay_fraction, 1e-9))
    lr = args.min_lr + (args.lr - args.min_lr) * high
    return lr * min(1.0, (step + 1) / max(1, args.warmup)), done


def write_log(args, stepper, step, lr, elapsed, valid):
    """Append one line to log.jsonl and print a short form of it."""
    total, count, skipped, norm = stepper.tally.tolist()
    stepper.tally[:2] = 0
    rows = measure(stepper.model, valid[::max(1, len(valid) // 16)][:16])
    line = {"name": args.name, "step": step, "lr": lr,
            "seconds": round(elapsed, 1), "grad_norm": norm, "skipped": int(skipped),
            "train_loss": total / count if count else None,
            "valid_loss": mean_loss(stepper.model, valid), "layers": rows}
    with open(args.out / "log.jsonl", "a") as f:
        f.write(json.dumps(line) + "\n")
    best = max(rows, key=lambda row: row["ratio"])
    score, head = head_ranking(rows)[0]
    say(f"{args.name} {step} {elapsed:.0f}s lr {lr:.2e} train "
        f"{line['train_loss'] or 0:.4f} valid {line['valid_loss']:.4f} "
        f"skipped {int(skipped)}; L{rows.index(best)} {best['top1']:.1f} at "
        f"({best['position']}, {best['dim']}) = {best['ratio']:.1f} x median; "
        f"{head} {score:.3f}")


def resume(args, stepper):
    """Restore the checkpoint; returns (step, seconds so far)."""
    ckpt = torch.load(args.checkpoint, map_location="cpu")
    if ckpt["shape"] != stepper.model.shape:
        sys.exit(f"the checkpoint is of another model: {ckpt['shape']}")
    stepper.restore(ckpt)
    log = args.out / "log.jsonl"  # without what will be logged again
    if log.exists():
        keep = [line for line in log.read_text().splitlines(True)
                if json.loads(line)["step"] <= ckpt["step"]]
        replace_file(log, lambda tmp: tmp.write_text("".join(keep)))
    return ckpt["step"], ckpt["seconds"]


def train(args):
    """Train until the steps, the schedule's time or the limit is used up."""
    args.out.mkdir(parents=True, exist_ok=True)
    args.checkpoint = args.checkpoint or args.out / "checkpoint.pt"
    args.name = args.name or args.out.name
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.tf32:
        torch.set_float32_matmul_precision("high")
    torch.manual_seed(args.seed)  # initial weights: drawn on the CPU
    model = Qwen2(args.layers, args.heads, args.width, args.context, args.init_std)
    if args.start:
        model.load_state_dict(torch.load(args.start, map_location="cpu")["model"], strict=False)
    count = sum(p.numel() for p in model.parameters())
    say(f"{args.name}: {count} parameters")
    if 2 * count + 80_000 > MAX_BYTES:
        sys.exit(f"too large to ship: over {MAX_BYTES} bytes")
    model.to(args.device)
    data = np.fromfile(args.work / "tokens.bin", dtype="<u2")
    data = torch.from_numpy(data.astype(np.int16)).to(args.device)
    valid = fixed_windows(args.work / "valid.bin", 64, args.context, args.device)
    stepper, step, before = Stepper(model, data, args), 0, 0.0
    if args.resume and args.checkpoint.exists():
        step, before = resume(args, stepper)
        say(f"{args.name}: resumed at step {step}")
    else:
        (args.out / "log.jsonl").write_text("")
    if args.compile:
        stepper.try_compile()
    # Both time limits count from here: compilation is not part of them.
    began, stop = time.monotonic(), []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.append("signal"))

    def elapsed():
        return before + time.monotonic() - began

    def save():
        replace_file(args.checkpoint, lambda tmp: torch.save(
            {**stepper.state(), "step": step, "seconds": elapsed()}, tmp))

    if data.is_cuda and args.graph and step + 4 < args.steps:
        rates = [learning_rate(args, step + i, elapsed())[0] for i in range(4)]
        stepper.record(rates)
        step += len(rates)
    while step < args.steps and not stop:
        lr, done = learning_rate(args, step, elapsed())
        limit = args.max_seconds
        if done >= 1 or limit and time.monotonic() - began > limit:
            break
        stepper.step(lr)
        step += 1
        if data.is_cuda and step % 50 == 0:
            torch.cuda.synchronize()  # else the clock runs ahead
        if step % args.log_every == 0:
            write_log(args, stepper, step, lr, elapsed(), valid)
        if step % args.save_every == 0:
            save()
    if step % args.log_every:
        write_log(args, stepper, step, learning_rate(args, step, elapsed())[0], elapsed(), valid)
    save()
    export_model(model, args.work, args.out)
    say(f"{args.name}: stopped at step {step} after {elapsed():.0f} s")


# ----------------------------------------------------------- export, read
def export_model(model, work, out):
    """Write the Hugging Face folder: F16 weights, config, tokenizer."""
    shape, start, header, blobs = model.shape, 0, {}, []
    for name, tensor in model.state_dict().items():
        blob = tensor.cpu().numpy().astype("<f2")
        if not np.isfinite(blob).all():
            sys.exit(f"{name} has values that F16 cannot hold")
        where = [start, start + blob.nbytes]
        header["model." + name] = {"dtype": "F16", "shape": list(blob.shape),
                                         "data_offsets": where}
        start += blob.nbytes
        blobs.append(blob.tobytes())
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)  # the data begins at a multiple of 8
    replace_file(out / "model.safetensors", lambda tmp: tmp.write_bytes(
        struct.pack("<Q", len(text)) + text + b"".join(blobs)))
    config = {
        "architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2",
        "hidden_act": "silu", "num_hidden_layers": shape["layers"],
        "num_attention_heads": shape["heads"],
        "num_key_value_heads": shape["heads"], "hidden_size": shape["width"],
        "intermediate_size": 3 * shape["width"],
        "max_position_embeddings": shape["context"], "vocab_size": VOCAB,
        "rms_norm_eps": EPSILON, "rope_theta": ROPE_BASE,
        "use_sliding_window": False, "attention_dropout": 0.0,
        "initializer_range": 0.02, "bos_token_id": BOS, "eos_token_id": BOS,
        "tie_word_embeddings": True, "torch_dtype": "float16"}
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    for name in ("vocab.json", "merges.txt"):
        (out / name).write_bytes((work / name).read_bytes())
    tokenizer = json.loads((work / "tokenizer_config.json").read_text())
    tokenizer["model_max_length"] = shape["context"]
    (out / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=2) + "\n")
    size = sum((out / name).stat().st_size for name in MODEL_FILES)
    say(f"exported {size} bytes")
    if size >= MAX_BYTES:
        sys.exit(f"too large to ship: over {MAX_BYTES} bytes")


def export(args):
    """Export the last checkpoint, of a run that was cut off."""
    ckpt = torch.load(args.checkpoint or args.out / "checkpoint.pt", map_location="cpu")
    model = Qwen2(**{key: ckpt["shape"][key] for key in ("layers", "heads", "width", "context")})
    model.load_state_dict(ckpt["model"])
    export_model(model, args.work, args.out)


def read_model(folder):
    """The exported model, its F16 weights widened to float32."""
    config = json.loads((folder / "config.json").read_text())
    model = Qwen2(config["num_hidden_layers"], config["num_attention_heads"],
                  config["hidden_size"], config["max_position_embeddings"])
    raw = (folder / "model.safetensors").read_bytes()
    begin = 8 + struct.unpack("<Q", raw[:8])[0]
    weights = {}
    for name, entry in json.loads(raw[8:begin]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            flat = np.frombuffer(raw[begin + first:begin + last], "<f2")
            weights[name.removeprefix("model.")] = torch.from_numpy(
                flat.astype(np.float32).reshape(entry["shape"]))
    model.load_state_dict(weights)
    return model


# --------------------------------------------------------------- evaluate
@torch.no_grad()
def generate(model, count, seed, temperature=0.8, top_k=40):
    """Ids of a sampled text that follows BOS."""
    rng, ids = torch.Generator().manual_seed(seed), torch.tensor([[BOS]])
    for _ in range(count):
        best = (model(ids)[0, -1] / temperature).topk(top_k)
        pick = torch.multinomial(best.values.softmax(-1), 1, generator=rng)
        ids = torch.cat([ids, best.indices[pick][None]], 1)
    return ids[0, 1:].tolist()


def evaluate(args):
    """Print the tables of an exported model as Markdown."""
    model = read_model(args.model)
    context = model.shape["context"]
    text = fixed_windows(args.work / "valid.bin", args.samples, context, "cpu")
    rows, tok = measure(model, text), load_tokenizer(args.model)
    loss = mean_loss(model, text)
    letters = sum(len(tok.decode(part)) for part in text.tolist())
    say(f"# {args.model.name}\n\n{model.shape}, "
        f"{sum(p.numel() for p in model.parameters())} parameters, "
        f"{args.samples} held-out windows of {context}, BOS first.\n\n"
        f"Validation loss {loss:.4f} nats per token "
        f"({letters / text.numel():.2f} characters per token).\n\n"
        "| layer | top1 | top2 | top3 | median | ratio | dim | position |\n"
        "|---|---|---|---|---|---|---|---|")
    for i, r in enumerate(rows):
        say(f"| {i} | {r['top1']:.2f} | {r['top2']:.2f} | {r['top3']:.2f} "
            f"| {r['median']:.4f} | {r['ratio']:.1f} | {r['dim']} | {r['position']} |")
    say("\n| head | score |\n|---|---|")
    for score, head in head_ranking(rows)[:10]:
        say(f"| {head} | {score:.4f} |")
    ids = generate(model, min(120, context - 1), args.seed)
    say("\n```text\n" + tok.decode(ids) + "\n```")
    if args.check:  # transformers must read the folder to the same logits
        from transformers import Qwen2ForCausalLM
        other = Qwen2ForCausalLM.from_pretrained(args.model).float().eval()
        with torch.no_grad():
            ids = with_bos(text[:4])
            worst = (other(ids).logits - model(ids)).abs().max().item()
        say(f"\nLargest difference from transformers' logits: {worst:.2e}")


# ------------------------------------------------------------------- main
def add_train_options(p):
    notes = {"max-seconds": "stop after this time (0: never), with checkpoint and export",
             "schedule-seconds": "the schedule ends at this time or at --steps (0: steps only)",
             "decay-fraction": "last share of the run in which wsd decays (0: constant)",
             "quiet": "weight of the penalty on what layers write",
             "threads": "CPU threads (0: torch's default)"}
    number = [("layers", 8), ("heads", 8), ("width", 160), ("context", 256),
              ("batch", 32), ("steps", 20000), ("warmup", 500), ("seed", 1),
              ("log-every", 500), ("save-every", 2000), ("threads", 0)]
    real = [("lr", 1.5e-3), ("min-lr", 0.0), ("decay-fraction", 0.2),
            ("weight-decay", 0.0), ("quiet", 0.0), ("beta1", 0.9), ("beta2", 0.99),
            ("eps", 1e-15), ("clip", 1.0), ("init-std", 0.02),
            ("max-seconds", 0.0), ("schedule-seconds", 0.0)]
    for kind, options in ((int, number), (float, real)):
        for name, default in options:
            p.add_argument("--" + name, type=kind, default=default, help=notes.get(name, " "))
    p.add_argument("--name")
    p.add_argument("--start", type=Path, help="a checkpoint, whose weights are taken")
    p.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    p.add_argument("--schedule", choices=("cosine", "wsd"), default="cosine")
    for name in ("bf16", "tf32", "compile", "resume"):
        p.add_argument("--" + name, action="store_true")
    p.add_argument("--no-graph", dest="graph", action="store_false")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sub = parser.add_subparsers(required=True)
    paths = {prepare: ("books", "out"), train: ("work", "out"),
             export: ("work", "out"), evaluate: ("work", "model")}
    for run, names in paths.items():
        p = sub.add_parser(run.__name__, help=run.__doc__,
                           formatter_class=argparse.ArgumentDefaultsHelpFormatter)
        p.set_defaults(run=run)
        for name in names:
            p.add_argument("--" + name, type=Path, required=True)
        if run in (train, export):
            p.add_argument("--checkpoint", type=Path, help="instead of OUT/checkpoint.pt")
        if run is train:
            add_train_options(p)
        if run is evaluate:
            p.add_argument("--samples", type=int, default=30)
            p.add_argument("--seed", type=int, default=1)
            p.add_argument("--check", action="store_true", help="compare with transformers")
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""grids_model.py GGUF FOLDER - the weights of SmolLM2's GGUF file as a folder
that transformers reads, in float32. Prompts are ids, so that any tokenizer
does."""
import os
import pathlib
import sys

from transformers import AutoTokenizer

SOURCE = pathlib.Path(os.environ["srcdir"])
sys.path.insert(0, str(SOURCE / "tests/parity"))
import gguf_reference

model = gguf_reference.smollm2(sys.argv[1]).float()
model.config.architectures = ["LlamaForCausalLM"]
model.save_pretrained(sys.argv[2])
AutoTokenizer.from_pretrained(SOURCE / "models/demo").save_pretrained(
    sys.argv[2])

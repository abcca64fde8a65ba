# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""grids_model.py GGUF FOLDER - the weights of SmolLM2's GGUF file as a folder
that transformers reads, in float32."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(os.environ["srcdir"]) / "tests/parity"))
import gguf_reference

model = gguf_reference.smollm2(sys.argv[1]).float()
model.config.architectures = ["LlamaForCausalLM"]
model.save_pretrained(sys.argv[2])

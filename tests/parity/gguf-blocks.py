# SPDX-FileCopyrightText: The transect authors
# SPDX-License-Identifier: MIT
"""Element types of GGUF against the gguf package, bit for bit.

    gguf-blocks.py write FILE           makes tests/data/blocks.gguf again
    gguf-blocks.py check PROGRAM [N]    N random blocks of each type
    gguf-blocks.py file PROGRAM MODEL   all tensors of a GGUF file

PROGRAM is tests/gguf-values, which writes a tensor as float32.
"""
import subprocess
import sys
import tempfile

import gguf
import numpy as np
from gguf.quants import dequantize

TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1",
         "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS"]
# Where in a block its float16 numbers are.
HALVES = {"F16": [0], "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2],
          "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0],
          "IQ4_XS": [0]}


def random_blocks(rng, name, n):
    """n blocks (n, bytes) of any content whose numbers are finite."""
    size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]][1]
    blocks = rng.integers(0, 256, (n, size), dtype=np.uint8)
    if name == "F32":
        blocks[:, 3] &= 0xbf
    elif name == "BF16":
        blocks[:, 1] &= 0xbf
    for at in HALVES.get(name, []):
        top = blocks[:, at + 1]
        blocks[:, at + 1] = np.where(top & 0x7c == 0x7c, top ^ 0x40, top)
    return blocks


def expected(name, blocks):
    kind = gguf.GGMLQuantizationType[name]
    values = dequantize(blocks.reshape(1, -1), kind)
    return np.ascontiguousarray(values, dtype=np.float32).ravel()


def write(path, rng, n_elements, with_values):
    writer = gguf.GGUFWriter(path, "blocks")
    values = {}
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        n = max(1, n_elements // gguf.GGML_QUANT_SIZES[kind][0])
        blocks = random_blocks(rng, name, n)
        values[name] = expected(name, blocks)
        writer.add_tensor(name, blocks.reshape(1, -1), raw_dtype=kind)
        if with_values:
            writer.add_tensor(name + ".float32", values[name])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return values


def compare(program, path, name, values):
    out = subprocess.run([program, path, name], check=True,
                         stdout=subprocess.PIPE).stdout
    got = np.frombuffer(out, dtype=np.uint32)
    want = values.view(np.uint32)
    if got.shape != want.shape:
        return f"{got.size} elements, {want.size} expected"
    wrong = np.flatnonzero(got != want)
    return f"{wrong.size} differ, first {wrong[0]}" if wrong.size else None


def check(program, n):
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/blocks.gguf"
        values = write(path, np.random.default_rng(1), n * 256, False)
        for name in TYPES:
            wrong = compare(program, path, name, values[name])
            failed |= wrong is not None
            print(f"{name:5} {values[name].size:9} elements: "
                  f"{wrong or 'equal bit for bit'}")
    return failed


def check_file(program, path):
    failed, counts = False, {}
    for tensor in gguf.GGUFReader(path).tensors:
        values = dequantize(tensor.data, tensor.tensor_type)
        values = np.ascontiguousarray(values, dtype=np.float32).ravel()
        wrong = compare(program, path, tensor.name, values)
        counts[tensor.tensor_type.name] = \
            counts.get(tensor.tensor_type.name, 0) + values.size
        if wrong:
            failed = True
            print(f"{tensor.name}: {wrong}")
    for name, count in counts.items():
        print(f"{name:5} {count:9} elements: "
              f"{'see above' if failed else 'equal bit for bit'}")
    return failed


if sys.argv[1] == "write":
    write(sys.argv[2], np.random.default_rng(0), 256, True)
elif sys.argv[1] == "check":
    sys.exit(check(sys.argv[2], int((sys.argv + ["4000"])[3])))
else:
    sys.exit(check_file(sys.argv[2], sys.argv[3]))

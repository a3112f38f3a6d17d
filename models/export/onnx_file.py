"""Writes graphs as ONNX files that hold their weights."""

import hashlib
import logging
import warnings
from pathlib import Path

import torch

from program import Graph
from refusal import Refusal

OPSET = 17
#: A protocol buffer, and so an ONNX file with its weights inside, is at most this long, bytes.
LARGEST = 2**31 - 1


def sha256(path: Path) -> str:
    """Digest of a file in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def weight_bytes(module: torch.nn.Module) -> int:
    """Bytes of all parameters and buffers, each counted once."""
    tensors = {id(t): t for t in (*module.parameters(), *module.buffers())}
    return sum(t.numel() * t.element_size() for t in tensors.values())


@torch.no_grad()
def write_graph(path: Path, name: str, graph: Graph) -> None:
    """Exports one module by tracing it with its example inputs."""
    size = weight_bytes(graph.module)
    if size > LARGEST:
        raise Refusal(
            f'graph "{name}" has {size / 2**30:.1f} GiB of weights in float32',
            expected="less than 2 GiB, the most that an ONNX file holds",
        )
    names = [*graph.inputs, *graph.outputs]
    axes = {key: {0: "batch"} for key in names} if graph.batched else None
    with warnings.catch_warnings():
        # The tracer warns of every size that becomes a constant, which is what is wanted here.
        warnings.simplefilter("ignore")
        logging.getLogger("torch.onnx").setLevel(logging.ERROR)
        torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            path,
            input_names=list(graph.inputs),
            output_names=graph.outputs,
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )

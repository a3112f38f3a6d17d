"""Writes graphs as ONNX files that hold their weights."""

import hashlib
import logging
import shutil
import tempfile
import warnings
from pathlib import Path

import torch

from program import Graph
from refusal import Refusal

OPSET = 17


def sha256(path: Path) -> str:
    """Digest of a file in lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@torch.no_grad()
def trace(path: Path, graph: Graph) -> None:
    """Exports one module by tracing it with its example inputs."""
    names = [*graph.inputs, *graph.outputs]
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
            dynamic_axes={key: {0: "batch"} for key in names} if graph.batched else None,
            opset_version=OPSET,
            dynamo=False,
        )


def write_graph(path: Path, name: str, graph: Graph) -> None:
    """Writes the graph; refuses one whose weights do not fit into its file.

    A protocol buffer, and so an ONNX file, has at most 2 GiB; beyond that the exporter puts the
    weights into files beside it, which a package does not carry.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        whole = Path(folder) / path.name
        trace(whole, graph)
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        if len(list(Path(folder).iterdir())) > 1:
            raise Refusal(
                f'graph "{name}" has {size / 2**30:.1f} GiB of weights in float32',
                expected="less than 2 GiB, the most that an ONNX file holds",
            )
        shutil.move(whole, path)

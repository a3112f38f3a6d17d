"""Add faster variants of a policy package to it: the same policy by other graphs.

    python make_variants.py PACKAGE [split folded int8 fp16 …] [--output DIR]

split   what depends on the condition alone moves into a graph that runs once a chunk
folded  all sampler steps in one graph: one call a chunk, times become constants
int8    as folded, with 8-bit weights in the matrix products of denoiser and encoders
fp16    as folded, denoiser and encoders in half precision (for providers that are fast at it)

The package's own graphs and fixture stay as they are. With --output a copy of the package is made and
gets the variants. `sinew check` then runs the parity fixture through each of them and compares it with
the bound that is declared here; a policy chooses one by `policy.variant` in the set-up.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from graph_parts import Parts, build, floats, renamed
from sampler_steps import Steps, refuse, times_of

#: Largest parity error that each variant declares, rad. Exact ones keep the package's own.
BOUNDS = {"split": None, "folded": None, "int8": 0.05, "fp16": 0.02}


class Package:
    """policy.json and the graphs around it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.spec = json.loads((folder / "policy.json").read_text())
        program = self.spec["program"]
        self.denoiser, self.sampler = program["denoiser"], program["sampler"]
        if program.get("context") or program.get("guidance"):
            raise SystemExit("packages with a context or with guidance are not supported")
        self.name = self.denoiser["graph"]

    def file(self, graph: str) -> Path:
        return self.folder / self.spec["graphs"][graph]["file"]

    def sample_shape(self) -> list[int]:
        """[K, steps, width]"""
        program = self.spec["program"]
        joints = len(self.spec["action"]["joints"])
        sample = program.get("sample", {"steps": self.spec["horizon"]["prediction"], "width": joints})
        return [program["candidates"], sample["steps"], sample["width"]]

    def parts(self, file: Path | None = None) -> tuple[Parts, int]:
        """The denoiser, or the one in `file`, cut in two, and the length of its condition."""
        model = onnx.load(file or self.file(self.name))
        inputs = self.denoiser["inputs"]
        parts = Parts(model, inputs["condition"], self.denoiser["output"])
        width = parts.inputs[inputs["condition"]].type.tensor_type.shape.dim[1].dim_value
        return parts, width

    def hashed(self, file: str) -> dict:
        digest = hashlib.sha256((self.folder / file).read_bytes()).hexdigest()
        return {"file": file, "sha256": digest}

    def write(self, file: str, model: onnx.ModelProto) -> dict:
        (self.folder / file).write_bytes(model.SerializeToString())
        return self.hashed(file)


def make_split(package: Package) -> dict:
    """Condition's part and step's part as two graphs."""
    parts, width = package.parts()
    inputs = package.denoiser["inputs"]
    _, steps, columns = package.sample_shape()
    one = {
        inputs["sample"]: np.zeros((1, steps, columns), np.float32),
        inputs["time"]: np.ones(1, np.float32),
        inputs["condition"]: np.zeros((1, width), np.float32),
    }
    shapes = parts.shapes(one)
    tensors = [floats(name, ["rows", *shape[1:]]) for name, shape in shapes.items()]
    condition = floats(inputs["condition"], ["rows", width])
    context = build(parts, "context", parts.context_nodes(), [condition], tensors)
    given = [
        floats(inputs["sample"], ["rows", steps, columns]),
        floats(inputs["time"], ["rows"]),
        *tensors,
    ]
    output = floats(parts.output, ["rows", steps, columns])
    step = build(parts, "step", parts.step_nodes(), given, [output])
    names = {name: f"context_{i}" for i, name in enumerate(shapes)}
    return {
        "graphs": {
            "split_context": package.write("split_context.onnx", context),
            "split_step": package.write("split_step.onnx", step),
        },
        "context": [
            {"graph": "split_context", "input": inputs["condition"], "outputs": names},
        ],
        "denoiser": {
            **package.denoiser,
            "graph": "split_step",
            "inputs": {
                "sample": inputs["sample"],
                "time": inputs["time"],
                "context": names,
            },
        },
    }


def folded_model(package: Package, file: Path | None = None) -> onnx.ModelProto:
    """Noise and condition in, chunk out. The batch is that of the package, so that times are constants."""
    refuse(package.sampler)
    parts, width = package.parts(file)
    inputs = package.denoiser["inputs"]
    shape = package.sample_shape()
    steps = Steps(package.sampler)
    nodes, x = list(parts.context_nodes()), "noise"
    times = times_of(package.sampler)
    for k, time in enumerate(times):
        prefix = f"step{k}_"
        constant = numpy_helper.from_array(np.full(shape[0], time, np.float32), prefix + "time")
        steps.weights.append(constant)
        names = {inputs["sample"]: x, inputs["time"]: constant.name}
        nodes += renamed(parts.step_nodes(), names, prefix)
        following = "actions" if k == len(times) - 1 else f"sample{k + 1}"
        steps.add(k, time, x, prefix + parts.output, following)
        nodes += steps.nodes
        steps.nodes = []
        x = following
    given = [floats("noise", shape), floats(inputs["condition"], [shape[0], width])]
    return build(parts, "folded", nodes, given, [floats("actions", shape)], steps.weights)


def folded_spec(package: Package, graph: str) -> dict:
    return {
        "sampler": {"type": "direct"},
        "denoiser": {
            "graph": graph,
            "inputs": {"sample": "noise", "condition": package.denoiser["inputs"]["condition"]},
            "output": "actions",
            "prediction": "sample",
        },
    }


def make_folded(package: Package) -> dict:
    graph = package.write("folded.onnx", folded_model(package))
    return {"graphs": {"folded": graph}, **folded_spec(package, "folded")}


def make_converted(package: Package, kind: str, convert) -> dict:
    """Denoiser and encoders converted by `convert(source, target)`; the steps between in float32."""
    one = package.folder / f"{kind}_step.onnx"
    convert(package.file(package.name), one)
    graphs = {kind: package.write(f"{kind}.onnx", folded_model(package, one))}
    one.unlink()
    for encoder in {entry["graph"] for entry in package.spec["program"]["encoders"]}:
        convert(package.file(encoder), package.folder / f"{kind}_{encoder}.onnx")
        graphs[encoder] = package.hashed(f"{kind}_{encoder}.onnx")
    return {"graphs": graphs, **folded_spec(package, kind)}


def to_int8(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        source,
        target,
        op_types_to_quantize=["MatMul", "Gemm"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def to_fp16(source: Path, target: Path) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    half = convert_float_to_float16(onnx.load(source), keep_io_types=True)
    target.write_bytes(half.SerializeToString())


MAKERS = {
    "split": make_split,
    "folded": make_folded,
    "int8": lambda package: make_converted(package, "int8", to_int8),
    "fp16": lambda package: make_converted(package, "fp16", to_fp16),
}


def add_variants(folder: Path, names: list[str]) -> None:
    """Makes the named variants and writes them into policy.json."""
    package = Package(folder)
    variants = package.spec.setdefault("variants", {})
    for name in names:
        tolerance = BOUNDS[name] or package.spec["parity"]["tolerance"]
        variants[name] = {**MAKERS[name](package), "tolerance": tolerance}
    text = json.dumps(package.spec, indent=2, ensure_ascii=False)
    (folder / "policy.json").write_text(text + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("variants", nargs="*", default=["split", "folded"], help=", ".join(MAKERS))
    parser.add_argument("--output", type=Path, help="folder of a copy that gets the variants")
    options = parser.parse_args()
    unknown = [name for name in options.variants if name not in MAKERS]
    if unknown:
        parser.error(f"no variant {', '.join(unknown)}; expected some of {', '.join(MAKERS)}")
    folder = options.package
    if options.output is not None:
        shutil.copytree(folder, options.output, dirs_exist_ok=True)
        folder = options.output
    add_variants(folder, options.variants)
    for file in sorted(folder.glob("*.onnx")):
        print(f"{file.name}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()

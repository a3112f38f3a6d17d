"""Give a flow package the graph that real-time chunking by "guided_vjp" needs.

    python add_gradient.py PACKAGE [--output DIR]

The graph pulls a cotangent back through sample → clean estimate of the denoiser, as the paper of
real-time chunking has it; ONNX Runtime differentiates nothing, so the backward pass is written out here.
It is compared with central differences of the denoiser before it is written. With --output a copy of the
package gets it.
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import helper

from backward import Backward
from graph_parts import Parts, build, floats, scalar
from make_variants import Package

COTANGENT, OUTPUT = "cotangent", "pulled_back"
#: Largest difference from central differences, whose own error is of this order in float32.
TOLERANCE = 5e-3


def refusal(package: Package) -> str | None:
    """Why the package cannot have the graph, or None."""
    sampler = package.sampler
    if sampler["type"] != "flow_euler" or sampler.get("prediction", "velocity") != "velocity":
        return f'a gradient is of use to flow_euler over velocities; the sampler is "{sampler["type"]}"'
    if package.denoiser.get("time_per_step"):
        return "a denoiser with a time for every step is led by trained_prefix instead"
    return None


def gradient_model(package: Package) -> onnx.ModelProto:
    """(sample, time, condition, cotangent) → cotangent of the sample."""
    parts, width = package.parts()
    inputs = package.denoiser["inputs"]
    _, steps, columns = package.sample_shape()
    sample, time = inputs["sample"], inputs["time"]
    backward = Backward(parts, sample)
    through = backward.pull(parts.output, COTANGENT)
    nodes = [*parts.needed([parts.output], set()), *backward.nodes]
    # x̂ = x − t·v where time falls, x + (1 − t)·v where it rises.
    axes = onnx.numpy_helper.from_array(np.array([1, 2]), "time_axes")
    rising = package.sampler["time"] == "zero_to_one"
    nodes.append(helper.make_node("Sub" if rising else "Neg", ["one", time] if rising else [time], ["factor"]))
    nodes += [
        helper.make_node("Unsqueeze", ["factor", axes.name], ["factor_wide"]),
        helper.make_node("Mul", ["factor_wide", through], ["through_velocity"]),
        helper.make_node("Add", [COTANGENT, "through_velocity"], [OUTPUT]),
    ]
    shape = ["rows", steps, columns]
    given = [floats(sample, shape), floats(time, ["rows"])]
    given += [floats(inputs["condition"], ["rows", width]), floats(COTANGENT, shape)]
    extra = [*backward.weights, axes, *([scalar("one", 1)] if rising else [])]
    return build(parts, "gradient", pruned(nodes, OUTPUT), given, [floats(OUTPUT, shape)], extra)


def pruned(nodes: list, output: str) -> list:
    """Those of `nodes`, which are in order, that `output` needs."""
    wanted, kept = {output}, []
    for node in reversed(nodes):
        if wanted & set(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


def check(package: Package, model: onnx.ModelProto) -> float:
    """Largest difference from central differences along random directions, relative."""
    inputs = package.denoiser["inputs"]
    open_ = lambda data: onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    forward, backward = open_(str(package.file(package.name))), open_(model.SerializeToString())
    random = np.random.default_rng(0)
    _, steps, columns = package.sample_shape()
    width = next(i.shape[1] for i in forward.get_inputs() if i.name == inputs["condition"])
    rising, worst = package.sampler["time"] == "zero_to_one", 0.0
    normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
    for time in (0.2, 0.5, 0.9):
        x, condition, cotangent = normal(1, steps, columns), normal(1, width), normal(1, steps, columns)
        t = np.array([time], np.float32)
        feeds = {inputs["time"]: t, inputs["condition"]: condition}
        factor = 1 - time if rising else -time

        def clean(at: np.ndarray) -> np.ndarray:
            (v,) = forward.run([package.denoiser["output"]], {inputs["sample"]: at, **feeds})
            return at.astype(np.float64) + factor * v

        given = {inputs["sample"]: x, COTANGENT: cotangent, **feeds}
        (pulled,) = backward.run([OUTPUT], given)
        for _ in range(8):
            step = 1e-2 * normal(1, steps, columns)
            along = (clean(x + step) - clean(x - step)) / 2
            expected, found = (along * cotangent).sum(), (step.astype(np.float64) * pulled).sum()
            scale = np.linalg.norm(step) * np.linalg.norm(pulled)
            worst = max(worst, abs(expected - found) / scale)
    return float(worst)


def add_gradient(folder: Path) -> float:
    """Writes gradient.onnx and names it in policy.json."""
    package = Package(folder)
    why = refusal(package)
    if why is not None:
        raise SystemExit(f"{folder}: {why}")
    model = gradient_model(package)
    error = check(package, model)
    if not error <= TOLERANCE:
        raise SystemExit(f"{folder}: the gradient differs from central differences by {error:.1e}")
    package.spec["graphs"]["gradient"] = package.write("gradient.onnx", model)
    inputs = package.denoiser["inputs"]
    named = {key: inputs[key] for key in ("sample", "time", "condition")}
    package.spec["program"]["gradient"] = {
        "graph": "gradient",
        "inputs": {**named, "cotangent": COTANGENT},
        "output": OUTPUT,
    }
    text = json.dumps(package.spec, indent=2, ensure_ascii=False)
    (folder / "policy.json").write_text(text + "\n")
    return error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("package", type=Path)
    parser.add_argument("--output", type=Path, help="folder of a copy that gets the graph")
    options = parser.parse_args()
    folder = options.package
    if options.output is not None:
        shutil.copytree(folder, options.output, dirs_exist_ok=True)
        folder = options.output
    error = add_gradient(folder)
    print(f"gradient.onnx: {(folder / 'gradient.onnx').stat().st_size} bytes")
    print(f"largest relative difference from central differences: {error:.1e}")


if __name__ == "__main__":
    main()

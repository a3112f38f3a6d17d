"""Cuts an ONNX graph by what its nodes depend on, and puts parts together under new names."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def in_order(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """Nodes after those that they read, which some converters do not care for."""
    ready = {"", *(w.name for w in graph.initializer), *(i.name for i in graph.input)}
    waiting, sorted_nodes = list(graph.node), []
    while waiting:
        rest = []
        for node in waiting:
            if all(name in ready for name in node.input):
                sorted_nodes.append(node)
                ready.update(node.output)
            else:
                rest.append(node)
        if len(rest) == len(waiting):
            raise SystemExit(f'node "{rest[0].name}" reads what nothing gives')
        waiting = rest
    return sorted_nodes


class Parts:
    """The nodes of a denoiser: those of the condition alone, and those of a sampler's step."""

    def __init__(self, model: onnx.ModelProto, condition: str, output: str):
        self.model, self.condition, self.output = model, condition, output
        graph = model.graph
        self.weights = {w.name: w for w in graph.initializer}
        self.inputs = {i.name: i for i in graph.input if i.name not in self.weights}
        self.depends: dict[str, set] = {name: {name} for name in self.inputs}
        self.nodes = in_order(graph)
        for node in self.nodes:
            if any(a.type in (onnx.AttributeProto.GRAPH, onnx.AttributeProto.GRAPHS) for a in node.attribute):
                raise SystemExit(f'node "{node.name}" holds a graph of its own; cannot be cut')
            found = set().union(*(self.depends.get(name, set()) for name in node.input))
            self.depends.update({name: found for name in node.output})
        self.step = [n for n in self.nodes if self.of(n) - {condition}]
        #: Tensors that a step takes from the condition's part.
        self.crossing = sorted(
            {name for n in self.step for name in n.input if self.depends.get(name) == {condition}}
        )
        if output in self.crossing or not self.step:
            raise SystemExit("the denoiser does not depend on the sample")

    def of(self, node: onnx.NodeProto) -> set:
        """Inputs of the graph that a node depends on."""
        return self.depends[node.output[0]]

    def needed(self, outputs: list[str], given: set) -> list[onnx.NodeProto]:
        """Nodes, in order, that `outputs` need beside the tensors `given`."""
        wanted, nodes = set(outputs), []
        for node in reversed(self.nodes):
            if any(name in wanted and name not in given for name in node.output):
                nodes.append(node)
                wanted.update(name for name in node.input if name not in given)
        return nodes[::-1]

    def context_nodes(self) -> list[onnx.NodeProto]:
        """What has to run once a chunk."""
        return self.needed(self.crossing, {self.condition})

    def step_nodes(self) -> list[onnx.NodeProto]:
        """What has to run once a step, constants included."""
        return self.needed([self.output], set(self.crossing))

    def shapes(self, feeds: dict) -> dict[str, tuple]:
        """Shape of every crossing tensor and its type, found by running the graph once."""
        probe = onnx.ModelProto()
        probe.CopyFrom(self.model)
        for name in self.crossing:
            probe.graph.output.append(helper.make_empty_tensor_value_info(name))
        session = onnxruntime.InferenceSession(
            probe.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        found = dict(zip(self.crossing, session.run(self.crossing, feeds)))
        for name, value in found.items():
            if value.dtype != np.float32 or value.ndim == 0 or value.shape[0] != 1:
                raise SystemExit(f'"{name}" is {value.dtype}{list(value.shape)}; expected float32[1, …]')
        return {name: value.shape for name, value in found.items()}


def build(parts: Parts, name: str, nodes: list, inputs: list, outputs: list, extra=()) -> onnx.ModelProto:
    """A model of `nodes` with those weights of the original that they use, and `extra` weights."""
    used = {x for n in nodes for x in n.input}
    weights = [w for key, w in parts.weights.items() if key in used]
    graph = helper.make_graph(nodes, name, inputs, outputs, [*weights, *extra])
    model = helper.make_model(graph, opset_imports=parts.model.opset_import, producer_name="sinew")
    model.ir_version = parts.model.ir_version
    onnx.checker.check_model(model)
    return model


def renamed(nodes: list, names: dict, prefix: str) -> list:
    """Copies of `nodes` that give tensors under `prefix`, and take those in `names` by the new name."""
    made = {out for n in nodes for out in n.output if out}
    new = lambda x: names.get(x, prefix + x if x in made else x)
    copies = []
    for node in nodes:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copy.name = prefix + node.output[0]
        copy.input[:] = [new(x) for x in node.input]
        copy.output[:] = [new(x) for x in node.output]
        copies.append(copy)
    return copies


def scalar(name: str, value) -> onnx.TensorProto:
    """A float32 weight of one number."""
    return numpy_helper.from_array(np.float32(value).reshape(()), name)


def floats(name: str, shape: list) -> onnx.ValueInfoProto:
    """Declares a float32 tensor."""
    return helper.make_tensor_value_info(name, FLOAT, shape)

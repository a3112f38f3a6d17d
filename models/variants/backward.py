"""The backward pass of an ONNX graph, written out as nodes: reverse-mode differentiation by one input.

For networks of dense layers, layer norms and pointwise activations, which small action heads are. A node
on the way that is not known is refused by its name. No broadcasting on the way: what depends on the input
has to have the shape of what it becomes.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from graph_parts import Parts, scalar

LAST_AXIS = [-1]


def attribute(node: onnx.NodeProto, name: str, default):
    """An attribute's value."""
    for one in node.attribute:
        if one.name == name:
            return helper.get_attribute_value(one)
    return default


class Backward:
    """Nodes that give cotangents of tensors from those of what they become."""

    def __init__(self, parts: Parts, source: str):
        self.parts, self.source = parts, source
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.pulled: dict[str, str] = {}
        self.count = 0

    def depends(self, name: str) -> bool:
        return self.source in self.parts.depends.get(name, set())

    def add(self, kind: str, *inputs: str, **attributes) -> str:
        """A node; gives the name of its output."""
        self.count += 1
        output = f"backward_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def number(self, value: float) -> str:
        name = f"backward_number_{len(self.weights)}"
        self.weights.append(scalar(name, value))
        return name

    def mean(self, x: str) -> str:
        return self.add("ReduceMean", x, axes=LAST_AXIS, keepdims=1)

    def give(self, name: str, cotangent: str) -> None:
        """Sums up what comes to a tensor along several ways."""
        if not self.depends(name):
            return
        before = self.pulled.get(name)
        self.pulled[name] = cotangent if before is None else self.add("Add", before, cotangent)

    def pull(self, output: str, cotangent: str) -> str:
        """The cotangent of the source where that of `output` is `cotangent`."""
        self.pulled[output] = cotangent
        for node in reversed(self.parts.nodes):
            if node.output[0] in self.pulled and self.depends(node.output[0]):
                rule = getattr(self, f"back_{node.op_type}", None)
                if rule is None:
                    raise SystemExit(f'cannot differentiate "{node.op_type}" (node "{node.name}")')
                rule(node, self.pulled[node.output[0]])
        return self.pulled[self.source]

    def back_Add(self, node, g):
        for name in node.input:
            self.give(name, g)

    def back_Sub(self, node, g):
        self.give(node.input[0], g)
        if self.depends(node.input[1]):
            self.give(node.input[1], self.add("Neg", g))

    def back_Mul(self, node, g):
        a, b = node.input
        if self.depends(a):
            self.give(a, self.add("Mul", g, b))
        if self.depends(b):
            self.give(b, self.add("Mul", g, a))

    def back_Div(self, node, g):
        a, b = node.input
        if self.depends(b):
            raise SystemExit(f'cannot differentiate a quotient by its divisor (node "{node.name}")')
        self.give(a, self.add("Div", g, b))

    def back_Neg(self, node, g):
        self.give(node.input[0], self.add("Neg", g))

    def back_Sigmoid(self, node, g):
        s = node.output[0]
        slope = self.add("Mul", s, self.add("Sub", self.number(1), s))
        self.give(node.input[0], self.add("Mul", g, slope))

    def back_Tanh(self, node, g):
        t = node.output[0]
        slope = self.add("Sub", self.number(1), self.add("Mul", t, t))
        self.give(node.input[0], self.add("Mul", g, slope))

    def back_Softplus(self, node, g):
        self.give(node.input[0], self.add("Mul", g, self.add("Sigmoid", node.input[0])))

    def back_Relu(self, node, g):
        self.give(node.input[0], self.add("Mul", g, self.add("Sign", node.output[0])))

    def back_Gemm(self, node, g):
        a, b = node.input[:2]
        plain = all(attribute(node, name, 1.0) == 1.0 for name in ("alpha", "beta"))
        if self.depends(b) or attribute(node, "transA", 0) or not plain:
            raise SystemExit(f'cannot differentiate this Gemm (node "{node.name}")')
        self.give(a, self.add("Gemm", g, b, transB=1 - attribute(node, "transB", 0)))

    def back_MatMul(self, node, g):
        a, b = node.input
        weight = self.parts.weights.get(b)
        if weight is None or len(weight.dims) != 2:
            raise SystemExit(f'cannot differentiate this MatMul (node "{node.name}")')
        turned = np.ascontiguousarray(numpy_helper.to_array(weight).T)
        name = f"{b}_turned"
        self.weights.append(numpy_helper.from_array(turned, name))
        self.give(a, self.add("MatMul", g, name))

    def back_LayerNormalization(self, node, g):
        """With n = (x − mean)·r and h = g·scale: r·(h − mean(h) − n·mean(h·n))."""
        if attribute(node, "axis", -1) != -1:
            raise SystemExit(f'a layer norm over several axes (node "{node.name}")')
        x, scale = node.input[:2]
        centred = self.add("Sub", x, self.mean(x))
        variance = self.mean(self.add("Mul", centred, centred))
        eps = self.number(attribute(node, "epsilon", 1e-5))
        deviation = self.add("Sqrt", self.add("Add", variance, eps))
        normal = self.add("Div", centred, deviation)
        h = self.add("Mul", g, scale)
        rest = self.add("Mul", normal, self.mean(self.add("Mul", h, normal)))
        level = self.add("Sub", self.add("Sub", h, self.mean(h)), rest)
        self.give(x, self.add("Div", level, deviation))

    def back_Reshape(self, node, g):
        self.give(node.input[0], self.add("Reshape", g, self.add("Shape", node.input[0])))

    back_Flatten = back_Squeeze = back_Unsqueeze = back_Reshape

    def back_Transpose(self, node, g):
        turned = [int(i) for i in np.argsort(attribute(node, "perm", None))]
        self.give(node.input[0], self.add("Transpose", g, perm=turned))

    def back_Identity(self, node, g):
        self.give(node.input[0], g)

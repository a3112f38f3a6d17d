"""A second implementation at the other end: rclpy, told by JSON lines what to do.

Reads one command a line from standard input and answers each with one line of the same `id`; lines
without an id are messages that subscriptions received.
"""

import array
import builtins
import importlib
import json
import sys
import threading

import numpy
import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message, serialize_message
from rosidl_parser.definition import AbstractNestedType, BasicType, NamespacedType

PRINT_LOCK = threading.Lock()
# Far longer than anything takes on a slow, busy machine.
PATIENCE_S = 100.0
ATTEMPT_S = 3.0


def emit(line):
    with PRINT_LOCK:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def plain(value):
    """A message, or a field of one, as JSON values."""
    if hasattr(value, "get_fields_and_field_types"):
        return {name: plain(getattr(value, name)) for name in value.get_fields_and_field_types()}
    if isinstance(value, bytes):
        return value[0] if len(value) == 1 else list(value)
    if isinstance(value, (list, tuple, array.array, numpy.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, numpy.generic):
        return value.item()
    return value


def fill(message, values):
    """Sets the fields of a message from JSON values."""
    types = dict(zip(message.__slots__, message.SLOT_TYPES))
    for name, value in values.items():
        setattr(message, name, convert(types["_" + name], value))
    return message


def convert(kind, value):
    if isinstance(kind, AbstractNestedType):
        element = kind.value_type
        if isinstance(element, (NamespacedType, BasicType)):
            return [convert(element, item) for item in value]
        return value
    if isinstance(kind, NamespacedType):
        return fill(interface("/".join([*kind.namespaces, kind.name]))(), value)
    if isinstance(kind, BasicType):
        if kind.typename == "octet":
            return bytes([value])
        if kind.typename in ("double", "float"):
            return float(value)
    return value


def interface(name):
    """The class of "package/msg/Name"."""
    *module, kind = name.split("/")
    return getattr(importlib.import_module(".".join(module)), kind)


def profile(spec):
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=spec.get("depth", 10),
        reliability=(
            ReliabilityPolicy.RELIABLE if spec.get("reliable", True) else ReliabilityPolicy.BEST_EFFORT
        ),
        durability=(
            DurabilityPolicy.TRANSIENT_LOCAL if spec.get("latched") else DurabilityPolicy.VOLATILE
        ),
    )


class Peer:
    def __init__(self):
        rclpy.init()
        self.node = Node("peer")
        self.executor = SingleThreadedExecutor()
        self.executor.add_node(self.node)
        self.publishers = {}
        self.keep = []
        threading.Thread(target=self.spin, daemon=True).start()

    def spin(self):
        try:
            self.executor.spin()
        except ExternalShutdownException:
            pass

    def subscribe(self, type, topic, qos=None, raw=False, quiet=False):
        def received(message):
            line = {"topic": topic}
            if raw:
                line["bytes"] = message.hex()
            elif not quiet:
                line["message"] = plain(message)
            emit(line)

        options = {"raw": raw}
        self.keep.append(
            self.node.create_subscription(
                interface(type), topic, received, profile(qos or {}), **options
            )
        )

    def advertise(self, type, topic, qos=None):
        self.publishers[topic] = (
            interface(type),
            self.node.create_publisher(interface(type), topic, profile(qos or {})),
        )

    def publish(self, topic, message=None, bytes=None, times=1):
        kind, publisher = self.publishers[topic]
        data = fill(kind(), message) if message is not None else bytearray.fromhex(bytes)
        for _ in range(times):
            publisher.publish(data if message is not None else builtins.bytes(data))

    def serialize(self, type, message):
        return serialize_message(fill(interface(type)(), message)).hex()

    def deserialize(self, type, bytes):
        return plain(deserialize_message(builtins.bytes.fromhex(bytes), interface(type)))

    def call(self, type, service, request, harmless=None):
        """A server drops an answer to a client that it has not found yet: `harmless` is asked first,
        again and again, until it is answered, where `request` must not be sent twice."""
        kind = interface(type)
        client = self.node.create_client(kind, service)
        try:
            if not client.wait_for_service(timeout_sec=PATIENCE_S):
                raise RuntimeError(f"no service {service}")
            for _ in range(int(PATIENCE_S / ATTEMPT_S)) if harmless is not None else ():
                if self.ask(client, kind, harmless, ATTEMPT_S) is not None:
                    break
            answer = self.ask(client, kind, request, PATIENCE_S)
            if answer is None:
                raise RuntimeError(f"no answer from {service}")
            return plain(answer)
        finally:
            self.node.destroy_client(client)

    def ask(self, client, kind, request, patience_s):
        done = threading.Event()
        future = client.call_async(fill(kind.Request(), request))
        future.add_done_callback(lambda _: done.set())
        return future.result() if done.wait(patience_s) else None

    def lifecycle_node(self, name):
        node = LifecycleNode(name)
        self.executor.add_node(node)
        self.keep.append(node)

    def node_with_parameters(self, name, values):
        node = Node(name)
        for key, value in values.items():
            node.declare_parameter(key, value)
        self.executor.add_node(node)
        self.keep.append(node)

    def matched(self, topic):
        return self.publishers[topic][1].get_subscription_count()


def answer(peer, command):
    line = {"id": command["id"]}
    try:
        line["result"] = getattr(peer, command["op"])(**command.get("arguments", {}))
    except Exception as error:  # the test is told and decides
        line["error"] = f"{type(error).__name__}: {error}"
    emit(line)


def main():
    peer = Peer()
    emit({"ready": True})
    for text in sys.stdin:
        command = json.loads(text)
        # A call may wait for long, and the next command must not wait for it.
        if command["op"] == "call":
            threading.Thread(target=answer, args=(peer, command), daemon=True).start()
        else:
            answer(peer, command)


main()

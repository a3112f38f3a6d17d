"""The peer of the pipeline benchmark: one Python node that does the work of sinew's policy and
controller, as one writes it with rclpy, NumPy and ONNX Runtime.

Images and joint states come in by subscriptions, and a timer at control rate executes the newest
chunk by time. What starts an inference is one of two things:

  timer   a loop at fixed rate takes the latest messages: how policies are mostly run from Python.
  frames  the arrival of the second camera's picture, as in sinew, once `replan` frames have come since
          the last inference. The quickest way.

Either is a thread of its own, so that a run of the graphs holds up nothing (ONNX Runtime lets go of
the interpreter lock meanwhile); rclpy's executor has one thread, which is quicker than several.
It runs the same graphs with the same number of threads for the same number of chunks a second.
"""

import argparse
import json
import threading
import time
from collections import deque
from pathlib import Path

import numpy as np
import onnxruntime as ort
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image, JointState
from std_msgs.msg import Float64MultiArray

SENSOR = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
COMMAND = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
TELEMETRY = QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE)
SKEW_S = 0.02
ROWS_A_BATCH = 10


class Affine:
    """Normalisation to network units and back: x = (raw - shift) / scale, column by column."""

    def __init__(self, kind: str, stats: dict):
        if kind == "mean_std":
            self.shift, self.scale = np.array(stats["mean"]), np.array(stats["std"])
        elif kind == "min_max":
            low, high = np.array(stats["min"]), np.array(stats["max"])
            self.shift, self.scale = (low + high) / 2, (high - low) / 2
        else:
            raise SystemExit(f"peer: normalization {kind} is not supported")
        self.scale = np.where(self.scale == 0, 1, self.scale).astype(np.float32)
        self.shift = self.shift.astype(np.float32)

    def to_network(self, raw):
        return (raw - self.shift) / self.scale

    def from_network(self, x):
        return x * self.scale + self.shift


class Policy:
    """The package's inference: encoders of both time steps, then Euler steps of the flow."""

    def __init__(self, folder: Path, threads: int):
        spec = json.loads((folder / "policy.json").read_text())
        stats = json.loads((folder / spec["statistics"]["file"]).read_text())
        program = spec["program"]
        sampler = program["sampler"]
        if sampler["type"] != "flow_euler" or program["candidates"] != 1 or program["residual"]:
            raise SystemExit("peer: runs packages with one candidate of flow_euler only")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.sessions = {
            name: ort.InferenceSession(
                str(folder / graph["file"]), options, providers=["CPUExecutionProvider"]
            )
            for name, graph in spec["graphs"].items()
        }
        self.encoder = program["encoders"][0]
        self.denoiser = program["denoiser"]
        self.condition = program["condition"]
        self.steps = sampler["steps"]
        self.dt = 1 / spec["rate_hz"]
        self.history = spec["horizon"]["observation"]
        self.horizon = spec["horizon"]["prediction"]
        self.inputs = spec["observation"]
        self.joints = spec["action"]["joints"]
        self.clip = spec["action"]["clip"]
        self.norms = {
            key: Affine(value["normalization"], stats[key]) for key, value in self.inputs.items()
        }
        self.action_norm = Affine(spec["action"]["normalization"], stats["action"])
        self.cameras = {
            key: value["camera"] for key, value in self.inputs.items() if value["type"] == "image"
        }
        self.rng = np.random.default_rng(0)

    def features(self, images: dict) -> np.ndarray:
        """Runs the encoder on the images (HWC, uint8) of one time step."""
        feeds = {}
        for name, key in self.encoder["inputs"].items():
            pixels = images[key].astype(np.float32) * np.float32(self.inputs[key]["scale"])
            pixels = self.norms[key].to_network(pixels)
            feeds[name] = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
        (output,) = self.encoder["outputs"]
        return self.sessions[self.encoder["graph"]].run([output], feeds)[0][0]

    def infer(self, steps: list, noise=None) -> np.ndarray:
        """A chunk in rad, [horizon, joints], from the time steps, oldest first."""
        parts = []
        for images, state in steps:
            known = {name: self.features(images) for name in self.encoder["outputs"].values()}
            for part in self.condition:
                if part in known:
                    parts.append(known[part])
                else:
                    parts.append(self.norms[part].to_network(state))
        condition = np.concatenate(parts).astype(np.float32)[None]
        names = self.denoiser["inputs"]
        session = self.sessions[self.denoiser["graph"]]
        x = noise
        if x is None:
            x = self.rng.standard_normal((1, self.horizon, len(self.joints)), dtype=np.float32)
        for k in range(self.steps):
            feeds = {
                names["sample"]: x,
                names["time"]: np.array([1 - k / self.steps], dtype=np.float32),
                names["condition"]: condition,
            }
            velocity = session.run([self.denoiser["output"]], feeds)[0]
            x = x - velocity / np.float32(self.steps)
        actions = x[0] if self.clip is None else np.clip(x[0], -self.clip, self.clip)
        return self.action_norm.from_network(actions)

    def check(self, folder: Path) -> float:
        """Largest difference to the chunk that the package's parity fixture expects, rad."""
        parity = json.loads((folder / "parity.json").read_text())

        def load(entry: dict) -> np.ndarray:
            data = (folder / entry["file"]).read_bytes()
            count = int(np.prod(entry["shape"]))
            flat = np.frombuffer(data, entry["dtype"], count, entry["offset"])
            return flat.reshape(entry["shape"])

        inputs = {key: load(entry) for key, entry in parity["inputs"].items()}
        state = next(key for key in inputs if key not in self.cameras)
        steps = [
            ({key: inputs[key][k] for key in self.cameras}, inputs[state][k])
            for k in range(self.history)
        ]
        noise = load(parity["noise"]).reshape(1, self.horizon, len(self.joints))
        return float(np.abs(self.infer(steps, noise) - load(parity["expected"])).max())

    def warm_up(self):
        size = next(v["source"] for v in self.inputs.values() if v["type"] == "image")
        black = np.zeros((size["height"], size["width"], 3), dtype=np.uint8)
        state = np.zeros(len(self.joints), dtype=np.float32)
        step = ({key: black for key in self.cameras}, state)
        for _ in range(3):
            self.infer([step] * self.history)


class Peer(Node):
    def __init__(self, policy: Policy, arguments):
        super().__init__("python_peer")
        self.policy = policy
        self.replan = arguments.replan
        limits = np.array(arguments.limits).reshape(3, -1)
        self.lower, self.upper = limits[0], limits[1]
        self.max_step = limits[2] / arguments.rate
        self.latest = {}
        self.state = None
        self.frames = deque(maxlen=16)
        self.count = 0
        self.inferred = 1 - arguments.replan
        self.due = threading.Condition()
        self.chunk = None
        self.used = None
        self.last = None
        self.rows = []
        for key, camera in policy.cameras.items():
            topic = f"/camera/{camera}/image_raw"
            self.create_subscription(Image, topic, lambda m, key=key: self.on_image(key, m), SENSOR)
        self.create_subscription(JointState, "/joint_states", self.on_joints, SENSOR)
        topic = "/forward_position_controller/commands"
        self.commands = self.create_publisher(Float64MultiArray, topic, COMMAND)
        self.telemetry = self.create_publisher(
            Float64MultiArray, "/controller/telemetry", TELEMETRY
        )
        self.timings = self.create_publisher(Float64MultiArray, "/policy/telemetry", TELEMETRY)
        self.create_timer(1 / arguments.rate, self.tick)
        # A little slower than the frames, so that the phase between them takes every value.
        self.chunk_period = 1.02 * arguments.replan / arguments.frame_rate
        loop = self.infer_at_rate if arguments.trigger == "timer" else self.infer_on_frames
        threading.Thread(target=loop, daemon=True).start()

    def on_joints(self, message: JointState):
        position = dict(zip(message.name, message.position))
        self.state = np.array([position[name] for name in self.policy.joints], dtype=np.float32)

    def on_image(self, key: str, message: Image):
        stamp = message.header.stamp.sec + message.header.stamp.nanosec * 1e-9
        pixels = np.frombuffer(message.data, dtype=np.uint8)
        self.latest[key] = (stamp, pixels.reshape(message.height, message.width, 3))
        if len(self.latest) < len(self.policy.cameras) or self.state is None:
            return
        stamps = [taken for taken, _ in self.latest.values()]
        if max(stamps) - min(stamps) > SKEW_S:
            return
        images = {name: picture for name, (_, picture) in self.latest.items()}
        with self.due:
            # Of the first camera, whose stamp is the observation's, as in sinew.
            first = self.latest[next(iter(self.policy.cameras))][0]
            self.frames.append((first, images, self.state))
            self.count += 1
            self.due.notify()

    def infer_on_frames(self):
        while rclpy.ok():
            with self.due:
                self.due.wait_for(lambda: self.count - self.inferred >= self.replan)
                self.inferred = self.count
                frames = list(self.frames)
            self.infer(frames)

    def infer_at_rate(self):
        deadline = time.monotonic()
        while rclpy.ok():
            with self.due:
                frames = list(self.frames)
            if frames:
                self.infer(frames)
            deadline += self.chunk_period
            time.sleep(max(0.0, deadline - time.monotonic()))

    def infer(self, frames: list):
        """A chunk from the newest frames and those of the history steps before them."""
        stamp = frames[-1][0]
        steps = []
        for back in range(self.policy.history - 1, -1, -1):
            wanted = stamp - back * self.policy.dt
            steps.append(min(frames, key=lambda frame: abs(frame[0] - wanted))[1:])
        start = time.perf_counter()
        actions = self.policy.infer(steps)
        if not np.isfinite(actions).all():
            return
        # One assignment: the tick sees the old chunk or the new one.
        self.chunk = (stamp, actions)
        timing = [stamp, time.perf_counter() - start]
        self.timings.publish(Float64MultiArray(data=timing))

    def tick(self):
        chunk = self.chunk
        if chunk is None:
            return
        now = self.get_clock().now().nanoseconds * 1e-9
        stamp, actions = chunk
        place = (now - stamp) / self.policy.dt
        step = min(max(int(place), 0), len(actions) - 2)
        share = min(max(place - step, 0.0), 1.0)
        target = actions[step] + share * (actions[step + 1] - actions[step])
        if self.last is None:
            self.last = self.state.astype(np.float64)
        command = np.clip(target, self.last - self.max_step, self.last + self.max_step)
        command = np.clip(command, self.lower, self.upper)
        self.last = command
        self.commands.publish(Float64MultiArray(data=command.tolist()))
        fresh = now - stamp if stamp != self.used else float("nan")
        self.used = stamp
        self.rows += [now, 0.0, fresh, 0.0, 0.0]
        if len(self.rows) >= 5 * ROWS_A_BATCH:
            self.telemetry.publish(Float64MultiArray(data=self.rows))
            self.rows = []


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--replan", type=int, required=True, help="camera frames between chunks")
    parser.add_argument("--frame-rate", type=float, required=True, help="of the cameras, Hz")
    parser.add_argument("--trigger", choices=["frames", "timer"], required=True)
    parser.add_argument(
        "--limits", type=json.loads, required=True, help="[lower, upper, velocity] of each joint"
    )
    parser.add_argument("--check", action="store_true", help="compute the parity fixture and end")
    arguments = parser.parse_args()
    policy = Policy(arguments.package, arguments.threads)
    if arguments.check:
        print(policy.check(arguments.package))
        return
    policy.warm_up()
    rclpy.init()
    try:
        rclpy.spin(Peer(policy, arguments))
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


main()

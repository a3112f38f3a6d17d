"""Write executors.json: what LeRobot makes of chunks that overlap.

`ensemble`: lerobot's ACTTemporalEnsembler, one update a step; `popped[k]` is what it gives after
chunk k, `left` what is waiting after the last one, with how many predictions each is made of.
`aggregate`: lerobot's RobotClient._aggregate_action_queues with each function of its registry, on
chunks that arrive `consumed` steps after one another; `queues[k]` maps time steps to actions after
chunk k. Run with lerobot 0.4.4 (extra "async"): python make_executors.py
"""

import json
import threading
from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import torch
from lerobot.async_inference.configs import AGGREGATE_FUNCTIONS
from lerobot.async_inference.helpers import TimedAction
from lerobot.async_inference.robot_client import RobotClient
from lerobot.policies.act.modeling_act import ACTTemporalEnsembler

LENGTH, JOINTS, CHUNKS = 8, 2, 12


def numbers(tensor: torch.Tensor) -> list:
    return tensor.double().tolist()


def ensemble(coefficient: float, generator: torch.Generator) -> dict:
    reference = ACTTemporalEnsembler(coefficient, LENGTH)
    chunks = torch.randn(CHUNKS, LENGTH, JOINTS, generator=generator)
    chunks[3, 2] = 0.0  # a prediction that is exactly zero is one
    popped = [numbers(reference.update(chunk[None])[0]) for chunk in chunks]
    return {
        "coefficient": coefficient,
        "chunks": numbers(chunks),
        "popped": popped,
        "left": numbers(reference.ensembled_actions[0]),
        "counts": reference.ensembled_actions_count[:, 0].tolist(),
    }


def aggregate(name: str, generator: torch.Generator) -> dict:
    client = SimpleNamespace(
        action_queue=Queue(),
        action_queue_lock=threading.Lock(),
        latest_action_lock=threading.Lock(),
        latest_action=-1,
    )
    consumed = [0, 3, 1, 5, 2]
    chunks = torch.randn(len(consumed), LENGTH, JOINTS, generator=generator)
    queues, start = [], 0
    for chunk, steps in zip(chunks, consumed):
        # The chunk was computed from the observation at `start`; `steps` actions went by meanwhile.
        for _ in range(steps):
            client.latest_action = client.action_queue.get().get_timestep()
        incoming = [
            TimedAction(timestamp=0.0, timestep=start + i, action=row) for i, row in enumerate(chunk)
        ]
        RobotClient._aggregate_action_queues(client, incoming, AGGREGATE_FUNCTIONS[name])
        waiting = {a.get_timestep(): numbers(a.get_action()) for a in client.action_queue.queue}
        queues.append({"start": start, "executed": client.latest_action, "waiting": waiting})
        start = client.latest_action + 1
    return {"aggregation": name, "chunks": numbers(chunks), "queues": queues}


def main() -> None:
    generator = torch.Generator().manual_seed(7)
    cases = {
        "ensemble": [ensemble(m, generator) for m in (0.01, 0.0, 0.3, -0.2)],
        "aggregate": [aggregate(name, generator) for name in AGGREGATE_FUNCTIONS],
    }
    Path(__file__).with_name("executors.json").write_text(json.dumps(cases) + "\n")


if __name__ == "__main__":
    main()

"""Everything from nothing: collect, train, let the policies drive and be corrected, train on, export.

Each corrective round (DAgger) rolls both policies out in the simulator and records what the expert
would have done from every state they came to; so the next training sees the policies' own mistakes.
Whatever is already on disk is kept: delete the run folder to begin anew.
"""

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = ("flow", "diffusion")
# Learnt at the end from what those two have met; they drive no rounds of their own.
FOLLOWERS = ("prefix", "streaming")


def sinew(*arguments: object) -> None:
    """Run a sinew command of this repository."""
    command = ["npx", "sinew", *(str(a) for a in arguments)]
    print("$", " ".join(command), flush=True)
    subprocess.run(command, cwd=ROOT, check=True)


def step(options: argparse.Namespace, name: str, data: list[Path], *arguments: object) -> None:
    """Run one step of train.py in a process of its own, so that each frees its memory."""
    command = [sys.executable, HERE / "train.py", name, "--run", options.run, "--data", *data]
    command += ["--threads", options.threads, "--out", options.out, *arguments]
    subprocess.run([str(part) for part in command], check=True)


def collected(folder: Path) -> bool:
    """Whether a folder of data is complete enough to train on."""
    return (folder / "meta.json").exists()


def train_all(options: argparse.Namespace) -> None:
    """The whole programme; `options.minutes` scales the length of each training step."""
    base = options.data[0]
    base.parent.mkdir(parents=True, exist_ok=True)
    beside = lambda suffix: base.with_name(f"{base.name}_{suffix}")
    data = [base, beside("pushed"), beside("views")]
    plan = [
        ("--episodes", options.episodes // 3, "--seed", 1000, "--disturbance", 1),
        ("--episodes", options.episodes, "--seed", 10_000, "--disturbance", 2),
        ("--views", 8 * options.episodes, "--seed", 500_001),
    ]
    for folder, arguments in zip(data, plan):
        if not collected(folder):
            sinew("collect", "--out", folder, *arguments)
    minutes = options.minutes
    step(options, "encoder", data, "--minutes", minutes)
    for name in NAMES:
        step(options, name, data, "--minutes", minutes)
    for index in range(1, options.rounds + 1):
        step(options, "export", data)
        for offset, name in enumerate(NAMES):
            folder = beside(f"{name}_{index}")
            if not collected(folder):
                sinew(
                    "rollout", "--package", options.out / f"so101_pick_{name}",
                    "--episodes", options.episodes // 4,
                    "--seed", 100_000 * index + 50_000 * offset, "--record", folder,
                    "--disturbance", 0.7, "--expert-share", 0.2,
                )  # fmt: skip
            data.append(folder)
        step(options, "encoder", data, "--minutes", minutes / 2, "--fresh")
        for name in NAMES:
            step(options, name, data, "--minutes", minutes, "--fresh")
    for name in FOLLOWERS:
        step(options, name, data, "--minutes", minutes)
    step(options, "export", data)
    for name in (*NAMES, *FOLLOWERS):
        sinew("check", options.out / f"so101_pick_{name}")
    for name in NAMES:
        package = options.out / f"so101_pick_{name}"
        episodes = min(100, options.episodes)
        sinew("rollout", "--package", package, "--episodes", episodes, "--seed", 1_000_000)

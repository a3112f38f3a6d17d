"""Opens a LeRobot checkpoint folder with LeRobot's own classes.

The folder is what `lerobot-train` writes as checkpoints/<step>/pretrained_model: config.json,
model.safetensors, policy_preprocessor.json and policy_postprocessor.json with their statistics.
"""

import contextlib
import io
import json
import logging
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from refusal import Refusal

SUPPORTED = ("act", "diffusion", "smolvla", "pi0")
#: Why a policy of LeRobot is not exported, where more can be said than that.
REASONS = {
    "pi05": (
        "pi0.5 has 3.5 thousand million weights: 14 GB in float32, where an ONNX file holds at most "
        "2 GB; run it where it was trained, from a node that publishes chunks"
    ),
    "pi0_fast": "pi0-FAST writes actions as text, one token after another; no graph does that",
}
#: The first LeRobot that builds pi0 with an unchanged transformers.
PI0_SINCE = (0, 6)

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
PREPROCESSOR = "policy_preprocessor.json"
POSTPROCESSOR = "policy_postprocessor.json"


@dataclass
class Checkpoint:
    """LeRobot's objects of one checkpoint, on the CPU in float32, in evaluation mode."""

    kind: str
    config: Any
    policy: Any
    preprocessor: Any
    postprocessor: Any


def read_config(folder: Path) -> dict:
    """config.json, after a look at what can be refused without LeRobot."""
    if not folder.is_dir():
        raise Refusal(f"{folder} is no folder", expected="a checkpoint that lerobot-train wrote")
    nested = folder / "pretrained_model"
    if not (folder / CONFIG).exists() and (nested / CONFIG).exists():
        raise Refusal(f"{folder} has no {CONFIG}", cure=f"give {nested}")
    try:
        config = json.loads((folder / CONFIG).read_text())
    except (OSError, ValueError) as error:
        raise Refusal(
            f"{folder / CONFIG} cannot be read ({error})", expected="a LeRobot checkpoint"
        ) from error
    kind = config.get("type")
    if kind not in SUPPORTED:
        reason = REASONS.get(kind, f'policy type "{kind}" is not exported')
        raise Refusal(f"{folder}: {reason}", expected=f"one of {', '.join(SUPPORTED)}")
    if config.get("use_peft") or (folder / "adapter_config.json").exists():
        raise Refusal(
            f"{folder} holds an adapter (PEFT), not whole weights",
            cure="merge it into the policy and save that",
        )
    for file in (WEIGHTS, PREPROCESSOR, POSTPROCESSOR):
        if not (folder / file).exists():
            cure = (
                "rewrite an older checkpoint with lerobot.processor.migrate_policy_normalization"
                if file != WEIGHTS
                else None
            )
            raise Refusal(f"{folder} has no {file}", expected="a checkpoint of LeRobot 0.4", cure=cure)
    return config


def open_checkpoint(folder: Path) -> Checkpoint:
    """Policy and processors of `folder`; weights come from it alone, nothing is downloaded for ACT
    and Diffusion (what SmolVLA and pi0 tokenize with is looked up by its name)."""
    kind = read_config(folder)["type"]
    try:
        from lerobot.configs.policies import PreTrainedConfig
        from lerobot.policies.factory import get_policy_class, make_pre_post_processors
    except ImportError as error:
        raise Refusal(
            f"LeRobot cannot be imported ({error})",
            cure="pip install -r models/export/requirements.txt",
        ) from error
    logging.getLogger().setLevel(logging.ERROR)
    installed = version("lerobot")
    if kind == "pi0" and tuple(int(part) for part in installed.split(".")[:2]) < PI0_SINCE:
        raise Refusal(
            f"pi0 cannot be built by LeRobot {installed}", expected="LeRobot 0.6 or later"
        )
    printed = io.StringIO()
    try:
        policy_class = get_policy_class(kind)  # registers the configuration class too
        config = PreTrainedConfig.from_pretrained(folder, cli_overrides=["--device=cpu"])
        config.device = "cpu"
        # The trained weights are in the checkpoint: no need of those that training started from.
        for name, value in (
            ("pretrained_backbone_weights", None),
            ("load_vlm_weights", False),
            ("compile_model", False),
        ):
            if hasattr(config, name):
                setattr(config, name, value)
        with contextlib.redirect_stdout(printed):  # it prints where the weights come from
            policy = policy_class.from_pretrained(folder, config=config, strict=True)
        cpu = {"device_processor": {"device": "cpu"}}
        pre, post = make_pre_post_processors(
            config, str(folder), preprocessor_overrides=cpu, postprocessor_overrides=cpu
        )
    except Exception as error:  # LeRobot raises anything: what it says goes into the line
        text = " ".join(str(error).split())
        raise Refusal(f"{folder}: LeRobot does not load it ({type(error).__name__}: {text})") from error
    if "Could not load" in printed.getvalue():  # of pi0, which goes on with random weights
        raise Refusal(f"{folder}: LeRobot does not load the weights")
    return Checkpoint(kind, config, policy.float().eval(), pre, post)

"""Makes a LeRobot checkpoint with random weights, by LeRobot's own classes: no download.

usage: make_checkpoint.py CASE FOLDER   (or: make_checkpoint.py --list)
"""

import json
import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

from cases import CASES  # noqa: E402

JOINTS = 6


def possible(case: dict) -> bool:
    """Whether the LeRobot that is installed can make it."""
    installed = tuple(int(part) for part in version("lerobot").split(".")[:2])
    return installed >= case.get("since", (0, 0))


def features(case: dict):
    """Input and output features of a policy that sees the case's cameras."""
    from lerobot.configs.types import FeatureType, PolicyFeature

    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (JOINTS,))}
    for name in case["cameras"]:
        inputs[f"observation.images.{name}"] = PolicyFeature(
            FeatureType.VISUAL, (3, *case["picture"])
        )
    return inputs, {"action": PolicyFeature(FeatureType.ACTION, (JOINTS,))}


def statistics(case: dict, unit: str, torch) -> dict:
    """Figures of a recording in degrees, or -100 .. 100, or radians."""
    size = {"rad": 1.0, "deg": 57.0, "range": 60.0}[unit]

    def vector() -> dict:
        middle = (torch.rand(JOINTS) - 0.5) * size
        width = (torch.rand(JOINTS) + 0.2) * size
        return {
            "mean": middle,
            "std": width / 3,
            "min": middle - width,
            "max": middle + width,
            "q01": middle - 0.9 * width,
            "q99": middle + 0.9 * width,
            "q10": middle - 0.7 * width,
            "q90": middle + 0.7 * width,
        }

    stats = {"observation.state": vector(), "action": vector()}
    imagenet = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
    other = {"min": [0.0] * 3, "max": [1.0, 0.9, 0.8], "q01": [0.02] * 3, "q99": [0.97] * 3}
    tails = {"q10": [0.1] * 3, "q90": [0.8, 0.85, 0.9]}
    picture = {k: torch.tensor(v).reshape(3, 1, 1) for k, v in (imagenet | other | tails).items()}
    for name in case["cameras"]:
        stats[f"observation.images.{name}"] = picture
    return stats


def livelier(policy) -> None:
    """Random weights of the size of trained ones: fresh ones make chunks that hardly depend on the
    observation, and a batch norm that has seen nothing hides mistakes."""
    for module in policy.modules():
        mean = getattr(module, "running_mean", None)
        if mean is not None:
            mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)


def make(case: dict, folder: Path) -> None:
    """Writes the folder as lerobot-train does."""
    import torch
    from lerobot.configs.types import NormalizationMode
    from lerobot.policies.factory import make_policy_config, make_pre_post_processors
    from lerobot.policies.factory import get_policy_class

    logging.getLogger().setLevel(logging.ERROR)
    torch.manual_seed(case.get("seed", 1))
    torch.set_num_threads(1)
    inputs, outputs = features(case)
    settings = dict(case.get("config", {}))
    if case["policy"] == "smolvla":
        from tiny_vlm import REAL, SMALL, write_vlm

        sizes = REAL if case.get("real_vlm") else SMALL
        settings["vlm_model_name"] = str(write_vlm(folder.parent / "vlm", sizes))
    elif case["policy"] == "pi0":
        import tiny_pi0

        tiny_pi0.install(folder.parent / "tokenizer")
    else:
        settings.setdefault("pretrained_backbone_weights", None)
    if "normalization" in case:
        settings["normalization_mapping"] = {
            kind: NormalizationMode(mode) for kind, mode in case["normalization"].items()
        }
    config = make_policy_config(
        case["policy"],
        input_features=inputs,
        output_features=outputs,
        device="cpu",
        push_to_hub=False,
        **settings,
    )
    policy = get_policy_class(case["policy"])(config)
    livelier(policy)
    if case["policy"] == "pi0":
        tiny_pi0.livelier(policy)
    pre, post = make_pre_post_processors(
        config, dataset_stats=statistics(case, case.get("unit", "deg"), torch)
    )
    policy.save_pretrained(folder)
    pre.save_pretrained(folder)
    post.save_pretrained(folder)
    change = case.get("change_config")
    if change:
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | change))


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        listed = [{"name": name, **case} for name, case in CASES.items() if possible(case)]
        print(json.dumps([{k: c.get(k) for k in ("name", "export", "refused")} for c in listed]))
    else:
        make(CASES[sys.argv[1]], Path(sys.argv[2]))

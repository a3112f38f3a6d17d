"""What a checkpoint's processors do, and a refusal of what the runtime could not repeat."""

from dataclasses import dataclass, field

from checkpoint import Checkpoint
from refusal import Refusal

#: Steps with nothing to repeat: they add a batch axis, move data, or make the constant text tokens.
HARMLESS = {
    "AddBatchDimensionProcessorStep",
    "DeviceProcessorStep",
    "NewLineTaskProcessorStep",
    "Pi0NewLineProcessor",
    "SmolVLANewLineProcessor",
    "TokenizerProcessorStep",
}
RENAME = "RenameObservationsProcessorStep"
NORMALIZE = "NormalizerProcessorStep"
UNNORMALIZE = "UnnormalizerProcessorStep"


@dataclass
class Processing:
    """The normalisation of a checkpoint, by LeRobot's names."""

    #: The name in the recording of each of the policy's observations.
    source: dict[str, str]
    #: Mode (MEAN_STD, ...) of each observation, and of the action under "action".
    modes: dict[str, str]
    stats: dict[str, dict] = field(default_factory=dict)
    #: Added to a deviation.
    eps: float = 1e-8


def step_named(pipeline, name: str):
    """The one step of that class, or None."""
    found = [step for step in pipeline.steps if type(step).__name__ == name]
    return found[0] if found else None


def refuse_unknown_steps(pipeline, known: set[str], what: str) -> None:
    """Refuses a step whose effect would be lost."""
    for step in pipeline.steps:
        name = type(step).__name__
        if name not in known and getattr(step, "enabled", True):
            raise Refusal(
                f"the {what}processor has a step {name} that the runtime does not know",
                expected=", ".join(sorted(known)),
            )


def read_processing(checkpoint: Checkpoint) -> Processing:
    """The normalisation, from the steps of both pipelines."""
    pre, post, config = checkpoint.preprocessor, checkpoint.postprocessor, checkpoint.config
    refuse_unknown_steps(pre, HARMLESS | {RENAME, NORMALIZE}, "pre")
    refuse_unknown_steps(post, HARMLESS | {UNNORMALIZE}, "post")
    renaming = step_named(pre, RENAME)
    renamed = dict(renaming.rename_map) if renaming is not None else {}
    source = {new: old for old, new in renamed.items()}
    result = Processing({key: source.get(key, key) for key in config.input_features}, {})
    normalizer, unnormalizer = step_named(pre, NORMALIZE), step_named(post, UNNORMALIZE)
    for step, features in (
        (normalizer, config.input_features),
        (unnormalizer, config.output_features),
    ):
        for key, feature in features.items():
            result.modes[key] = mode_of(step, key, feature)
        if step is None:
            continue
        result.eps = step.eps
        for key in features:
            if key in (step.stats or {}):
                result.stats[key] = step.stats[key]
    return result


def mode_of(step, key: str, feature) -> str:
    """The mode that `step` normalises `key` by."""
    if step is None or key not in step.features:
        return "IDENTITY"
    chosen = getattr(step, "normalize_observation_keys", None)
    if chosen is not None and key not in chosen and key != "action":
        return "IDENTITY"
    mode = step.norm_map.get(step.features[key].type)
    return "IDENTITY" if mode is None else mode.value

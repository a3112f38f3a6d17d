"""SmolVLA in four graphs: vision a frame, prefix a chunk (its key-value cache is handed on), action
expert a step. The instruction is fixed: its tokens are constants of the prefix.
"""

import inspect
import math
from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional

from checkpoint import Checkpoint
from observation import EMPTY, STATE, Camera
from program import Graph, Program, camera_encoder
from refusal import Refusal
from traceable import fitted_below, fixed_positions, rotary, time_embedding

TOKENS = "observation.language.tokens"
TOKEN_MASK = "observation.language.attention_mask"


def filling(model: nn.Module, fill: bool) -> dict[str, bool]:
    """The option of LeRobot 0.4, whose cache is a table by layer; 0.6 takes that of transformers."""
    known = inspect.signature(model.vlm_with_expert.forward).parameters
    return {"fill_kv_cache": fill} if "fill_kv_cache" in known else {}


def dynamic_cache(layers: list[tuple[torch.Tensor, torch.Tensor]]):
    """transformers' cache of these keys and values."""
    from transformers import DynamicCache

    cache = DynamicCache()
    for i, (keys, values) in enumerate(layers):
        cache.update(keys, values, i)
    return cache


class Vision(nn.Module):
    """Pictures [1,3,H,W] -> image tokens of all cameras, flat [1, F]."""

    def __init__(self, policy: nn.Module, cameras: list[Camera]):
        super().__init__()
        self.policy = policy
        self.keys = [camera.key for camera in cameras]

    def tokens(self, *pictures: torch.Tensor) -> list[torch.Tensor]:
        """[1, tokens, width] of each camera."""
        seen = [
            self.policy.prepare_images({key: picture})[0][0]
            for key, picture in zip(self.keys, pictures, strict=True)
        ]
        return [self.embed(picture) for picture in seen]

    def embed(self, picture: torch.Tensor) -> torch.Tensor:
        """LeRobot's embed_image of a whole picture, which needs no mask."""
        vlm = self.policy.model.vlm_with_expert.get_vlm_model()
        vision = vlm.vision_model
        hidden = vision.embeddings(pixel_values=picture, patch_attention_mask=None)
        hidden = vision.encoder(inputs_embeds=hidden, attention_mask=None).last_hidden_state
        return vlm.connector(vision.post_layernorm(hidden))

    def forward(self, *pictures: torch.Tensor) -> torch.Tensor:
        return torch.cat([one.flatten(1) for one in self.tokens(*pictures)], dim=1)


class Prefix(nn.Module):
    """Condition [1, joints + F] -> keys and values of all layers, [1, L, …] each, a layer as LeRobot keeps it."""

    def __init__(self, checkpoint: Checkpoint, tokens: list[torch.Tensor], batch: dict):
        super().__init__()
        self.model = checkpoint.policy.model
        config = checkpoint.config
        self.shapes = [tuple(one.shape[1:]) for one in tokens]
        self.empty = min(config.empty_cameras, sum(EMPTY in key for key in config.image_features))
        self.joints = config.robot_state_feature.shape[0]
        self.padding = config.max_state_dim - self.joints
        vlm = self.model.vlm_with_expert
        self.register_buffer("text", vlm.embed_language_tokens(batch[TOKENS]).detach())
        self.register_buffer("text_mask", batch[TOKEN_MASK].bool())
        from lerobot.policies.smolvla.modeling_smolvla import make_att_2d_masks

        width = self.joints + sum(math.prod(shape) for shape in self.shapes)
        _, pad, attention = self.embed(torch.zeros(1, width))
        # Which token sees which, and where it lies, depend on nothing that changes.
        self.register_buffer("pad", pad)
        self.register_buffer("mask", make_att_2d_masks(pad, attention))
        self.register_buffer("positions", torch.cumsum(pad, dim=1) - 1)

    def embed(self, condition: torch.Tensor):
        """LeRobot's embed_prefix on tokens that are there already."""
        state = functional.pad(condition[:, : self.joints], (0, self.padding))
        images, at = [], self.joints
        for length, width in self.shapes:
            images.append(condition[:, at : at + length * width].reshape(-1, length, width))
            at += length * width
        seen = [torch.ones(1, dtype=torch.bool)] * len(images)
        images += [torch.zeros_like(images[0])] * self.empty
        seen += [torch.zeros(1, dtype=torch.bool)] * self.empty
        vlm = self.model.vlm_with_expert
        with replaced(vlm, "embed_image", lambda one: one):
            special = vlm.embed_language_tokens
            text = torch.zeros(1, self.text_mask.shape[1], dtype=torch.long)
            choose = lambda ids: self.text if ids is text else special(ids)  # noqa: E731
            with replaced(vlm, "embed_language_tokens", choose):
                return self.model.embed_prefix(images, seen, text, self.text_mask, state=state)

    def forward(self, condition: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embedded, _, _ = self.embed(condition)
        _, cache = self.model.vlm_with_expert.forward(
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=None,
            inputs_embeds=[embedded, None],
            use_cache=True,
            **filling(self.model, True),
        )
        if isinstance(cache, dict):
            layers = [tuple(cache[layer].values()) for layer in sorted(cache)]
        else:
            layers = [(entry[0], entry[1]) for entry in cache]
        keys, values = zip(*layers, strict=True)
        return torch.stack(keys, dim=1), torch.stack(values, dim=1)


class Expert(nn.Module):
    """sample [1,T,W], time [1], keys, values -> velocity [1,T,W]."""

    def __init__(self, prefix: Prefix, chunk: int):
        super().__init__()
        self.model = prefix.model
        ones = torch.ones(1, chunk, chunk, dtype=torch.bool)
        # Every action sees the prefix and, as in LeRobot, the actions up to itself.
        seen = prefix.pad[:, None, :].expand(1, chunk, -1)
        self.register_buffer("mask", torch.cat([seen, torch.tril(ones)], dim=2))
        start = prefix.pad.sum(dim=-1, keepdim=True)
        self.register_buffer("positions", start + torch.arange(chunk)[None])

    def forward(self, sample, time, keys, values) -> torch.Tensor:
        embedded, _, _ = self.model.embed_suffix(sample, time)
        layers = [(keys[:, layer], values[:, layer]) for layer in range(keys.shape[1])]
        if filling(self.model, False):
            names = ("key_states", "value_states")
            cache = {i: dict(zip(names, pair, strict=True)) for i, pair in enumerate(layers)}
        else:
            cache = dynamic_cache(layers)
        (_, out), _ = self.model.vlm_with_expert.forward(
            attention_mask=self.mask,
            position_ids=self.positions,
            past_key_values=cache,
            inputs_embeds=[None, embedded],
            use_cache=True,
            **filling(self.model, False),
        )
        return self.model.action_out_proj(out)


@contextmanager
def replaced(owner, name: str, value):
    """Sets an attribute for a time."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def noise_shape(config) -> tuple[int, int]:
    """[steps, width] of what the sampler works on."""
    return config.chunk_size, config.max_action_dim


def refuse_unknown(config) -> None:
    """What LeRobot does outside the network."""
    if config.adapt_to_pi_aloha:
        raise Refusal("adapt_to_pi_aloha changes joints outside the network", expected="it off")
    if not config.use_cache:
        raise Refusal("use_cache is off, so there is no prefix to keep", expected="it on")


@torch.no_grad()
def build(checkpoint: Checkpoint, cameras: list[Camera], batch: dict) -> Program:
    """Vision, prefix and expert."""
    from lerobot.policies.smolvla import modeling_smolvla, smolvlm_with_expert

    config, policy = checkpoint.config, checkpoint.policy
    smolvlm_with_expert.apply_rope = rotary
    modeling_smolvla.create_sinusoidal_pos_embedding = time_embedding
    modeling_smolvla.resize_with_pad = fitted_below
    vlm = policy.model.vlm_with_expert.get_vlm_model()
    pictures = {c.name: torch.rand(1, 3, c.height, c.width) for c in cameras}
    vision = Vision(policy, cameras).eval()
    seen, _ = policy.prepare_images({cameras[0].key: pictures[cameras[0].name]})
    fixed_positions(
        vlm.vision_model, lambda: policy.model.vlm_with_expert.embed_image(seen[0])
    )
    tokens = vision.tokens(*pictures.values())
    prefix = Prefix(checkpoint, tokens, batch).eval()
    joints = config.robot_state_feature.shape[0]
    condition = torch.rand(1, joints + sum(one.numel() for one in tokens))
    keys, values = prefix(condition)
    steps, width = noise_shape(config)
    cache = {"keys": "keys", "values": "values"}
    step_inputs = {"sample": torch.rand(1, steps, width), "time": torch.ones(1)}
    return Program(
        graphs={
            "vision": Graph(vision, pictures, ["features"], batched=False),
            "prefix": Graph(prefix, {"condition": condition}, ["keys", "values"], batched=False),
            "expert": Graph(
                Expert(prefix, steps).eval(),
                step_inputs | {"keys": keys, "values": values},
                ["velocity"],
                batched=False,
            ),
        },
        encoders=[camera_encoder("vision", cameras)],
        condition=[STATE, "features"],
        context=[{"graph": "prefix", "input": "condition", "outputs": cache}],
        sampler={"type": "flow_euler", "steps": config.num_steps, "time": "one_to_zero"},
        denoiser={
            "graph": "expert",
            "inputs": {"sample": "sample", "time": "time", "context": cache},
            "output": "velocity",
            "prediction": "velocity",
        },
        prediction=steps,
        execution=config.n_action_steps,
        sample={"steps": steps, "start": 0, "width": width},
    )


@torch.no_grad()
def reference(checkpoint: Checkpoint, batches: list[dict], noise: torch.Tensor) -> torch.Tensor:
    """LeRobot's own chunk, normalised."""
    refuse_unknown(checkpoint.config)
    checkpoint.policy.reset()
    return checkpoint.policy.predict_action_chunk(dict(batches[-1]), noise=noise)

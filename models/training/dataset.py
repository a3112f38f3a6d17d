"""Demonstrations on disk: one or more folders written by the collector, seen as one set of frames.

A folder holds meta.json, images.u8 [N, cameras, H, W, 3], state.f32 [N, J] (rad), action.f32
[N, P, J] (the expert's chunk from that state, rad) and cube.f32 [N, 7] (position m, quaternion w
first). The cube's pose is a training signal and a measure; it is never an input of a policy.
Folders marked `labelled: false` hold pictures without actions, for the encoder alone.
"""

import json
from pathlib import Path

import numpy as np

VALIDATION_EVERY = 12


class Demonstrations:
    """All frames of several folders, with history links and a split by episode."""

    def __init__(self, folders: list[Path]):
        if not folders:
            raise ValueError("no data folder given; collect demonstrations first")
        metas = [json.loads((folder / "meta.json").read_text()) for folder in folders]
        first = metas[0]
        for folder, meta in zip(folders, metas):
            for key in ("cameras", "height", "width", "joints", "rate_hz", "prediction_horizon"):
                if meta[key] != first[key]:
                    raise ValueError(f"{folder}: {key} is {meta[key]}, expected {first[key]}")
        self.cameras: list[str] = list(first["cameras"])
        self.joints: list[str] = list(first["joints"])
        self.rate_hz: float = first["rate_hz"]
        self.horizon: int = first["prediction_horizon"]
        self.height, self.width = first["height"], first["width"]
        joints, cameras = len(self.joints), len(self.cameras)

        def table(name: str, *shape: int) -> np.ndarray:
            size = int(np.prod(shape))
            parts = [
                np.fromfile(folder / name, dtype=np.float32)[: meta["frames"] * size]
                if (folder / name).exists()
                else np.zeros(meta["frames"] * size, np.float32)
                for folder, meta in zip(folders, metas)
            ]
            return np.concatenate(parts).reshape(-1, *shape)

        self.state = table("state.f32", joints)
        self.action = table("action.f32", self.horizon, joints)
        self.cube = table("cube.f32", 7)
        self.frames = len(self.state)
        shape = (cameras, self.height, self.width, 3)
        self._images = [
            np.memmap(folder / "images.u8", np.uint8, "r", shape=(meta["frames"], *shape))
            for folder, meta in zip(folders, metas)
        ]
        self._starts = np.cumsum([0] + [meta["frames"] for meta in metas])

        self.previous = np.arange(self.frames)
        self.episode = np.full(self.frames, -1)
        count = 0
        for meta, offset in zip(metas, self._starts):
            for entry in meta["episodes"]:
                start = offset + entry["start"]
                stop = start + entry["length"]
                self.previous[start + 1 : stop] -= 1
                self.episode[start:stop] = count
                count += 1
        self.episodes = count
        x, y, z = self.cube[:, 0], self.cube[:, 1], self.cube[:, 2]
        on_table = (np.hypot(x, y) < 0.45) & (x > 0) & (z > 0.005)
        self.labelled = np.concatenate(
            [np.full(meta["frames"], meta.get("labelled", True)) for meta in metas]
        )
        usable = on_table & (self.episode >= 0) & np.isfinite(self.action).all(axis=(1, 2))
        held_out = self.episode % VALIDATION_EVERY == VALIDATION_EVERY - 1
        # For the chunk head; the encoder learns from `pictures`, which includes the unlabelled.
        self.train = np.flatnonzero(usable & ~held_out & self.labelled)
        self.validation = np.flatnonzero(usable & held_out & self.labelled)
        self.pictures = np.flatnonzero(usable & ~held_out)
        self.unseen_views = np.flatnonzero(usable & held_out & ~self.labelled)

    def images(self, camera: int, frames: np.ndarray) -> np.ndarray:
        """Pictures [n, H, W, 3] uint8 of one camera, for frame numbers in any order."""
        out = np.empty((len(frames), self.height, self.width, 3), np.uint8)
        which = np.searchsorted(self._starts, frames, side="right") - 1
        for index in np.unique(which):
            mask = which == index
            out[mask] = self._images[index][frames[mask] - self._starts[index], camera]
        return out

    def statistics(self) -> dict:
        """stats.json: ranges with a margin, so that corrections outside the data still fit."""

        def of(values: np.ndarray, margin: float) -> dict:
            low, high = values.min(0) - margin, values.max(0) + margin
            entries = {
                "min": low,
                "max": high,
                "mean": values.mean(0),
                "std": values.std(0),
                "q01": np.quantile(values, 0.01, 0),
                "q99": np.quantile(values, 0.99, 0),
            }
            return {key: [float(v) for v in value] for key, value in entries.items()}

        stats = {
            "observation.state": of(self.state[self.train], 0.05),
            "action": of(self.action[self.train].reshape(-1, len(self.joints)), 0.1),
        }
        sample = self.pictures[:: max(1, len(self.pictures) // 500)]
        for index, camera in enumerate(self.cameras):
            pixels = self.images(index, sample).reshape(-1, 3).astype(np.float32) / 255
            stats[f"observation.images.{camera}"] = of(pixels, 0.0)
        return stats


def min_max(values: np.ndarray, stats: dict) -> np.ndarray:
    """To −1..1 over the range of the statistics, as the runtime does it."""
    low, high = np.float32(stats["min"]), np.float32(stats["max"])
    span = np.where(high == low, np.float32(1e-8), high - low)
    return (2 * (values - low) / span - 1).astype(np.float32)


def min_max_inverse(values: np.ndarray, stats: dict) -> np.ndarray:
    """Back from −1..1 to radians."""
    low, high = np.float32(stats["min"]), np.float32(stats["max"])
    return ((values + 1) / 2 * (high - low) + low).astype(np.float32)

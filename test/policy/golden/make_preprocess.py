"""Write preprocess.json: pictures and what training makes of them, as float32 CHW.

Two references: NumPy with sums in float64, written out pixel by pixel (must be equal to the bit),
and PyTorch's own `interpolate` as the training calls it (must be near). Run from anywhere:
python make_preprocess.py
"""

import json
import math
from pathlib import Path

import numpy as np
import torch

SCALE = 1 / 255
MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def axis_weights(source: int, target: int, antialias: bool) -> list[list[tuple[int, float]]]:
    """For each output place the source places with their weights."""
    scale = source / target
    support = max(scale, 1.0) if antialias else 1.0
    rows = []
    for i in range(target):
        centre = (i + 0.5) * scale
        if antialias:
            low = max(0, int(centre - support + 0.5))
            high = min(source, int(centre + support + 0.5))
            raw = [(j, max(0.0, 1 - abs((j - centre + 0.5) / support))) for j in range(low, high)]
            total = 0.0
            for _, weight in raw:
                total += weight
            rows.append([(j, weight / total) for j, weight in raw])
        else:
            place = max(0.0, centre - 0.5)
            low = min(math.floor(place), source - 1)
            rest = place - low if low + 1 < source else 0.0
            rows.append([(low, 1 - rest), (low + 1, rest)] if rest > 0 else [(low, 1.0)])
    return rows


def resample(plane: np.ndarray, height: int, width: int, antialias: bool) -> np.ndarray:
    """Along x, then along y; sums in float64 from the first weight to the last."""
    rows = axis_weights(plane.shape[0], height, antialias)
    columns = axis_weights(plane.shape[1], width, antialias)
    middle = np.zeros((plane.shape[0], width))
    for y in range(plane.shape[0]):
        for x, weights in enumerate(columns):
            total = 0.0
            for j, weight in weights:
                total += weight * float(plane[y, j])
            middle[y, x] = total
    out = np.zeros((height, width), np.float32)
    for y, weights in enumerate(rows):
        for x in range(width):
            total = 0.0
            for j, weight in weights:
                total += weight * float(middle[j, x])
            out[y, x] = total
    return out


def normalise(chw: np.ndarray) -> np.ndarray:
    return (chw - MEAN[:, None, None]) / (STD[:, None, None] + np.float32(1e-8))


def case(name: str, source: tuple[int, int], crop, resize) -> dict:
    rng = np.random.default_rng(len(name))
    picture = rng.integers(0, 256, (*source, 3), dtype=np.uint8)
    scaled = picture.astype(np.float32) * np.float32(SCALE)
    if crop is not None:
        scaled = scaled[
            crop["top"] : crop["top"] + crop["height"], crop["left"] : crop["left"] + crop["width"]
        ]
    chw = np.ascontiguousarray(scaled.transpose(2, 0, 1))
    near = chw
    if resize is not None:
        size = (resize["height"], resize["width"])
        near = torch.nn.functional.interpolate(
            torch.from_numpy(chw)[None],
            size,
            mode="bilinear",
            align_corners=False,
            antialias=resize["antialias"],
        )[0].numpy()
        chw = np.stack([resample(plane, *size, resize["antialias"]) for plane in chw])
    exact = normalise(chw).astype(np.float32)
    return {
        "name": name,
        "source": {"height": source[0], "width": source[1]},
        "crop": crop,
        "resize": resize,
        "picture": picture.reshape(-1).tolist(),
        "exact": [float(str(v)) for v in exact.reshape(-1)],
        "torch": [float(str(v)) for v in normalise(near).astype(np.float32).reshape(-1)],
    }


def box(top: int, left: int, height: int, width: int) -> dict:
    return {"top": top, "left": left, "height": height, "width": width}


def to(height: int, width: int, antialias: bool) -> dict:
    return {"height": height, "width": width, "antialias": antialias}


def main() -> None:
    cases = [
        case("as it is", (5, 7), None, None),
        case("as it is, in groups of four pixels", (4, 6), None, None),
        case("cropped", (6, 8), box(1, 2, 4, 5), None),
        case("halved", (8, 12), None, to(4, 6, True)),
        case("halved without antialiasing", (8, 12), None, to(4, 6, False)),
        case("shrunk by an odd ratio", (11, 9), None, to(4, 5, True)),
        case("shrunk by an odd ratio, no antialiasing", (11, 9), None, to(4, 5, False)),
        case("enlarged", (4, 5), None, to(7, 9, True)),
        case("enlarged without antialiasing", (4, 5), None, to(7, 9, False)),
        case("cropped, then shrunk", (10, 12), box(2, 1, 7, 10), to(3, 4, True)),
    ]
    lines = ",\n    ".join(json.dumps(one) for one in cases)
    statistics = json.dumps({"mean": [float(str(v)) for v in MEAN], "std": [float(str(v)) for v in STD]})
    target = Path(__file__).with_name("preprocess.json")
    target.write_text(
        f'{{\n  "scale": {SCALE!r},\n  "statistics": {statistics},\n  "cases": [\n    {lines}\n  ]\n}}\n'
    )
    print(f"{target.name}: {len(cases)} cases, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""The observations of a checkpoint as a package declares them."""

from dataclasses import dataclass

from processors import Processing
from refusal import Refusal

STATE = "observation.state"
IMAGE_PREFIX = "observation.images."
#: LeRobot's name for a picture that SmolVLA fills itself, with nothing to see.
EMPTY = "empty_camera"


@dataclass(frozen=True)
class Camera:
    """One picture: its name in the policy, in the recording, and of the camera; pixels."""

    key: str
    source: str
    name: str
    height: int
    width: int

    @property
    def package_key(self) -> str:
        """Name in policy.json."""
        return f"{IMAGE_PREFIX}{self.name}"


def camera_name(source: str, given: dict[str, str]) -> str:
    """The camera's name: as given, else the last part of LeRobot's name."""
    return given.get(source, source.removeprefix("observation.").removeprefix("images."))


def read_cameras(config, processing: Processing, given: dict[str, str]) -> list[Camera]:
    """The pictures that the policy sees, in its order."""
    cameras = []
    for key, feature in config.image_features.items():
        if EMPTY in key:
            continue
        shape = tuple(feature.shape)
        if len(shape) != 3 or shape[0] != 3:
            raise Refusal(
                f'"{key}" has shape {list(shape)}', expected="a colour picture [3,height,width]"
            )
        source = processing.source[key]
        cameras.append(Camera(key, source, camera_name(source, given), shape[1], shape[2]))
    unknown = set(given) - {camera.source for camera in cameras}
    if unknown:
        raise Refusal(
            f'--camera names "{unknown.pop()}"',
            expected=f"one of {', '.join(camera.source for camera in cameras) or 'none'}",
        )
    names = [camera.name for camera in cameras]
    if len(set(names)) != len(names):
        raise Refusal(f"two cameras have one name ({', '.join(names)})", cure="give --camera KEY=NAME")
    return cameras


def check_inputs(config) -> None:
    """Refuses inputs and outputs that no robot topic gives or takes."""
    for key, feature in config.input_features.items():
        if feature.type.value == "ENV":
            raise Refusal(
                f'the policy sees "{key}", the state of its environment', cure="train it without"
            )
        if feature.type.value == "STATE" and key != STATE:
            raise Refusal(f'the policy sees "{key}"', expected=f"joint positions as {STATE} only")
    state = config.robot_state_feature
    if state is None:
        raise Refusal(f"the policy does not see {STATE}", expected="joint positions among its inputs")
    action = config.action_feature
    others = [key for key in config.output_features if key != "action"]
    if action is None or others:
        raise Refusal(f"the policy gives {', '.join(config.output_features)}", expected="action only")
    if len(state.shape) != 1 or tuple(state.shape) != tuple(action.shape):
        raise Refusal(
            f"state has shape {list(state.shape)}, action {list(action.shape)}",
            expected="one position and one target for each joint",
        )


def image_entry(camera: Camera, normalization: str, crop: dict | None) -> dict:
    """The picture in policy.json; LeRobot's pictures are RGB of 0 .. 1."""
    return {
        "type": "image",
        "camera": camera.name,
        "encoding": "rgb8",
        "source": {"height": camera.height, "width": camera.width},
        "crop": crop,
        "resize": None,
        "layout": "chw",
        "scale": 1 / 255,
        "normalization": normalization,
    }


def centre_crop(camera: Camera, shape: tuple[int, int] | None) -> dict | None:
    """The part that torchvision's CenterCrop keeps, or None for all of it."""
    if shape is None or tuple(shape) == (camera.height, camera.width):
        return None
    height, width = shape
    # Python and torchvision both round a half to the even number.
    top = int(round((camera.height - height) / 2.0))
    left = int(round((camera.width - width) / 2.0))
    return {"top": top, "left": left, "height": height, "width": width}

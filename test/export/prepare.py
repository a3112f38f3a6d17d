"""Makes checkpoints and exports them, one for each line on standard input, in one process: LeRobot
takes longer to load than a small policy takes to export.

In:  {"case": NAME, "folder": FOLDER, "out": PACKAGE}
Out: {"ok": true, "moved": {...}} or {"ok": false, "line": why}
"""

import json
import os
import shutil
import sys
import traceback
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).parents[2] / "models" / "export"))

import from_lerobot  # noqa: E402
from cases import CASES  # noqa: E402
from make_checkpoint import make  # noqa: E402
from refusal import Refusal  # noqa: E402

CALIBRATION = "calibration.json"


def calibration(folder: Path) -> Path:
    """A calibration file as lerobot-calibrate writes it for an SO-101."""
    from joints import KNOWN_ROBOTS

    ranges = {
        name: {
            "id": i + 1,
            "drive_mode": 0,
            "homing_offset": 10 * i,
            "range_min": 700 + 10 * i,
            "range_max": 3300 - 20 * i,
        }
        for i, name in enumerate(KNOWN_ROBOTS["so101"])
    }
    file = folder / CALIBRATION
    file.write_text(json.dumps(ranges))
    return file


def one(request: dict) -> dict:
    """One checkpoint and its package."""
    case = CASES[request["case"]]
    folder, out = Path(request["folder"]), Path(request["out"])
    folder.mkdir(parents=True)
    try:
        make(case, folder / "checkpoint")
        given = [
            str(calibration(folder)) if word == "CALIBRATION" else word for word in case["export"]
        ]
        words = [str(folder / "checkpoint"), "--out", str(out), "--rate", "30", *given]
        from_lerobot.export(from_lerobot.options().parse_args(words))
        return {"ok": True}
    except Refusal as refusal:
        return {"ok": False, "line": str(refusal)}
    except Exception:  # a fault of the exporter: the harness shows it whole
        return {"ok": False, "line": traceback.format_exc()}
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Answers on a standard output that nothing else writes to."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(one(json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

"""The frontend's own tools, run by node."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

FRONTEND = Path(__file__).resolve().parents[2] / "frontend"


def node(*arguments: object) -> str:
    done = subprocess.run(["node", *map(str, arguments)], cwd=FRONTEND, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def answers(script: Path, buffer: bytes, questions: list[dict[str, Any]]) -> np.ndarray:
    """What the browser's code says of the buffer; the numbers of all answers one after the other."""
    folder = script.parent
    (folder / "buffer").write_bytes(buffer)
    (folder / "questions").write_text(json.dumps(questions))
    node(script, folder / "buffer", folder / "questions", folder / "out")
    return np.fromfile(folder / "out", np.float32)

"""`explorer lens MODEL PICTURE`: attention under the pointer, as one HTML file that needs no network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.errors import ExportError
from explorer.whole import write_whole

__all__ = ["add_to"]

MODES = {"attention": "attention", "attended-by": "attended", "rollout": "rollout", "queries": "queries"}


def add_to(commands: Any) -> None:
    lens = commands.add_parser(
        "lens", help="attention under the pointer, in one HTML file", description=__doc__
    )
    lens.add_argument("model", metavar="MODEL", help="a vision transformer or a DETR of `explorer models`")
    lens.add_argument("picture", metavar="PICTURE", help="a gallery name or a file")
    lens.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page: .html")
    lens.add_argument("--fit", default="", help="crop, squash or letterbox; of a DETR also keep")
    lens.add_argument("--untrained", action="store_true", help="random weights instead of trained ones")
    lens.add_argument(
        "--map", choices=MODES, help="what it opens with (default: attention, or a DETR's queries)"
    )
    lens.add_argument(
        "--layer", type=int, metavar="N", help="the layer it opens with, from 1 (default: the last)"
    )
    lens.add_argument(
        "--head", type=int, metavar="N", help="the head it opens with, from 1 (default: all, fused)"
    )
    lens.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    lens.set_defaults(run=_lens)


def _lens(asked: argparse.Namespace) -> None:
    from explorer import zoo
    from explorer.frontend.pack import pack_model
    from explorer.frontend.page import page
    from explorer.views.scope import find_picture

    picture = find_picture(asked.picture)
    model = zoo.load(asked.model, trained=not asked.untrained, device=asked.device)
    buffer = pack_model(model, picture, fit=asked.fit)
    state: dict[str, Any] = {"mode": MODES[asked.map]} if asked.map else {}
    state |= {name: value - 1 for name in ("layer", "head") if (value := getattr(asked, name)) is not None}
    text = page(buffer, title=f"{model.entry.title} on {picture.name}", state=state)
    try:
        write_whole(asked.out, text.encode())
    except OSError as error:
        raise ExportError(f"{asked.out} cannot be written", why=error.strerror or str(error)) from error
    print(asked.out)

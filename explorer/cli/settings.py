"""`explorer settings`: what can be set, what it is now and where that was said."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
from typing import Any

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    listed = commands.add_parser(
        "settings", help="every setting, its value and its source", description=__doc__
    )
    listed.add_argument("--json", action="store_true", help="one JSON object on standard output")
    listed.set_defaults(run=_settings)


def _settings(args: argparse.Namespace) -> None:
    from huggingface_hub.constants import HF_HUB_CACHE

    from explorer.settings import check_names, settings, sources, variable

    check_names()
    now, said = settings(), sources()
    rows = [(each, _plain(getattr(now, each.name))) for each in dataclasses.fields(now)]
    if args.json:
        print(json.dumps({each.name: {"value": value, "source": said[each.name]} for each, value in rows}))
        return
    for each, value in rows:
        unit = f" {each.metadata['unit']}" if each.metadata["unit"] and value is not None else ""
        print(f"{each.name} = {'not set' if value in (None, []) else value}{unit}")
        print(f"    {each.metadata['help']}")
        print(f"    {variable(each.name)}; now from: {said[each.name]}")
    print(
        f"\nDownloaded models lie in {HF_HUB_CACHE}: HF_HOME or HF_HUB_CACHE says where, to the hub's own library."
    )


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [str(each) for each in value]
    return str(value) if isinstance(value, os.PathLike) else value

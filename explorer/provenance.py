"""Where a figure comes from: everything needed to make it again, carried inside every exported file."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import PurePosixPath
from platform import python_version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from explorer.errors import ExportError

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.views.view import Panel, View

__all__ = ["PACKAGES", "Provenance", "versions"]

PACKAGES = ("explorer", "torch", "timm", "transformers", "numpy", "pillow", "plotly", "streamlit")
LARGEST = 1 << 20
"""Characters of a recipe that are read: one is about a thousand."""

Plain = bool | int | float | str


@dataclass(frozen=True)
class Provenance:
    """What made a figure. Written as JSON it is the figure's recipe."""

    view: str
    figure: str
    """The panel's name in its view."""
    controls: Mapping[str, Plain]
    """The controls that the figure depends on, with their values."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Each model's name and its checkpoint: "sha256:…", or "random:SEED" when untrained."""
    picture: str = ""
    picture_digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    """UTC, ISO 8601."""
    link: str = ""
    """The page and its query, which reopen the view as it was."""
    over: Mapping[str, str] = field(default_factory=dict)
    """Of a grid of figures: the control that differs between them, with its values, a line each."""

    @classmethod
    def of(
        cls, view: View, panel: Panel, controls: Any, scope: Scope, *, over: Mapping[str, str] | None = None
    ) -> Provenance:
        """The provenance of a view's figure as it is set now."""
        recipe = view.recipe(panel, controls)
        slots = {slot: name for slot, name in scope.chosen.items() if slot in panel.uses}
        picture = scope.picture if "picture" in slots else None
        query = view.address(view.seen_by(panel, controls, scope), scope)
        if panel.tab:
            query["tab"] = panel.tab
        return cls(
            view=view.name,
            figure=panel.name,
            controls=dict(recipe),
            models={name: scope.checkpoint(slot) for slot, name in slots.items() if slot != "picture"}
            | panel.other_weights(view.seen_by(panel, controls, scope), scope),
            picture=picture.name if picture else "",
            picture_digest=picture.digest if picture else "",
            versions=dict(versions()),
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            link=_link(view.page, query),
            over=dict(over or {}),
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return {"explorer": 1, **{name: _plain(value) for name, value in asdict(self).items()}}

    def as_json(self, *, indent: int | None = None) -> str:
        """One JSON object, in ASCII; without `indent` on one line."""
        return json.dumps(self.as_dict(), indent=indent, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Provenance:
        """The provenance in a recipe, whoever wrote it. The values of controls are checked by their view.

        Raises:
            ExportError: it is no recipe.
        """
        if len(text) > LARGEST:
            raise _no_recipe("it is too long")
        try:
            report = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise _no_recipe("it is not JSON") from error
        if not isinstance(report, dict) or report.get("explorer") != 1:
            raise _no_recipe("it is not marked as one of this program's recipes")
        kept = {}
        for item in fields(cls):
            value = report.get(item.name, {} if item.type.startswith("Mapping") else "")
            kind = _word
            if item.type.startswith("Mapping"):
                kind = _mapping_of_plain if item.name == "controls" else _mapping_of_words
            if not kind(value):
                raise _no_recipe(f"its {item.name} is not what it should be")
            kept[item.name] = value
        if not kept["view"] or not kept["figure"]:
            raise _no_recipe("it names no figure")
        return cls(**kept)


@cache
def versions() -> Mapping[str, str]:
    """The versions of Python and of the packages whose numbers matter, without importing them."""
    result = {"python": python_version()}
    for package in PACKAGES:
        try:
            result[package] = version(package)
        except PackageNotFoundError:
            continue
    return MappingProxyType(result)


def _link(page: str, query: Mapping[str, str]) -> str:
    """The address that Streamlit gives a page's script, and the query."""
    path = "/" + re.sub(r"^\d+[_ -]*", "", PurePosixPath(page).stem)
    return f"{path}?{urlencode(query)}" if query else path


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _word(value: Any) -> bool:
    return isinstance(value, str)


def _mapping_of_plain(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, Plain) for item in value.values())


def _mapping_of_words(value: Any) -> bool:
    return isinstance(value, dict) and all(map(_word, value.values()))


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _no_recipe(why: str) -> ExportError:
    return ExportError(
        "This is no recipe of a figure", why=why, do="choose the JSON file that a figure was exported to"
    )

"""What a sweep computes: one panel's analysis of every picture with every setting."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.errors import ControlError
from explorer.provenance import Provenance
from explorer.sweep.grid import open_setting, settings_of
from explorer.sweep.job import Job
from explorer.sweep.pictures import Pictures
from explorer.sweep.rows import Row, rows_of
from explorer.views import VIEWS, view
from explorer.views.scope import find_picture
from explorer.views.values import Value, as_text

if TYPE_CHECKING:
    from explorer.views.view import Panel, View

__all__ = ["Plan", "plan", "subject"]


@dataclass(frozen=True)
class Plan(Job):
    """A row for every picture with every setting of one panel."""

    differs: ClassVar[Mapping[str, str]] = {
        "view": "a sweep of another view",
        "figure": "a sweep of another figure",
        "models": "a sweep of other weights",
        "versions": "a sweep of other versions of its libraries",
        "sweep": "a sweep of other pictures or settings",
    }

    view_name: str
    panel_name: str
    pictures: Pictures
    settings: tuple[dict[str, Value], ...]
    over: Mapping[str, str]
    """What was said of the values."""
    maps: bool = False
    """Whether the arrays of each figure become columns as well."""
    device: str = "cpu"

    @property
    def view(self) -> View:
        return view(self.view_name)

    @property
    def panel(self) -> Panel:
        return self.view.panel(self.panel_name)

    @property
    def count(self) -> int:
        """Rows of all shards."""
        return len(self.pictures) * len(self.settings)

    @property
    def in_a_shard(self) -> int:
        """Pictures of a shard: few, so that little is lost; of very many pictures more, so that there are thousands
        of files and no more."""
        return min(256, max(4, len(self.pictures) // 500))

    @property
    def shards(self) -> int:
        return -(-len(self.pictures) // self.in_a_shard)

    def shard(self, at: int) -> range:
        return range(at * self.in_a_shard, min((at + 1) * self.in_a_shard, len(self.pictures)))

    def rows(self, shard: int) -> list[Row]:
        return [row for at in self.shard(shard) for row in rows_of(self, at)]

    @cached_property
    def recipe(self) -> dict[str, Any]:
        """The recipe of its first figure, which the command line draws, and what makes it many."""
        picture = find_picture("cat")
        controls, scope = open_setting(self.view, self.panel, self.settings[0], picture, device=self.device)
        first = Provenance.of(self.view, self.panel, controls, scope)
        models = dict(first.models)
        for setting in self.settings:
            scope = open_setting(self.view, self.panel, setting, picture, device=self.device)[1]
            models |= {
                name: scope.checkpoint(slot)
                for slot, name in scope.chosen.items()
                if slot in self.panel.uses and slot != "picture"
            }
        return {
            **dataclasses.replace(first, models=models, picture="", picture_digest="").as_dict(),
            "sweep": {
                "pictures": self.pictures.place,
                "count": len(self.pictures),
                "digest": self.pictures.digest,
                "settings": [
                    {name: as_text(value) for name, value in setting.items()} for setting in self.settings
                ],
                "maps": self.maps,
                "device": self.device,
                "in_a_shard": self.in_a_shard,
            },
        }


def plan(
    what: str, pictures: Pictures, over: Mapping[str, str], *, maps: bool = False, device: str = "cpu"
) -> Plan:
    """The sweep of a panel, named as `VIEW/FIGURE`, or `FIGURE` where one view alone has it.

    Raises:
        ControlError: there is no such figure, it shows no picture, or a setting cannot be.
    """
    found, panel = subject(what)
    settings = settings_of(found, panel, over, device=device)
    return Plan(found.name, panel.name, pictures, settings, dict(over), maps, device)


def subject(what: str) -> tuple[View, Panel]:
    """The view and the panel of a name.

    Raises:
        ControlError: there is none, or it shows no picture.
    """
    named, slash, figure = what.partition("/")
    if slash:
        panels = [(view(named), view(named).panel(figure))]
    else:
        panels = [(each, panel) for each in VIEWS.values() for panel in each.panels if panel.name == what]
    if len(panels) > 1:
        raise ControlError(
            f"Several views have a figure called {what!r}",
            do=f"write {' or '.join(f'{each.name}/{what}' for each, _ in panels)}",
        )
    if not panels or "picture" not in panels[0][1].uses:
        raise ControlError(
            f"{what!r} is no figure of one picture", do="write it as vision-transformer/rollout"
        )
    return panels[0]

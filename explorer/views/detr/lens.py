"""The lenses of the page: attention of queries and cells, and the matching."""

from explorer.views.detr.controls import Controls
from explorer.views.lens import File, Lens, counted, file_name, head, plain
from explorer.views.scope import Scope
from explorer.views.values import picked

__all__ = ["ATTENTION", "MATCHING"]


def _name(kind: str, controls: Controls, scope: Scope, *more: object) -> str:
    model = scope.model()
    which = (model.entry.name, model.checkpoint, scope.device, scope.picture.digest)
    return file_name(kind, *which, controls.shape, *more)


def _attention_files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    name = _name("detr", controls, scope)

    def make() -> bytes:
        from explorer.frontend.pack import pack_detr
        from explorer.views.detr.seen import see

        seen = see(controls, scope)
        return pack_detr(seen.sight, seen.picture, title=seen.model.entry.title, name=name)

    return (File(name, make),)


def _matching_files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    without = (controls.without_queries, controls.without_objects)
    name = _name("matching", controls, scope, controls.picture, controls.boxes, *without)

    def make() -> bytes:
        from explorer.frontend.matching import pack_matching
        from explorer.views.detr.seen import see, truth_of

        seen = see(controls, scope)
        queries, objects = ([int(number) for number in picked(several)] for several in without)
        return pack_matching(
            seen.sight,
            truth_of(controls, scope, seen),
            seen.picture,
            without_queries=queries,
            without_objects=objects,
            name=name,
        )

    return (File(name, make),)


ATTENTION = Lens(
    "lens",
    _attention_files,
    {"query": plain("query", int), "decoder": counted("layer"), "head": head("head")},
)
MATCHING = Lens(
    "matching",
    _matching_files,
    {
        "layer": counted("layer"),
        "shown": plain("shown", str),
        **{weight: plain(weight, float) for weight in ("class_cost", "l1", "giou")},
    },
    labels={"Layer": "layer", "Matrix": "shown", "Class weight": "class_cost", "GIoU weight": "giou"},
)

"""The lens of the tab *Generate*: the whole sequence is sent, and the browser moves through it."""

from explorer.models.edits import Edits
from explorer.models.sampler import Sampler
from explorer.views.image_transformer.controls import SAMPLED, Controls
from explorer.views.image_transformer.writing import number_of, pixel_model, sampling_of
from explorer.views.lens import File, Lens, file_name, plain
from explorer.views.scope import Scope

__all__ = ["GENERATION"]


def _layer(controls: Controls) -> int | None:
    return None if controls.layer == "mean" else int(controls.layer) - 1


def _files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    model = pixel_model(controls, scope)
    edits = Edits.read(controls.edits)
    sampled = [getattr(controls, name) for name in (*SAMPLED, "sample", "layer", "label", "blocks")]
    name = file_name("generation", model.name, model.checkpoint, model.device, edits, *sampled)

    def make() -> bytes:
        from explorer.frontend.generation import pack_generation

        writer = Sampler(
            model.module,
            seed=controls.seed,
            sampling=sampling_of(controls),
            labels=number_of(controls.label, model),
            first=controls.sample - 1,
        )
        return pack_generation(
            writer, edits=edits, layer=_layer(controls), name=name, on_progress=scope.progress
        )

    return (File(name, make),)


def _shows(controls: Controls, scope: Scope) -> bool:
    """Whether the generation can be sent."""
    from explorer.frontend.generation import sendable

    return sendable(pixel_model(controls, scope).module, _layer(controls))


GENERATION = Lens("generation", _files, {"step": plain("written", int)}, shows=_shows)

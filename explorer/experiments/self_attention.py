"""Self-attention projects, scores, weighs and sums (B1): how exactly what is drawn is the model's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    model: str = "words",
    text: str = "the robots near the tree are cool because they are efficient .",
    image: str = "cat",
    trained: bool = True,
    device: str = "cpu",
) -> Mapping[str, Any]:
    """The largest difference, in any layer, between a step that is drawn and the model's own tensor, caught by hooks
    on a copy of the model: what enters, q, k, v of the projection, the joined heads, the output.

    `model` is `words`, which reads `text`, or a vision transformer of the catalogue, which sees `image`.

    Raises:
        WeightsNotFound: the weights are not on this machine; `trained=False` measures random ones.
        UnsupportedModel: the model's layers do more than these steps.
    """
    import copy

    import torch

    from explorer.analysis.self_attention import self_attention

    if model == "words":
        import explorer.words as words
        from explorer.zoo.readers import load_reader

        loaded: Any = load_reader(trained=trained, device=device)
        x, given = torch.tensor([words.tokenise(text).numbers], device=loaded.device), loaded.module
        name, data = model, text
    else:
        from explorer import zoo
        from explorer.images import render
        from explorer.views.scope import find_picture

        loaded = given = zoo.load(model, kind=zoo.Model, trained=trained, device=device)
        picture = find_picture(image)
        x = loaded.prepare(render(picture, loaded.frame(picture, "crop")))
        name, data = loaded.entry.name, f"{picture.name}, {picture.digest}"
    own = copy.deepcopy(loaded.module)
    layers = len(getattr(own, "blocks", None) or own.layers)
    differences: dict[str, float] = {}
    for layer in range(layers):
        ours = self_attention(given, x, layer)
        caught = _caught(own, x, layer)
        projections = caught.pop("qkv").unflatten(-1, (3, ours.heads, -1)).permute(1, 2, 0, 3)
        caught |= dict(zip(("queries", "keys", "values"), projections, strict=True))
        for step, theirs in caught.items():
            apart = float(abs(getattr(ours, step) - theirs.cpu().numpy()).max())
            differences[step] = max(differences.get(step, 0.0), apart)
    return {
        "values": {"largest difference": max(differences.values()), **differences, "layers": layers},
        "model": name,
        "checkpoint": loaded.checkpoint,
        "data": data,
        "device": loaded.device,
    }


def _caught(own: Any, x: Any, layer: int) -> dict[str, Any]:
    """What hooks see in a layer of a module that is nobody else's."""
    import torch

    from explorer.analysis.attention_parts import parts_of

    entering, leaving, _ = parts_of(own, layer)
    parts: dict[str, Any] = dict(own.named_modules())
    caught: dict[str, Any] = {}
    handles = [
        parts[entering].register_forward_hook(lambda m, i, o: caught.update(embeddings=o[0])),
        parts[leaving.rpartition(".")[0]].qkv.register_forward_hook(lambda m, i, o: caught.update(qkv=o[0])),
        parts[leaving].register_forward_hook(lambda m, i, o: caught.update(joined=i[0][0], output=o[0])),
    ]
    with torch.no_grad():
        own(x)
    for handle in handles:
        handle.remove()
    return caught

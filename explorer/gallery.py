"""The built-in photographs: those that scikit-image carries in its own package, so nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from explorer.errors import PictureError
from explorer.images import Picture

__all__ = ["PHOTOGRAPHS", "Photograph", "credit", "names", "picture", "title"]


@dataclass(frozen=True)
class Photograph:
    """A photograph of the gallery."""

    title: str
    credit: str
    """Who made it and on what terms, as scikit-image's documentation says."""
    file: str
    """Its name in scikit-image's data folder."""


PHOTOGRAPHS: Mapping[str, Photograph] = {
    "cat": Photograph("Chelsea the cat", "Stéfan van der Walt, CC0", "chelsea.png"),
    "astronaut": Photograph("The astronaut Eileen Collins", "NASA, public domain", "astronaut.png"),
    "coffee": Photograph(
        "A cup of coffee", "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0", "coffee.png"
    ),
    "rocket": Photograph("A Falcon 9 lifts off", "SpaceX, public domain", "rocket.jpg"),
    "motorcycle": Photograph(
        "A motorcycle in a workshop",
        "Scharstein et al., Middlebury stereo data of 2014, free for use with citation",
        "motorcycle_left.png",
    ),
    "camera": Photograph("A photographer at work", "Lav Varshney, CC0", "camera.png"),
    "coins": Photograph("Greek coins from Pompeii", "Brooklyn Museum, no known restrictions", "coins.png"),
    "clock": Photograph(
        "A clock, the camera moving", "Stéfan van der Walt, public domain", "clock_motion.png"
    ),
    "galaxies": Photograph("The Hubble eXtreme Deep Field", "NASA, public domain", "hubble_deep_field.jpg"),
    "retina": Photograph("The back of a human eye", "Mikael Häggström, CC0", "retina.jpg"),
    "tissue": Photograph(
        "Colonic glands, stained",
        "Center for Microscopy and Molecular Imaging, no known restrictions",
        "ihc.png",
    ),
    "brick": Photograph("A brick wall", "CC0 Textures, CC0", "brick.png"),
    "grass": Photograph("Grass", "linolafett, CC0", "grass.png"),
    "gravel": Photograph("Gravel", "CC0 Textures, CC0", "gravel.png"),
}


def names() -> tuple[str, ...]:
    """The names, as they stand in links and on the command line; the first is the default."""
    return tuple(PHOTOGRAPHS)


def title(name: str) -> str:
    """What is to be seen on it."""
    return _photograph(name).title


def credit(name: str) -> str:
    """Who made it and on what terms."""
    return _photograph(name).credit


@lru_cache(maxsize=len(PHOTOGRAPHS))
def picture(name: str) -> Picture:
    """The photograph of that name.

    Raises:
        PictureError: there is none, or scikit-image came without it.
    """
    photograph = _photograph(name)
    # Found without importing scikit-image, whose loader may want to go to the network.
    spec = find_spec("skimage")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        path = Path(folder) / "data" / photograph.file
        if path.is_file():
            return Picture.from_bytes(path.read_bytes(), name=name)
    raise PictureError(
        f"The photograph {name} is not on this machine",
        why="scikit-image is missing or came without its pictures",
        do="install it anew with `pip install --force-reinstall scikit-image`",
    )


def _photograph(name: str) -> Photograph:
    if name not in PHOTOGRAPHS:
        raise PictureError(
            f"The gallery has no photograph called {name!r}", do=f"choose among {', '.join(PHOTOGRAPHS)}"
        )
    return PHOTOGRAPHS[name]

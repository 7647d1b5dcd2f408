"""The built-in photographs: scikit-image's and scikit-learn's own, and those in `photographs/`; nothing is fetched."""

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
    """Who made it and on what terms, as its source says; `photographs/SOURCES.md` has the addresses."""
    file: str
    """Its name in the folder of its package."""
    shows: tuple[str, ...] = ()
    """What ImageNet's classes call the thing on it, any of them right; none where it is none of their things."""
    package: str = "skimage"
    objects: str = ""
    """Boxes drawn by hand around the objects of Pascal VOC's classes that are clearly to be seen:
    kind_top_left_bottom_right in its pixels, joined by ~."""


FOLDERS = {"skimage": "data", "sklearn": "datasets/images", "explorer": "photographs"}
"""Where each package keeps its photographs."""


def _ours(title: str, credit: str, name: str, *shows: str, objects: str = "") -> Photograph:
    return Photograph(title, credit, f"{name}.webp", shows, "explorer", objects)


PHOTOGRAPHS: Mapping[str, Photograph] = {
    "cat": Photograph(
        "Chelsea the cat",
        "Stéfan van der Walt, CC0",
        "chelsea.png",
        ("Egyptian cat", "tabby", "tiger cat"),
        objects="cat_0_0_300_401",
    ),
    "dog": _ours(
        "A German shepherd",
        "Hans Kemperman, public domain",
        "dog",
        "German shepherd",
        objects="dog_17_23_452_567",
    ),
    "macaw": _ours(
        "A scarlet macaw", "Dcoetzee, public domain", "macaw", "macaw", objects="bird_64_146_496_579"
    ),
    "taxis": _ours(
        "Taxis in New York",
        "Pexels 8247, CC0",
        "taxis",
        "cab",
        objects="car_258_57_336_239~car_248_206_352_374~car_274_324_396_509~car_281_583_427_640~car_254_18_322_148"
        "~car_261_375_296_462~car_273_460_330_515~car_282_547_298_569~car_271_0_314_59",
    ),
    "jockey": _ours(
        "A horse race",
        "Pexels 158976, CC0",
        "jockey",
        "sorrel",
        objects="horse_64_163_382_470~person_10_234_188_359",
    ),
    "football": _ours(
        "A football match",
        "Pexels 274422, CC0",
        "football",
        "soccer ball",
        objects="person_101_28_391_169~person_88_131_391_421~person_98_397_394_554~person_126_0_275_13",
    ),
    "coffee": Photograph(
        "A cup of coffee",
        "Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0",
        "coffee.png",
        ("espresso", "cup"),
    ),
    "burger": _ours("A cheeseburger", "Pexels 70497, CC0", "burger", "cheeseburger"),
    "airliner": _ours(
        "An airliner", "Pexels 8394, CC0", "airliner", "airliner", objects="airplane_178_258_242_356"
    ),
    "red-panda": _ours("A red panda", "Mathias Appel, CC0", "red-panda", "lesser panda"),
    "koala": _ours("A koala", "BurningWell, public domain", "koala", "koala"),
    "polar-bear": _ours("A polar bear", "maker not named, public domain", "polar-bear", "ice bear"),
    "hens": _ours(
        "Four hens",
        "Tranquilles, public domain",
        "hens",
        "hen",
        objects="bird_77_25_324_138~bird_46_232_318_354~bird_77_318_332_449~bird_81_438_378_621",
    ),
    "camera": Photograph(
        "A photographer at work",
        "Lav Varshney, CC0",
        "camera.png",
        ("tripod",),
        objects="person_62_0_512_332",
    ),
    "motorcycle": Photograph(
        "A motorcycle in a workshop",
        "Scharstein et al., Middlebury stereo data of 2014, free for use with citation",
        "motorcycle_left.png",
        ("moped", "motor scooter"),
        objects="motorcycle_20_92_452_684~bicycle_114_0_231_142",
    ),
    "rocket": Photograph(
        "A Falcon 9 lifts off", "SpaceX, public domain", "rocket.jpg", ("missile", "projectile")
    ),
    "palace": Photograph(
        "The Summer Palace in Beijing",
        "danielbuechele on Flickr, CC BY 2.0",
        "china.jpg",
        ("palace",),
        "sklearn",
    ),
    "astronaut": Photograph(
        "The astronaut Eileen Collins", "NASA, public domain", "astronaut.png", objects="person_15_18_512_364"
    ),
    "clock": Photograph(
        "A clock, the camera moving", "Stéfan van der Walt, public domain", "clock_motion.png"
    ),
    "flower": Photograph("A dahlia", "vultilion on Flickr, CC BY 2.0", "flower.jpg", package="sklearn"),
    "coins": Photograph("Greek coins from Pompeii", "Brooklyn Museum, no known restrictions", "coins.png"),
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
        PictureError: there is none, or its package came without it.
    """
    photograph = _photograph(name)
    # Found without importing the package: scikit-image's loader may want to go to the network.
    spec = find_spec(photograph.package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / FOLDERS[photograph.package] / photograph.file
        if path.is_file():
            return Picture.from_bytes(path.read_bytes(), name=name)
    package = {"skimage": "scikit-image", "sklearn": "scikit-learn"}.get(photograph.package, "explorer")
    raise PictureError(
        f"The photograph {name} is not on this machine",
        why=f"{package} is missing or came without its pictures",
        do=f"install it anew with `pip install --force-reinstall {package}`",
    )


def _photograph(name: str) -> Photograph:
    if name not in PHOTOGRAPHS:
        raise PictureError(
            f"The gallery has no photograph called {name!r}", do=f"choose among {', '.join(PHOTOGRAPHS)}"
        )
    return PHOTOGRAPHS[name]

"""Pictures with exactly known boxes: the training set of the small DETR and its page's composer."""

from explorer.scenes.backgrounds import BACKGROUNDS, Background
from explorer.scenes.kinds import KINDS, LETTERS, TEXTURES
from explorer.scenes.many import drawn_scenes
from explorer.scenes.random import random_scene
from explorer.scenes.reference import RandomScene, is_scene, read_scene, scene_picture, write_scene
from explorer.scenes.scene import MOST_OBJECTS, Scene, SceneObject, Truth, boxes, draw, picture

__all__ = [
    "BACKGROUNDS",
    "KINDS",
    "LETTERS",
    "MOST_OBJECTS",
    "TEXTURES",
    "Background",
    "RandomScene",
    "Scene",
    "SceneObject",
    "Truth",
    "boxes",
    "draw",
    "drawn_scenes",
    "is_scene",
    "picture",
    "random_scene",
    "read_scene",
    "scene_picture",
    "write_scene",
]

"""The browser's assignment is SciPy's, of several that are equally cheap the same one."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from explorer import zoo
from explorer.analysis.assignment import CostWeights, assign
from explorer.analysis.detection import run_detr
from explorer.analysis.true_objects import true_objects
from explorer.frontend.matching import pack_matching
from explorer.scenes import boxes, read_scene, scene_picture
from explorer.zoo.detr import preprocess
from tests.frontend.node import node

SCENE = "scene-100-4-0.04-0.6-0.3"


def script(folder: Path, name: str) -> Path:
    node("tests/bundle.mjs", f"tests/{name}.ts", folder / f"{name}.mjs")
    return folder / f"{name}.mjs"


def test_assignments_are_scipys_ties_and_all(tmp_path: Path):
    random = np.random.default_rng(0)
    shapes = [(1, 1), (3, 3), (2, 7), (7, 2), (20, 4), (100, 3), (40, 40), (100, 100)] * 6
    matrices = [random.normal(size=shape) for shape in shapes]
    matrices += [random.integers(0, 4, shape).astype(float) for shape in shapes]  # ties everywhere
    matrices += [np.zeros(shape) for shape in shapes[:8]]
    given = [
        {"rows": len(cost), "columns": cost.shape[1], "cost": cost.ravel().tolist()} for cost in matrices
    ]
    (tmp_path / "given").write_text(json.dumps(given))
    node(script(tmp_path, "assignments"), tmp_path / "given", tmp_path / "out")
    for cost, columns in zip(matrices, json.loads((tmp_path / "out").read_text()), strict=True):
        found = {row: column for row, column in enumerate(columns) if column >= 0}
        assert found == dict(zip(*map(np.ndarray.tolist, linear_sum_assignment(cost)), strict=True))


@pytest.mark.parametrize("without", [((), ()), ((5, 7), (1,))], ids=str)
def test_costs_and_pairs_of_a_detr_are_the_librarys(without, tmp_path: Path):
    model, picture = zoo.load("detr-scenes"), scene_picture(SCENE)
    sight = run_detr(model, preprocess(model, picture))
    known = boxes(read_scene(SCENE), height=picture.height, width=picture.width)
    truth = true_objects(
        [each.whole for each in known],
        [each.object.kind for each in known],
        classes=sight.classes,
        height=picture.height,
        width=picture.width,
    )
    left_out = dict(zip(("without_queries", "without_objects"), without, strict=True))
    weights = [(1.0, 5.0, 2.0), (0.0, 0.5, 0.0), (3.5, 0.0, 10.0), (0.0, 0.0, 0.0)]
    names = ("class_cost", "l1", "giou")
    (tmp_path / "file").write_bytes(pack_matching(sight, truth, picture, **left_out))
    (tmp_path / "weights").write_text(json.dumps([dict(zip(names, each, strict=True)) for each in weights]))
    node(script(tmp_path, "matching"), tmp_path / "file", tmp_path / "weights", tmp_path / "out")
    answers = json.loads((tmp_path / "out").read_text())
    for each, layers in zip(weights, answers, strict=True):
        for layer, found in enumerate(layers):
            predictions = sight.predictions(layer=layer)
            exact = assign(
                predictions.probs,
                predictions.boxes_cxcywh,
                truth,
                classes=sight.classes,
                weights=CostWeights(*each),
                **left_out,
            )
            assert np.array_equal(np.reshape(found["cost"], exact.cost.shape), exact.cost)
            pairs = tuple((query, thing) for query, thing in enumerate(found["assigned"]) if thing >= 0)
            assert pairs == exact.pairs

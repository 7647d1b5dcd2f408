import numpy as np
import pytest
import torch

from explorer.analysis.self_attention import STEPS
from explorer.analysis.self_attention_results import TokensMoved
from explorer.figures.self_attention import lines_figure, step_figure
from explorer.tap import Change
from tests.analysis.given_matrices import from_embeddings
from tests.figures.drawn import heatmaps

WORDS = ("the", "<b>robot</b>", "is", "cool")


def found(change=None):
    make = torch.Generator().manual_seed(1)
    shapes = [(4, 6), (6, 8), (6, 8), (6, 8), (8, 6)]
    x, *weights = (torch.randn(shape, generator=make) for shape in shapes)
    return from_embeddings(x, weights, heads=2, change=change)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_drawn_with_its_formula_its_shape_and_the_querys_row(step):
    attention = found()
    figure = step_figure(attention, step, head=1, query=2, names=WORDS)
    values = attention.step(step, 1).values
    np.testing.assert_array_equal(heatmaps(figure)[0].z, values)
    assert STEPS[step] in figure.layout.title.text
    assert f"4 × {values.shape[1]}" in figure.layout.title.text
    (row,) = figure.layout.shapes
    assert (row.y0, row.y1) == (1.5, 2.5)


def test_what_a_mask_hides_is_empty():
    figure = step_figure(found(Change(causal=True)), "scaled", query=0)
    hidden = np.isnan(np.asarray(heatmaps(figure)[0].z, float))
    np.testing.assert_array_equal(hidden, np.triu(np.ones((4, 4), bool), 1))


def test_the_opacity_of_a_line_is_its_weight():
    attention = found()
    figure = lines_figure(attention, query=3, names=WORDS)
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(lines) == 8
    drawn = [float(line.line.color.rsplit(",", 1)[1].rstrip(")")) for line in lines]
    np.testing.assert_allclose(drawn, attention.weights[:, 3].ravel(), atol=1e-5)
    assert [tuple(line.x) for line in lines] == [(3, key) for key in range(4)] * 2


def test_a_visitors_word_is_never_markup():
    texts = [note.text for note in lines_figure(found(), names=WORDS).layout.annotations]
    assert "&lt;b&gt;robot&lt;/b&gt;" in texts


def test_the_change_of_every_token_is_a_bar():
    attention = found(Change(heads=(0,)))
    np.testing.assert_array_equal(TokensMoved(attention, WORDS).figure().data[0].y, attention.moved)
    assert attention.moved.min() > 0

import numpy as np
import pytest
import torch

from explorer.analysis.answer_change import answer_change
from explorer.analysis.attention_parts import depth_of, projections_of
from explorer.analysis.cell_product import cell_product
from explorer.analysis.self_attention import STEPS, self_attention
from explorer.errors import AnalysisError, ControlError
from explorer.tap import Change
from explorer.zoo.readers import load_reader
from tests.analysis.written_out import pictures, small_vit

NUMBERS = torch.tensor([[3, 40, 9, 60, 21, 15, 9, 70]])


@pytest.fixture(params=["words", "vit"])
def model(request):
    if request.param == "vit":
        return small_vit(1), pictures(1)
    return load_reader(trained=False, seed=2).module, NUMBERS


@pytest.mark.parametrize("step", [name for name in STEPS if name != "embeddings"])
@pytest.mark.parametrize("change", [Change(), Change(heads=(1,), temperature=0.5)])
def test_two_vectors_give_the_number_that_stands_in_the_step(model, step, change):
    module, x = model
    result = self_attention(module, x, 1, change=change)
    for row, column, head in ((0, 1, 1), (2, 3, 0)):
        cell = cell_product(result, module, step, head=head, row=row, column=column)
        drawn = result.step(step, head).values[row, column]
        assert cell.cell == pytest.approx(drawn)
        whole = sum(a * b for a, b in zip(cell.left.tolist(), cell.right.tolist(), strict=True)) + cell.bias
        assert whole == pytest.approx(cell.product, abs=1e-5)
        wanted = result.products[head, row, column] if step in ("products", "scaled", "weights") else drawn
        assert cell.product == pytest.approx(wanted, abs=1e-5)
        np.testing.assert_allclose(cell.terms, cell.left * cell.right)


def test_what_is_no_product_is_said_so(model):
    module, x = model
    result = self_attention(module, x, 0)
    with pytest.raises(AnalysisError, match="no product"):
        cell_product(result, module, "embeddings", head=0, row=0, column=0)
    with pytest.raises(ControlError, match="no cell"):
        cell_product(result, module, "weights", head=0, row=0, column=999)
    assert set(projections_of(module, 0)) == {"queries", "keys", "values", "output"}
    assert depth_of(module) >= 2


def test_queries_that_are_normalised_are_not_called_a_product():
    import timm

    torch.manual_seed(1)
    module = timm.create_model(
        "vit_tiny_patch16_224", img_size=32, patch_size=8, depth=2, embed_dim=16, num_heads=2, qk_norm=True
    ).eval()
    with torch.no_grad():
        x = torch.randn(1, 3, 32, 32)
    result = self_attention(module, x, 0)
    with pytest.raises(AnalysisError, match="normalises or turns"):
        cell_product(result, module, "queries", head=0, row=0, column=0)
    cell_product(result, module, "values", head=0, row=0, column=0)


def test_answers_are_the_softmax_before_and_after():
    before, after = np.array([2.0, 0.0, 1.0, -1.0]), np.array([0.0, 3.0, 1.0, -1.0])
    result = answer_change(before, after, ("a", "b", "c", "d"), most=2)
    assert result.names == ("a", "c", "b")
    raised = [np.exp(item) / np.exp(item).sum() for item in (before, after)]
    np.testing.assert_allclose(result.before, raised[0][[0, 2, 1]])
    np.testing.assert_allclose(result.after, raised[1][[0, 2, 1]])
    assert result.first == ("a", "b")
    assert result.moved == pytest.approx(np.abs(raised[0] - raised[1]).sum() / 2)
    with pytest.raises(AnalysisError, match="no classes"):
        answer_change(before, after, ())

"""Training's further groups change nothing of the model that ships."""

import pytest
import torch
from transformers import DetrForObjectDetection

from explorer.data.targets import Targets
from explorer.models.small_detr import small_detr
from explorer.training.detr_groups import InTraining, token_targets
from explorer.training.run import attend_plainly


def model(groups: int) -> tuple[DetrForObjectDetection, InTraining]:
    torch.manual_seed(0)
    detr = small_detr(classes=("a", "b"), queries=4, width=32, layers=2).eval()
    with torch.no_grad():
        # Norms that are not the identity, so that one too many or too few is seen.
        for name, parameter in detr.named_parameters():
            if "norm" in name:
                parameter.add_(0.5 * torch.randn_like(parameter))
    return detr, InTraining(detr, groups=groups).eval()


def test_first_group_is_the_model_that_ships() -> None:
    detr, training = model(groups=3)
    x = torch.randn(2, 3, 48, 64)
    with torch.no_grad():
        logits, boxes, *_, grid = training(x)
        alone = detr(x)
    assert logits.shape == (2, 3, 2, 4, 3)
    assert grid == (6, 8)
    torch.testing.assert_close(logits[-1, 0], alone.logits, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(boxes[-1, 0], alone.pred_boxes, atol=1e-5, rtol=1e-5)


def test_groups_do_not_see_each_other() -> None:
    _, training = model(groups=3)
    x = torch.randn(1, 3, 48, 48)
    with torch.no_grad():
        before = training(x)[0]
        training.further[1].add_(1.0)
        after = training(x)[0]
    torch.testing.assert_close(before[:, :2], after[:, :2])
    assert not torch.allclose(before[:, 2], after[:, 2])


def test_token_under_the_centre_belongs_to_the_smallest_object() -> None:
    large, small = [0.5, 0.5, 0.8, 0.8], [0.55, 0.55, 0.02, 0.02]
    targets = Targets.of(
        [torch.tensor([0, 1]), torch.tensor([], dtype=torch.int64)],
        [torch.tensor([large, small]), torch.zeros(0, 4)],
    )
    owner = token_targets(targets, 10, 10).view(2, 10, 10)
    assert int(owner[0, 5, 5]) == 1
    assert int((owner[0] == 1).sum()) == 1
    # The inner half of 0.3 … 0.7 holds four rows and columns of centres.
    assert int((owner[0] >= 0).sum()) == 16
    assert bool((owner[1] == -1).all())


def test_what_is_said_is_the_same_with_plain_attention(caplog: pytest.LogCaptureFixture) -> None:
    _, training = model(groups=2)
    x = torch.randn(1, 3, 48, 48)
    with torch.no_grad():
        fused = training(x)
        attend_plainly(training)
        plain = training(x)
    kinds = {part.config._attn_implementation for part in training.modules() if hasattr(part, "config")}
    assert kinds == {"eager"}
    for one, other in zip(fused[:4], plain[:4], strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
    assert not caplog.records, "it is said of no part that it may misbehave"

import numpy as np
import pytest
import torch
from torch import nn

from explorer import zoo
from explorer.data.imagenette import CLASSES
from explorer.training import recipes
from explorer.training.classifiers import BATCH, HELD_OUT, Classify, Shown, accuracy, classifiers
from explorer.training.run import Run
from explorer.zoo.building import build
from tests.training.photographs import archive

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("imagenette")
    rng = np.random.default_rng(0)
    many = HELD_OUT + 2 * BATCH + 5
    archive(
        folder / "imagenette-train.npz",
        list(rng.integers(0, 256, (many, 8, 8, 3), np.uint8)),
        rng.integers(0, 10, many).tolist(),
    )
    return folder


class Kept(nn.Module):
    """Remembers its input; says every class alike."""

    def __init__(self):
        super().__init__()
        self.bias, self.patch_drop, self.seen = nn.Parameter(torch.zeros(10)), nn.Dropout(0.3), []

    def forward(self, x):
        self.seen.append((x, self.patch_drop.prob if hasattr(self.patch_drop, "prob") else None))
        return self.bias.expand(len(x), 10)


def test_an_epoch_shows_each_photograph_at_most_once_and_the_next_another_order(data):
    task = Classify(data, CPU)
    first = [task._order(step) for step in range(2)]
    assert torch.cat(first).unique().numel() == 2 * BATCH
    assert not torch.equal(first[0], task._order(2))
    assert torch.cat([task._order(step) for step in range(12)]).unique().numel() == 2 * BATCH + 5


def test_a_step_draws_the_same_batch_whenever_it_comes(data):
    task, module = Classify(data, CPU), Kept()
    for seed, step in ((5, 1), (6, 0), (5, 1)):
        torch.manual_seed(seed)
        task.loss(module, step)
    assert torch.equal(module.seen[0][0], module.seen[2][0])
    assert not torch.equal(module.seen[0][0], module.seen[1][0])
    assert module.seen[0][0].shape == (BATCH, 3, 128, 128)


def test_an_undecided_model_loses_the_logarithm_of_the_classes(data):
    torch.manual_seed(0)
    loss = Classify(data, CPU).loss(Kept(), 0).detach()
    assert float(loss) == pytest.approx(np.log(10), rel=1e-5)


def test_a_teacher_pulls_towards_what_it_says(data):
    class Sure(nn.Module):
        def forward(self, x):
            return torch.tensor([50.0] + [0.0] * 9).expand(len(x), 10)

    module = Kept()
    torch.manual_seed(0)
    Classify(data, CPU, shown=((1, Shown(mix=0.0)),), teacher=Sure()).loss(module, 0).backward()
    assert int(module.bias.grad.argmin()) == 0  # the gradient raises the teacher's class most
    assert float(module.bias.grad[0]) < -0.5


def test_batches_are_shown_as_was_said_until_the_step_that_was_said(data):
    shown = ((1, Shown(size=96, dropped=0.75)), (2, Shown(dropped=0.5)))
    task, module = Classify(data, CPU, shown=shown), Kept()
    for step in range(3):
        task.loss(module, step)
    assert [(x.shape[-1], prob) for x, prob in module.seen] == [(96, 0.75), (128, 0.5), (128, 0.0)]


def test_accuracy_counts_the_largest_logit():
    class Red(nn.Module):
        def forward(self, x):
            return nn.functional.one_hot((x[:, 0].mean((1, 2)) > 0).long(), 10).float()

    pictures = torch.zeros(300, 3, 4, 4, dtype=torch.uint8)
    pictures[::3, 0] = 255  # class 1 for a third
    labels = torch.zeros(300, dtype=torch.long)
    labels[0] = 1
    assert accuracy(Red(), pictures, labels, device=CPU) == pytest.approx(201 / 300)


@pytest.mark.parametrize("name", ["cnn-128", "vit-128", "hybrid-128"])
def test_models_are_as_small_as_promised_and_have_the_tokens_promised(name):
    recipe = recipes()[name]
    module = build(recipe.architecture, recipe.options).eval()
    assert (
        sum(p.numel() for p in module.parameters())
        <= {"cnn-128": 4e6, "vit-128": 6e6, "hybrid-128": 6e6}[name]
    )
    assert module(torch.zeros(1, 3, 128, 128)).shape == (1, len(CLASSES))
    if name == "cnn-128":
        assert module.forward_features(torch.zeros(1, 3, 128, 128)).shape == (1, 256, 8, 8)
    else:
        assert tuple(module.patch_embed.grid_size) == (16, 16)
        assert module.num_prefix_tokens == 1
    assert set(recipe.build().state_dict()) == set(module.state_dict())


def test_the_hybrid_stands_on_the_cnns_own_features_and_training_leaves_them():
    hybrid, cnn = recipes()["hybrid-128"].build(), zoo.load("cnn-128", device="cpu").module
    x = torch.randn(2, 3, 128, 128)
    hybrid.train()
    hybrid(x).sum().backward()
    stem = hybrid.eval().patch_embed.backbone
    wanted = cnn.layer2(cnn.layer1(cnn.maxpool(cnn.act1(cnn.bn1(cnn.conv1(x))))))
    torch.testing.assert_close(stem(x), wanted)
    assert all(parameter.grad is None for parameter in stem.parameters())
    assert hybrid.patch_embed.proj.weight.grad is not None


def test_a_gpu_follows_the_same_models_for_longer_towards_more():
    for one, more in zip(classifiers(large=False), classifiers(large=True), strict=True):
        assert (more.name, more.architecture, more.options) == (one.name, one.architecture, one.options)
        assert more.steps > 4 * one.steps
        assert 1 > more.target > one.target


def test_on_a_cpu_attention_is_trained_as_plain_products_of_the_same_value():
    vit = classifiers(large=False)[1]
    run = Run(vit, CPU)
    fused = vit.build().eval()
    fused.load_state_dict(run.average.state_dict())
    x = torch.randn(2, 3, 128, 128)
    with torch.no_grad():
        torch.testing.assert_close(run.average(x), fused(x), atol=1e-5, rtol=1e-4)
    assert not any(block.attn.fused_attn for block in run.module.blocks)

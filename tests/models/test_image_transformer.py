from itertools import product

import numpy as np
import pytest
import torch
from scipy.special import expit
from torch.nn.functional import softmax

from explorer.errors import AnalysisError, ControlError
from explorer.models.image_transformer import ImageTransformer
from explorer.models.value_output import LogisticMixture
from explorer.tap.watch import Watch
from tests.models.writing import KINDS, PIXELS, of_pixels, seen_directly, small

FED = {
    "one value": {},
    "neighbours": {"neighbours": ((-1, 0), (-1, 1), (0, -1))},
    "by a linear sum": {
        "neighbours": ((0, -1), (-1, 1, -1), (0, 0, -2)),
        "output": "logistic",
        "linear": True,
    },
}


def dependence(model: ImageTransformer, step: int) -> set[int]:
    """Values with a gradient at the logits of one step."""
    canvas = model.canvas
    stop = model.blocked.stop(None)
    values = torch.randint(model.levels, (1, canvas.values))
    fed = model.fed(values, stop)
    looked_up, near = model.look_up(fed).detach().requires_grad_(), model.near(fed)
    asked = [looked_up] if near is None else [looked_up, near.requires_grad_()]
    logits = model.decode(model.slots(looked_up, None), near=near)[0, step]
    gradients = torch.autograd.grad((logits * torch.randn_like(logits)).sum(), asked)
    reached = sum(gradient[0].reshape(*fed.shape[1:], -1).abs().sum(-1) for gradient in gradients)
    sources = model.sources[reached > 0]
    return set(sources.tolist()) - {-1}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fed", FED.values(), ids=FED)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_no_value_sees_itself_or_the_future(kind: dict, fed: dict, channels: int):
    model = small(channels, **fed, **kind).double()
    for step in (0, 1, 6, 7, 8, 13, 20, model.canvas.values - 1):
        assert all(value < step for value in dependence(model, step))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_pixels_channel_sees_those_before_it_and_nothing_later(kind: dict):
    """Each value changed by itself, in double precision: what comes before it must not change by a bit."""
    model = small(3, **of_pixels(kind, 3), **PIXELS).double()
    torch.nn.init.normal_(model.output.parts.weight, std=0.3)
    values = torch.randint(model.levels, (1, model.canvas.values))
    logits = model(values)[0]
    for step in (0, 1, 2, 3, 22, 23, 60, 61, 62, 124):
        other = values.clone()
        other[0, step] = (other[0, step] + 1) % model.levels
        changed = (model(other)[0] != logits).any(-1)
        assert not changed[: step + 1].any()
        assert changed[step + 1]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_one_layer_depends_on_its_memory_block_and_on_nothing_else(kind: dict):
    model = small(depth=1, **kind).double()
    places = [tuple(place) for place in model.blocks.places.tolist()]
    for step in range(0, model.canvas.values, 3):
        assert dependence(model, step) == seen_directly(kind, step, places)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_attention_in_blocks_is_attention_with_the_whole_mask(kind: dict, fused: bool):
    """The same layer written out: one N x N matrix of scores, masked by the definition."""
    model = small(depth=1, **kind).double()
    model.blocked.fused_attn = fused
    layer, slots = model.layers[0], model.canvas.values
    x = torch.randn(2, slots, 16, dtype=torch.float64)
    q, k, v = (
        part.view(2, slots, 2, 8).transpose(1, 2) for part in layer.qkv(layer.attention_norm(x)).chunk(3, -1)
    )
    mask = torch.zeros(slots, slots, dtype=torch.bool)
    for step in range(slots):
        mask[step, model.blocks.slots(step)] = True
    scores = (q @ k.transpose(-1, -2) / 8**0.5).masked_fill(~mask, -torch.inf)
    expected = (softmax(scores, -1) @ v).transpose(1, 2).flatten(2)
    expected = x + layer.out(expected)
    expected = expected + layer.shrink(torch.relu(layer.hidden(layer.hidden_norm(expected))))
    torch.testing.assert_close(layer(x, blocked=model.blocked), expected)


def test_a_shorter_pass_gives_the_same_first_logits():
    for kind in KINDS.values():
        model = small(**kind).double()
        values = torch.randint(5, (2, model.canvas.values))
        whole = model(values)
        for length in (1, 7, 8, 30):
            torch.testing.assert_close(model(values[:, : length - 1], length=length), whole[:, :length])


def test_every_attention_is_seen_by_the_tap():
    model = small(depth=3, low=(3, 3), encoder_depth=1, attention="1d", query=(7,), memory=(7,))
    watch = Watch()
    with torch.no_grad(), watch:
        model(torch.zeros(1, 42, dtype=torch.long), low=torch.zeros(1, 3, 3, 1, dtype=torch.long))
    assert len(watch.calls) == 1 + 3 * 2


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_the_logistic_mixture_is_the_difference_of_cumulative_sums(levels: int):
    torch.manual_seed(1)
    output = LogisticMixture(8, levels, components=3).double()
    torch.nn.init.normal_(output.parts.weight)
    x = torch.randn(4, 8, dtype=torch.float64)
    weight, mean, log_scale = output.parts(x).chunk(3, -1)
    step = 2 / (levels - 1)
    expected = torch.zeros(4, levels, dtype=torch.float64)
    for value in range(levels):
        centre = value * step - 1
        upper = (
            torch.sigmoid((centre + step / 2 - mean) / log_scale.exp())
            if value < levels - 1
            else torch.ones(())
        )
        lower = torch.sigmoid((centre - step / 2 - mean) / log_scale.exp()) if value else torch.zeros(())
        expected[:, value] = (softmax(weight, -1) * (upper - lower)).sum(-1)
    torch.testing.assert_close(output(x).exp(), expected, atol=1e-9, rtol=1e-5)
    torch.testing.assert_close(output(x).exp().sum(-1), torch.ones(4, dtype=torch.float64))


def test_the_channels_of_a_pixel_are_one_mixture():
    """Every colour's probability, as the mixture of products of differences of SciPy's cumulative sums."""
    torch.manual_seed(1)
    levels, components, half = 4, 3, 1 / 3
    output = LogisticMixture(8, levels, components=components, channels=3, sources=2).double()
    output.requires_grad_(False)
    torch.nn.init.normal_(output.parts.weight, std=0.2)
    x, near = torch.randn(1, 8, dtype=torch.float64), torch.randn(1, 2, dtype=torch.float64)
    weight, mean, log_scale, shares, moves = np.split(
        output.parts(x)[0].numpy(), np.cumsum([components, 3 * components, 3 * components, 6])
    )
    mean, log_scale = mean.reshape(3, components), log_scale.reshape(3, components)
    mean = mean + (shares.reshape(3, 2) @ near[0].numpy())[:, None]
    total = 0.0
    for red, green, blue in product(range(levels), repeat=3):
        r, g, b = (value * 2 * half - 1 for value in (red, green, blue))
        means = (mean[0], mean[1] + moves[0] * r, mean[2] + moves[1] * r + moves[2] * g)
        each = np.exp(weight) / np.exp(weight).sum()
        for value, at, centre, scale in zip(
            (red, green, blue), (r, g, b), means, np.exp(log_scale), strict=True
        ):
            upper = expit((at + half - centre) / scale) if value < levels - 1 else 1.0
            lower = expit((at - half - centre) / scale) if value else 0.0
            each = each * (upper - lower)
        colour = torch.tensor([red, green, blue])
        by_steps = output(x, near, colour).log_softmax(-1).gather(-1, colour[:, None]).sum()
        assert float(by_steps.exp()) == pytest.approx(each.sum(), abs=1e-12)
        whole = output.log_probability(x, colour, near).sum()
        assert float(whole.exp()) == pytest.approx(each.sum(), abs=1e-12)
        total += each.sum()
    assert total == pytest.approx(1)


@pytest.mark.parametrize(
    "kind", [{}, {"output": "logistic"}, FED["by a linear sum"]], ids=["categorical", "logistic", "linear"]
)
@pytest.mark.parametrize("low", [None, (3, 3)])
def test_the_likelihood_is_the_softmax_at_the_values(kind: dict, low: tuple[int, int] | None):
    torch.manual_seed(0)
    options = {"low": low, "encoder_depth": 1} if low else {}
    model = small(**kind, **options).eval()
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    values = torch.randint(model.levels, (3, model.canvas.values))
    values[0, :4] = torch.tensor([0, model.levels - 1, 0, model.levels - 1])
    told = torch.zeros(3, 3, 3, 1, dtype=torch.long) if low else None
    expected = softmax(model(values, low=told).double(), -1).gather(2, values[..., None])[..., 0].log()
    torch.testing.assert_close(
        model.log_likelihood(values, low=told).double(), expected, atol=1e-4, rtol=1e-4
    )


def test_a_very_sharp_mixture_has_no_infinite_gradient():
    output = LogisticMixture(8, 256)
    with torch.no_grad():
        output.parts.bias[20:] = -30.0
    logits = output(torch.zeros(1, 8))
    torch.nn.functional.cross_entropy(logits, torch.tensor([3])).backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in output.parameters())


@pytest.mark.parametrize("ordinal", [False, True])
@pytest.mark.parametrize("learned", [False, True])
def test_every_variant_learns_one_picture(ordinal: bool, learned: bool):
    torch.manual_seed(0)
    model = ImageTransformer(
        height=4, width=4, levels=4, dim=16, depth=1, heads=2, ordinal=ordinal, learned_positions=learned,
        output="logistic" if ordinal else "categorical",
    )  # fmt: skip
    picture = torch.randint(4, (1, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(150):
        loss = torch.nn.functional.cross_entropy(model(picture)[0], picture[0])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.2 * np.log(4)


def test_what_the_model_must_be_told_is_asked_for():
    values = torch.zeros(1, 42, dtype=torch.long)
    with pytest.raises(AnalysisError, match="class"):
        small(classes=3)(values)
    with pytest.raises(AnalysisError, match="enlarges"):
        small(low=(3, 3))(values)
    with pytest.raises(ControlError):
        small(dim=18)
    with pytest.raises(ControlError):
        small(output="gaussian")
    with pytest.raises(ControlError, match="ordinal"):
        small(3, whole_pixels=True)
    with pytest.raises(ControlError, match="multiples of 3"):
        small(3, attention="1d", query=(7,), memory=(9,), **PIXELS)


def test_the_pixel_over_a_slot_is_the_one_that_repeating_pixels_puts_there():
    model = small(3, height=6, width=9, low=(2, 3), encoder_depth=1, overlaid=True)
    low = torch.randint(model.levels, (1, 2, 3, 3))
    fed = model.fed(torch.zeros(1, model.canvas.values, dtype=torch.long), model.canvas.values, low)
    repeated = low[0].numpy().repeat(3, 0).repeat(3, 1)
    np.testing.assert_array_equal(fed[0, :, -1].numpy(), repeated[tuple(model.blocks.places.T)])

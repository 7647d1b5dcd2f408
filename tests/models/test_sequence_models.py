import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.analysis.long_range import cost, input_gradient
from explorer.models.sequence_models import SEQUENCE_MODELS, sine_positions
from explorer.zoo.sequence_models import SYMBOLS, build_recall

KINDS = list(SEQUENCE_MODELS)


def model(kind):
    torch.manual_seed(0)
    return build_recall(kind).double().eval().requires_grad_(False)


def letters(length, seed=0):
    return torch.randint(SYMBOLS, (length,), generator=torch.Generator().manual_seed(seed))


def test_all_have_the_same_number_of_parameters_to_a_tenth():
    counts = [sum(parameter.numel() for parameter in model(kind).parameters()) for kind in KINDS]
    assert max(counts) <= 1.1 * min(counts)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_later_changes_nothing_before(kind):
    module, numbers = model(kind), letters(40)
    changed = numbers.clone()
    changed[25:] = (changed[25:] + 1) % SYMBOLS
    before, after = module(numbers[None])[0], module(changed[None])[0]
    torch.testing.assert_close(before[:25], after[:25], atol=1e-12, rtol=0)
    assert (before[25:] - after[25:]).abs().max() > 1e-6


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_agree_with_finite_differences(kind):
    module, numbers, answer, small = model(kind), letters(14), 5, 1e-5
    result = input_gradient(module, numbers, answer=answer, distance=10)
    x = module.embed(numbers[None])
    for place in (0, 3, 9, 13):
        differences = []
        for part in range(x.shape[-1]):
            shifted = []
            for sign in (1, -1):
                moved = x.clone()
                moved[0, place, part] += sign * small
                shifted.append(float(module.read(moved)[0, -1, answer]))
            differences.append((shifted[0] - shifted[1]) / (2 * small))
        assert result.length[place] == pytest.approx(math.hypot(*differences), rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("kind", "reach"), [("cnn", 16), ("dilated", 510)])
def test_beyond_its_reach_a_convolution_has_exactly_no_gradient(kind, reach):
    module = model(kind)
    assert module.reach() == reach
    result = input_gradient(module, letters(reach + 20), answer=0, distance=1)
    assert not result.length[result.steps_back > reach].any()
    assert result.length[result.steps_back == reach] > 0


@pytest.mark.parametrize("kind", ["rnn", "gru", "cnn", "dilated", "transformer"])
def test_operations_are_those_that_pytorch_counts(kind):
    torch.manual_seed(0)
    module = build_recall(kind).eval()
    with FlopCounterMode(display=False) as counted, torch.no_grad():
        module(letters(64)[None])
    assert cost(module, 64).operations == counted.get_total_flops()


def test_an_lstm_has_four_products_where_a_recurrent_network_has_one():
    module = model("lstm")
    inside = cost(module, 10).operations - 2 * 10 * 58 * SYMBOLS
    assert inside == 4 * 10 * 2 * (58 * 58 + 58 * 58)


@pytest.mark.parametrize(
    ("kind", "steps", "path"),
    [
        ("rnn", 300, 300),
        ("lstm", 300, 300),
        ("cnn", 4, math.inf),
        ("dilated", 8, 2),
        ("transformer", 2, 1),
    ],
)
def test_steps_and_paths_by_length(kind, steps, path):
    result = cost(model(kind), 300)
    assert (result.sequential_steps, result.longest_path) == (steps, path)


def test_sine_positions_by_the_formula():
    code = sine_positions(7, 6)
    for place in range(7):
        for pair in range(3):
            angle = place / 10_000 ** (2 * pair / 6)
            assert float(code[place, 2 * pair]) == pytest.approx(math.sin(angle), abs=1e-6)
            assert float(code[place, 2 * pair + 1]) == pytest.approx(math.cos(angle), abs=1e-6)

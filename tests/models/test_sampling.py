import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.models.sampling import Sampling, chance

LOGITS = torch.tensor([[1.0, 3.0, -2.0, 2.5, 0.0]])
P = np.exp([1.0, 3.0, -2.0, 2.5, 0.0]) / np.exp([1.0, 3.0, -2.0, 2.5, 0.0]).sum()


def left(**said: float) -> np.ndarray:
    return Sampling(**said).probabilities(LOGITS)[0].numpy()


def only(*values: int) -> np.ndarray:
    kept = np.zeros(5)
    kept[list(values)] = P[list(values)]
    return kept / kept.sum()


@pytest.mark.parametrize("said", [{"temperature": 0}, {"top_k": 1}, {"top_p": 0}, {"temperature": 1e-6}])
def test_the_edges_leave_the_most_probable(said: dict):
    np.testing.assert_allclose(left(**said), [0, 1, 0, 0, 0], atol=1e-12)
    drawn, _ = Sampling(**said).draw(LOGITS, torch.tensor([0.999], dtype=torch.float64))
    assert drawn.tolist() == [1]


@pytest.mark.parametrize("said", [{}, {"top_k": 5}, {"top_k": 99}, {"top_p": 1}])
def test_all_is_all(said: dict):
    np.testing.assert_allclose(left(**said), P, atol=1e-12)


def test_top_k_and_top_p_keep_what_they_say():
    np.testing.assert_allclose(left(top_k=2), only(1, 3), atol=1e-12)
    np.testing.assert_allclose(left(top_p=P[1] - 0.01), only(1), atol=1e-12)
    np.testing.assert_allclose(left(top_p=P[1] + 0.01), only(1, 3), atol=1e-12)
    np.testing.assert_allclose(left(top_p=P[1] + P[3] + 0.01), only(1, 3, 0), atol=1e-12)
    # top-p counts within what top-k left
    np.testing.assert_allclose(left(top_k=2, top_p=P[1] / (P[1] + P[3]) - 0.01), only(1), atol=1e-12)


def test_temperature_divides_the_logits():
    expected = np.exp(LOGITS[0].double().numpy() / 2)
    np.testing.assert_allclose(left(temperature=2.0), expected / expected.sum(), atol=1e-12)
    assert np.isfinite(Sampling(temperature=1e-30).probabilities(LOGITS * 1e30).numpy()).all()


def test_ties_leave_as_many_as_asked():
    assert (Sampling(top_k=2).probabilities(torch.zeros(1, 4)) > 0).sum() == 2
    assert (Sampling(top_p=0.5).probabilities(torch.zeros(1, 4)) > 0).sum() == 2


@given(
    st.lists(st.floats(-8, 8), min_size=2, max_size=9), st.floats(0.1, 3), st.integers(0, 9), st.floats(0, 1)
)
def test_what_is_drawn_can_be_drawn(logits: list[float], temperature: float, top_k: int, top_p: float):
    sampling = Sampling(temperature, top_k, top_p)
    given_logits = torch.tensor([logits])
    probabilities = sampling.probabilities(given_logits)[0]
    assert abs(float(probabilities.sum()) - 1) < 1e-9
    for number in (0.0, 0.3, 1 - 2.0**-53):
        drawn, _ = sampling.draw(given_logits, torch.tensor([number], dtype=torch.float64))
        assert probabilities[drawn[0]] > 0


def test_values_are_drawn_as_often_as_they_are_probable():
    numbers = torch.from_numpy(chance(3, np.arange(20_000), 1)[:, 0])
    drawn, close = Sampling().draw(LOGITS.expand(20_000, -1), numbers)
    counts = np.bincount(drawn.numpy(), minlength=5) / 20_000
    assert np.abs(counts - P).max() < 4 * np.sqrt(0.25 / 20_000)
    assert close.float().mean() < 0.01


def test_chance_is_even_and_depends_on_seed_sample_and_step_alone():
    numbers = chance(0, np.arange(200), 300)
    assert 0 <= numbers.min() < numbers.max() < 1
    assert np.abs(np.histogram(numbers, 10, (0, 1))[0] / numbers.size - 0.1).max() < 0.005
    for shift in ((1, 0), (0, 1)):
        moved = np.roll(numbers, shift, (0, 1))
        assert abs(np.corrcoef(numbers.ravel(), moved.ravel())[0, 1]) < 0.02
    assert (chance(0, np.array([7]), 20)[0] == numbers[7, :20]).all()
    assert (chance(1, np.arange(200), 300) != numbers).all()


@pytest.mark.parametrize(
    "said", [{"temperature": -1}, {"temperature": float("nan")}, {"top_k": -1}, {"top_p": 1.5}]
)
def test_hostile_values_are_a_sentence(said: dict):
    with pytest.raises(ControlError):
        Sampling(**said)

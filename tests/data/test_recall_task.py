import numpy as np
import pytest
import torch

from explorer.analysis.long_range import accuracy_by_distance
from explorer.data.recall_task import MARKER, read_sequence, recall_sequences, spoken, with_distance
from explorer.errors import ControlError
from explorer.zoo.sequence_models import load_recall


def test_the_answer_is_what_followed_the_only_marker():
    batch = recall_sequences(50, torch.arange(1, 51), length=60)
    for numbers, answer, distance in zip(batch.numbers, batch.answers, batch.distances, strict=True):
        (at,) = (numbers == MARKER).nonzero().flatten().tolist()
        assert numbers[at + 1] == answer
        assert 59 - (at + 1) == distance


def test_a_sequence_said_and_read_is_the_same():
    batch = recall_sequences(1, 7, length=20)
    again = read_sequence(spoken(batch.numbers[0]))
    assert torch.equal(again.numbers, batch.numbers)
    assert (again.answers, again.distances) == (batch.answers, batch.distances)


@pytest.mark.parametrize("text", ["", "abc", "a*b*cd", "ab*", "ab*c", "a*z b", "🙂*ab", "*" + "a" * 300])
def test_what_is_no_sequence_of_the_task_is_refused(text):
    with pytest.raises(ControlError):
        read_sequence(text)


@pytest.mark.parametrize("distance", [1, 3, 6])
def test_a_marker_is_moved_and_the_letters_stay(distance):
    moved = with_distance("ab*c defg", distance)
    assert moved.replace("*", "") == "abcdefg"
    assert read_sequence(moved).distances == distance
    assert with_distance(moved, 4) == "ab*cdefg"


@pytest.mark.parametrize("distance", [0, 7])
def test_a_marker_cannot_be_moved_out_of_the_sequence(distance):
    with pytest.raises(ControlError, match="Of 8 places it can be 1 to 6"):
        with_distance("ab*cdefg", distance)


def test_a_distance_that_does_not_fit_is_refused():
    with pytest.raises(ControlError, match="1 to 18"):
        recall_sequences(1, 19, length=20)


class Looking(torch.nn.Module):
    """Recalls by looking, but no farther back than 16 steps."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1))

    def forward(self, numbers):
        message = torch.zeros(*numbers.shape, 16)
        for row, number in enumerate(numbers):
            at = int((number == MARKER).nonzero()) + 1
            if len(number) - 1 - at <= 16:
                message[row, -1, number[at]] = 1
        return message


def test_right_answers_are_counted_by_distance():
    result = accuracy_by_distance(Looking(), distances=(1, 16, 17, 256), count=100)
    assert result[0] == result[1] == 1
    assert max(result[2:]) < 0.25


@pytest.mark.parametrize("kind", ["gru", "dilated", "transformer"])
def test_right_answers_are_those_of_sequences_read_one_by_one(kind):
    module = load_recall(kind).module
    generator = torch.Generator().manual_seed(3)
    result = accuracy_by_distance(module, distances=(2, 60), count=40, seed=3)
    for share, distance in zip(result, (2, 60), strict=True):
        asked = recall_sequences(40, distance, generator=generator)
        with torch.no_grad():
            guesses = [int(module(number[None])[0, -1].argmax()) for number in asked.numbers]
        assert share == pytest.approx(np.mean(np.array(guesses) == asked.answers.numpy()))

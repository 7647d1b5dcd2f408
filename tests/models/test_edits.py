import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.models.edits import Edits, go_to
from explorer.models.sampler import Sampler
from tests.models.writing import small

MODEL = small()
STEPS = MODEL.canvas.values


def written_at_once(edits: Edits) -> list[int]:
    """With a writer of its own, value after value."""
    writer, wanted = Sampler(MODEL, 2, seed=3), dict(edits.pairs)
    for step in range(STEPS):
        if step in wanted:
            writer.set_value(step, wanted[step])
        else:
            writer.step()
    return writer.values.tolist()


pairs = st.dictionaries(st.integers(0, STEPS - 1), st.integers(0, MODEL.levels - 1), max_size=4).map(
    lambda found: Edits(tuple(sorted(found.items())))
)


@settings(max_examples=15, deadline=None)
@given(walk=st.lists(st.tuples(st.integers(0, STEPS), pairs), min_size=1, max_size=4))
def test_a_picture_is_its_seed_and_its_edits_whatever_the_way_to_it(walk):
    writer, before = Sampler(MODEL, 2, seed=3), Edits()
    for step, edits in walk:
        go_to(writer, step, edits, before=before)
        before = edits
        assert writer.written == step
        expected = torch.tensor(written_at_once(edits))
        assert (writer.values[:, :step] == expected[:, :step]).all()


@given(edits=pairs)
def test_edits_read_back_as_they_are_written(edits):
    assert Edits.read(str(edits)) == edits


def test_a_new_value_ends_what_stood_later():
    edits = Edits.read("3=1,8=2,20=0")
    assert str(edits.written(8, 3)) == "3=1,8=3"
    assert str(edits.written(40, 1)) == "3=1,8=2,20=0,40=1"


@pytest.mark.parametrize("text", ["3", "3=", "a=1", "3=1=2", "5=1,4=1", "5=1,5=2", "3=1;4=1", "<script>"])
def test_what_cannot_be_read_is_a_sentence(text):
    with pytest.raises(ControlError):
        Edits.read(text)


@pytest.mark.parametrize(
    ("step", "edits"), [(STEPS + 1, ""), (-1, ""), (5, f"{STEPS}=0"), (5, "2=999"), (5, "-1=0")]
)
def test_steps_and_values_that_are_not_there(step, edits):
    with pytest.raises(ControlError):
        go_to(Sampler(MODEL, 1), step, Edits.read(edits))

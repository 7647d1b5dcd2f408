"""What a sentence repeats of a stranger's text is short and can be printed."""

from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ControlError


@given(text=st.text(max_size=200).map(lambda text: text * 50))
def test_a_sentence_repeats_few_of_a_strangers_characters(text: str):
    said = str(ControlError(f"There is no view called {text!r}", why=f"{text} is none", do=text))
    assert len(said) < 3000
    assert said.isprintable()


def test_a_long_word_and_a_long_quotation_lose_their_middle():
    for long in ("x" * 5000, "/a" * 2500, "words and " * 500):
        said = str(ControlError(f"There is no view called {long!r}", do="choose another"))
        assert len(said) < 140
        assert said.endswith("Choose another.")


def test_what_says_nothing_is_left_out():
    assert str(ControlError("It cannot be had", why=" ... ", do=".")) == "It cannot be had."


def test_a_usual_sentence_stays_as_it_is():
    said = (
        "Layer 3 of 'vit' cannot be shown. It has none. Choose among " + ", ".join(["one", "two"] * 20) + "."
    )
    what, why, do = said.rstrip(".").split(". ")
    assert str(ControlError(what, why=why, do=do)) == said

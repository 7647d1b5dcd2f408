from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.words import LONGEST, sentences, tokenise
from explorer.words.lexicon import VOCABULARY


def test_a_sentence_of_the_grammar_is_its_own_words():
    for sentence in sentences(50):
        result = tokenise(sentence.text)
        assert result.words == sentence.words
        assert [VOCABULARY[number] for number in result.numbers] == list(sentence.words)


def test_capitals_and_marks_of_a_written_sentence():
    result = tokenise("The Robots are cool, because ___ are efficient!")
    assert result.words == ("The", "Robots", "are", "cool", ",", "because", "[mask]", "are", "efficient", "!")
    assert not result.unknown
    assert not result.notes
    assert tokenise("[MASK].").words == ("[mask]", ".")


@pytest.mark.parametrize("text", ["", "   \n\t", "\u200b"])
def test_nothing_is_refused_in_a_sentence(text):
    with pytest.raises(ControlError, match="no words"):
        tokenise(text)


def test_five_hundred_words_are_refused_in_a_sentence():
    with pytest.raises(ControlError, match=f"500 words.*{LONGEST}"):
        tokenise("robot " * 500)


def test_unknown_words_emoji_and_scripts_from_the_right_have_places():
    result = tokenise("the 🤖👩‍🚀 are zwitschernd")
    assert result.words == ("the", "🤖👩‍🚀", "are", "zwitschernd")
    assert result.unknown == (1, 3)
    assert "2 words" in result.notes[0]
    arabic = tokenise("الروبوتات رائعة لأنها فعّالة.")
    assert arabic.right_to_left
    assert len(arabic.words) == 5
    assert "none of these words" in tokenise("الروبوتات رائعة").notes[0]
    assert not tokenise("the robot").right_to_left


@given(st.text(max_size=200))
def test_whatever_is_typed_becomes_words_or_a_sentence(text):
    result = None
    with suppress(ControlError):
        result = tokenise(text)
    if result is None:
        with pytest.raises(ControlError) as message:
            tokenise(text)
        assert str(message.value).endswith(".")
        return
    assert 1 <= len(result.words) == len(result.numbers) <= LONGEST
    assert all(word.strip() and len(word) <= 40 for word in result.words)

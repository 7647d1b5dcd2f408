import pytest

from explorer.words import sentences
from explorer.words.lexicon import KINDS, VOCABULARY

PLURALS = {"are", "were"}


def noun(word):
    """Kind, singular, plural and pronoun of a noun, found by looking through all."""
    (result,) = [
        (kind, item, word == item.plural)
        for kind, (nouns, _) in enumerate(KINDS)
        for item in nouns
        if word in (item.singular, item.plural)
    ]
    return result


@pytest.mark.parametrize("held_out", [False, True])
def test_pronoun_verb_and_adjective_agree_with_the_referent_and_not_with_the_distractor(held_out):
    for sentence in sentences(400, seed=5, held_out=held_out):
        kind, message, plural = noun(sentence.words[sentence.referent])
        other, _, _ = noun(sentence.words[sentence.distractor])
        end = sentence.words.index(",") if sentence.reason_first else len(sentence.words) - 1
        clue = sentence.words[end - 1]
        assert clue in KINDS[kind][1]
        assert kind != other
        assert sentence.plural == plural == (sentence.words[sentence.verb] in PLURALS)
        assert sentence.words[sentence.pronoun] == ("they" if plural else message.pronoun)


def test_main_verbs_agree_with_the_first_noun_however_near_the_other_is():
    for sentence in sentences(300, seed=2):
        first = min(sentence.referent, sentence.distractor)
        verb = sentence.words[sentence.main_verb]
        if verb in ("is", "are", "was", "were"):
            assert (verb in PLURALS) == noun(sentence.words[first])[2]


def test_held_out_pairs_are_never_learnt():
    def pairs(held_out):
        return {
            (noun(sentence.words[sentence.referent])[1], sentence.words[-2])
            for sentence in sentences(3000, seed=1, held_out=held_out)
            if not sentence.reason_first
        }

    learnt, kept = pairs(False), pairs(True)
    assert len(kept) > 50
    assert not learnt & kept


def test_a_seed_gives_the_same_sentences_and_another_seed_others():
    one, same, other = (list(sentences(20, seed=seed)) for seed in (3, 3, 4))
    assert one == same
    assert one != other


def test_distance_number_and_order_vary():
    results = list(sentences(500, seed=0))
    assert (
        {result.plural for result in results} == {result.reason_first for result in results} == {True, False}
    )
    assert len({result.distance for result in results}) > 12
    assert min(result.distance for result in results) < 0


def test_every_word_has_one_number_and_there_are_some_hundred():
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    assert 200 < len(VOCABULARY) < 500
    assert {word for sentence in sentences(2000) for word in sentence.words} <= set(VOCABULARY)

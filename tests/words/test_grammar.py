import pytest

from explorer.words import sentences
from explorer.words.lexicon import KINDS, VOCABULARY

PLURALS = {"are", "were"}


def noun(word):
    """Kind, singular, plural and pronoun of a noun, found by looking through all."""
    (found,) = [
        (kind, each, word == each.plural)
        for kind, (nouns, _) in enumerate(KINDS)
        for each in nouns
        if word in (each.singular, each.plural)
    ]
    return found


@pytest.mark.parametrize("held_out", [False, True])
def test_pronoun_verb_and_adjective_agree_with_the_referent_and_not_with_the_distractor(held_out):
    for each in sentences(400, seed=5, held_out=held_out):
        kind, said, plural = noun(each.words[each.referent])
        other, _, _ = noun(each.words[each.distractor])
        end = each.words.index(",") if each.reason_first else len(each.words) - 1
        clue = each.words[end - 1]
        assert clue in KINDS[kind][1]
        assert kind != other
        assert each.plural == plural == (each.words[each.verb] in PLURALS)
        assert each.words[each.pronoun] == ("they" if plural else said.pronoun)


def test_main_verbs_agree_with_the_first_noun_however_near_the_other_is():
    for each in sentences(300, seed=2):
        first = min(each.referent, each.distractor)
        verb = each.words[each.main_verb]
        if verb in ("is", "are", "was", "were"):
            assert (verb in PLURALS) == noun(each.words[first])[2]


def test_held_out_pairs_are_never_learnt():
    def pairs(held_out):
        return {
            (noun(each.words[each.referent])[1], each.words[-2])
            for each in sentences(3000, seed=1, held_out=held_out)
            if not each.reason_first
        }

    learnt, kept = pairs(False), pairs(True)
    assert len(kept) > 50
    assert not learnt & kept


def test_a_seed_gives_the_same_sentences_and_another_seed_others():
    one, same, other = (list(sentences(20, seed=seed)) for seed in (3, 3, 4))
    assert one == same
    assert one != other


def test_distance_number_and_order_vary():
    found = list(sentences(500, seed=0))
    assert {each.plural for each in found} == {each.reason_first for each in found} == {True, False}
    assert len({each.distance for each in found}) > 12
    assert min(each.distance for each in found) < 0


def test_every_word_has_one_number_and_there_are_some_hundred():
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    assert 200 < len(VOCABULARY) < 500
    assert {word for each in sentences(2000) for word in each.words} <= set(VOCABULARY)

"""What the cards of shipped models say, measured again where that is cheap and needs no download."""

import pytest

from explorer.zoo.cards import Figure, card_names, folder, read_card

DIGITS = [
    item for item in card_names() if item.startswith("positions-") and not item.startswith("positions-cifar-")
]


def figure(name: str, key: str) -> Figure:
    return read_card(name).figures[key]


@pytest.mark.parametrize("name", card_names())
def test_every_card_says_what_was_measured_and_how_to_repeat_it(name):
    figures = read_card(name).figures
    assert figures
    assert all(item.command.startswith("explorer measure ") and item.unit for item in figures.values())


def test_all_that_ships_is_at_most_110_megabytes():
    assert sum(path.stat().st_size for path in folder().iterdir()) <= 110e6


def test_digits_cost_the_bits_of_the_card():
    from explorer.analysis.generation import surprises
    from explorer.data.pixels import digits
    from explorer.zoo.pixel_models import load_pixels

    result, shown = digits(), load_pixels("pixels-digits", device="cpu")
    bits = surprises(shown.module, result.test, labels=result.test_labels).mean()
    assert bits == pytest.approx(figure("pixels-digits", "bits per dimension").value, abs=1e-3)


@pytest.mark.parametrize("name", DIGITS)
def test_networks_of_positions_read_digits_as_their_cards_say(name):
    from explorer.analysis.moved_patches import right_answers
    from explorer.data.pixels import digits
    from explorer.training.positions import digit_tensors
    from explorer.zoo.building import build
    from explorer.zoo.cards import read_weights

    result, card = digits(), read_card(name)
    module = build(card.architecture, dict(card.options)).eval()
    module.load_state_dict(read_weights(name))
    share = right_answers(module, *digit_tensors(result.test.copy(), result.test_labels))
    assert share == pytest.approx(card.figures["right"].value, abs=1.5 / 360)  # one digit may lie on the edge


@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_letters_are_recalled_as_the_card_says(kind):
    from explorer.analysis.long_range import accuracy_by_distance
    from explorer.zoo.sequence_models import load_recall

    share = accuracy_by_distance(load_recall(kind, device="cpu").module, count=200, seed=11)[-1]
    message = figure(f"recall-{kind}", "recalled from 256 steps back").value
    assert share == pytest.approx(message, abs=1.5 / 200)


def test_words_are_filled_in_as_the_card_says():
    from explorer.analysis.reference import agreement
    from explorer.words import sentences
    from explorer.zoo.readers import load_reader

    right = agreement(load_reader(device="cpu").module, tuple(sentences(2000, seed=0, held_out=True)))
    assert right["both"].mean() == pytest.approx(figure("words", "both right").value, abs=1.5 / 2000)

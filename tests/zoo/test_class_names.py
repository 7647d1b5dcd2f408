"""The names classes are shown by, on timm's own list of ImageNet's thousand."""

from timm.data import ImageNetInfo

from explorer.zoo.class_names import first_names

NAMES = ImageNetInfo().label_descriptions()


def test_no_two_of_a_thousand_classes_are_shown_alike():
    shown = first_names(NAMES)
    assert len(set(shown)) == len(NAMES) == 1000
    for name, full in zip(shown, NAMES, strict=True):
        assert full.startswith(name.partition(" (")[0])
    assert shown[0] == "tench"


def test_what_tells_classes_of_one_first_name_apart_stays():
    shown = first_names(NAMES)
    assert (shown[134], shown[517]) == ("crane (134)", "crane (517)")
    assert (shown[638], shown[639]) == ("maillot", "maillot, tank suit")
    assert (shown[836], shown[837]) == ("sunglass", "sunglasses")

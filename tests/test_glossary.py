"""Every term is one sentence with a source, and every term that a control refers to exists."""

import re

from explorer.glossary import FILE, glossary
from explorer.views import VIEWS
from explorer.views.controls import controls_of
from explorer.views.terms import TERMS, help_of


def test_every_term_is_one_sentence_with_a_source():
    assert len(glossary()) == 60
    for term in glossary().values():
        assert all((term.name, term.meaning, term.source)), term
        assert re.fullmatch(r"[A-Z][^|]*[^.|]\.", term.meaning), term
        assert not re.search(r"[.!?]\s+[A-Z]", term.meaning), f"{term.name}: more than one sentence"
    assert list(glossary()) == sorted(glossary(), key=str.lower)


def test_no_row_of_the_file_is_lost():
    rows = re.findall(r"^\| (?!term)", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == len(glossary())


def test_every_term_of_a_control_exists_and_is_quoted():
    controls = {control.name: control for view in VIEWS.values() for control in controls_of(view.controls)}
    assert set(TERMS) <= set(controls)
    for name, term in TERMS.items():
        assert help_of(controls[name]).startswith(glossary()[term].meaning)
        assert controls[name].help in help_of(controls[name])

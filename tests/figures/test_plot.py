"""A result is drawn by the function registered for its type, found without importing all the others."""

import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import numpy as np
import pytest

from explorer import figures
from explorer.analysis.prediction import Prediction
from explorer.analysis.result import Result
from explorer.errors import AnalysisError
from explorer.figures import drawn_in, plot
from explorer.images import Picture


def test_every_registered_type_is_found_by_its_own_module():
    for module in iter_modules(figures.__path__):
        import_module(f"explorer.figures.{module.name}")
    drawn = {kind: draw for kind, draw in plot.registry.items() if kind is not object}
    assert len(drawn) > 25
    for kind, draw in drawn.items():
        assert issubclass(kind, (Result, Picture))
        assert draw.__module__ == drawn_in(kind.__module__), kind


def test_a_result_is_drawn_before_any_figure_was_imported():
    code = (
        "import sys, numpy as np\n"
        "from explorer.analysis.prediction import Prediction\n"
        "assert not any(name.startswith('explorer.figures') for name in sys.modules)\n"
        "made = Prediction(('cat', 'dog'), np.array([.7, .3]), np.zeros(2), np.arange(2)).figure()\n"
        "print(*made.data[0].x, 'explorer.figures.faithfulness' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0.7", "0.3", "False"]


def test_a_type_of_its_own_kind_is_drawn_as_its_base():
    class Guess(Prediction):
        pass

    assert Guess(("cat",), np.ones(1), np.ones(1), np.zeros(1, int)).figure().data[0].x == (1.0,)


def test_what_has_no_figure_says_so():
    @dataclass(frozen=True)
    class Odd(Result):
        """An odd result.

        More of it.
        """

        values: np.ndarray
        count: int

    odd = Odd(np.arange(3), 3)
    with pytest.raises(AnalysisError, match="Odd has no figure"):
        odd.figure()
    assert list(odd.arrays()) == ["values"]
    assert odd.numbers() == {}
    assert odd.alt() == "An odd result."

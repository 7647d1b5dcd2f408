"""What stands in an address and cannot be is refused in a sentence, without a browser: the page's own run says so."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.views import VIEWS

ROOT = Path(__file__).resolve().parents[2]


def opened(page: str, **address: str) -> AppTest:
    """The page as it stands once its address was read."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=600).run()
    app.switch_page(page)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    """Every box that says something."""
    boxes = [*app.warning, *app.error, *app.info]
    return "\n".join(box.value for box in boxes)


@pytest.mark.parametrize(
    ("view", "address", "sentences"),
    [
        (
            "vision-transformer",
            {"layer": "999", "head": "<script>", "model": "nothing", "picture": "../../etc/passwd"},
            ("Layer cannot be", "is back to vit"),
        ),
        ("attention-layers", {"heads": "3"}, ("cannot be dealt out",)),
        ("detr", {"tab": "assignment", "picture": "cat", "boxes": "car_10_10_10_50"}, ("has no area",)),
        (
            "detr",
            {"picture": "scene~nowhere", "threshold": "7", "model": "vit"},
            ("describes no part of a scene", "Model is back to detr-photos", "Threshold cannot be"),
        ),
    ],
    ids=["Vision Transformer", "attention layers", "a box", "DETR"],
)
def test_a_hostile_address_is_a_sentence(view: str, address: dict[str, str], sentences: tuple[str, ...]):
    app = opened(VIEWS[view].page, **address)
    assert not app.exception
    for sentence in sentences:
        assert sentence in said(app)


def test_a_hostile_address_of_a_report_is_one_sentence():
    (page,) = ROOT.glob("pages/*_Report.py")
    app = opened(f"pages/{page.name}", report="../../etc/passwd")
    assert not app.exception
    assert "has no such report" in said(app)

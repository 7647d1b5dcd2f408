"""A lens as one HTML file that needs no network: for slides, an `<iframe>`, or a double click."""

import base64
import html
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["BUNDLE", "page"]

BUNDLE = Path(__file__).with_name("lens.js")
"""What esbuild makes of frontend/src; `make frontend` builds it."""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --lens-ink: #1d2433; --lens-ground: #ffffff; --lens-soft: #f3f5f8; --lens-accent: #2463ad }}
@media (prefers-color-scheme: dark) {{
  :root {{ --lens-ink: #e7ebf2; --lens-ground: #12161d; --lens-soft: #1b212b; --lens-accent: #6aa9f0 }}
}}
body {{ margin: 0; padding: 10px 14px; background: var(--lens-ground) }}
</style>
</head>
<body>
<main data-explorer-lens="{view}" data-state="{state}" data-fixed="{fixed}">{files}</main>
<script type="module">
{code}
</script>
</body>
</html>
"""


def page(
    *files: bytes,
    title: str,
    state: Mapping[str, Any] | None = None,
    view: str = "lens",
    fixed: Mapping[str, Any] | None = None,
) -> str:
    """The page of packed files that opens in this state; `view` and `fixed` are those of `explorer.views.lens.Lens`."""
    return PAGE.format(
        title=html.escape(title),
        view=html.escape(view),
        state=_attribute(state),
        fixed=_attribute(fixed),
        files="".join(
            f'<script type="text/plain">{base64.b64encode(file).decode()}</script>' for file in files
        ),
        code=BUNDLE.read_text(encoding="utf-8").replace("</script", "<\\/script"),
    )


def _attribute(values: Mapping[str, Any] | None) -> str:
    return html.escape(json.dumps(dict(values or {})))

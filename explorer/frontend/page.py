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
<main data-explorer-lens="{state}"><script type="text/plain">{buffer}</script></main>
<script type="module">
{code}
</script>
</body>
</html>
"""


def page(buffer: bytes, *, title: str, state: Mapping[str, Any] | None = None) -> str:
    """The page of a packed buffer that opens in this state."""
    return PAGE.format(
        title=html.escape(title),
        state=html.escape(json.dumps(dict(state or {}))),
        buffer=base64.b64encode(buffer).decode(),
        code=BUNDLE.read_text(encoding="utf-8").replace("</script", "<\\/script"),
    )

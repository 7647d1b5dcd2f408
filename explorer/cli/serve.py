"""`explorer serve`: the app for many visitors, with security headers, rates, a line a request and metrics."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    serve = commands.add_parser("serve", help="run the app as a server for many", description=__doc__)
    serve.add_argument("--address", default="localhost", help="to listen at (default: %(default)s)")
    serve.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    serve.set_defaults(run=_serve)


def _serve(args: argparse.Namespace) -> None:
    from explorer.ui.server import serve

    serve(address=args.address, port=args.port)

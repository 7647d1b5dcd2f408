"""The evidence: what was claimed, what was measured, and the command that repeats it.

`explorer measure … --keep` and `explorer bench … --keep` put their result into `checkpoints/measured.json`, by
the command's words; from there `explorer evidence` writes the table of `docs/evidence.md` and the README's headlines,
each between two marks.
"""

from __future__ import annotations

import json
from collections.abc import Container, Sequence
from pathlib import Path
from typing import Any

from explorer.cli.claims import CLAIMS, HEADLINES, Result
from explorer.errors import ExplorerError
from explorer.whole import write_whole
from explorer.zoo.cards import card_names, hashes
from explorer.zoo.measured import file, results

__all__ = ["keep", "stale", "table", "words_of", "write_tables"]

HOW = ("--workers", "--engine", "--address", "--out")
"""Options with a value that changes no number."""
BEGIN, END = "<!-- evidence -->", "<!-- /evidence -->"


def words_of(words: Sequence[str]) -> str:
    """A command as it is kept: without what only says how to print and to compute, folders as the word DATA."""
    lasting = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if word not in ("--json", "--keep", "--record", *HOW) and before not in HOW
    ]
    return " ".join(
        "DATA" if before == "--data" else word for before, word in zip(["", *lasting], lasting, strict=False)
    )


def keep(command: str, result: Result) -> None:
    """Put a result among what was measured, in place of an earlier one of the same command."""
    measured = dict(results())
    measured[command] = _without_lists(json.loads(json.dumps(result, default=str)))
    text = json.dumps(dict(sorted(measured.items())), indent=1, ensure_ascii=False) + "\n"
    write_whole(file(), text.encode())


def table(commands: Container[str] | None = None) -> str:
    """The rows whose number has been measured, or of these commands alone, in Markdown."""
    measured = results()
    lines = ["| claim | target | measured | repeat with `explorer …` |", "|---|---|---|---|"]
    lines += [
        f"| {claim.what} | {claim.target} | {claim.say(measured[claim.command])} | `{claim.command}` |"
        for claim in CLAIMS
        if claim.command in measured and (commands is None or claim.command in commands)
    ]
    return "\n".join(lines)


def stale() -> list[str]:
    """Commands whose result is of a checkpoint that no longer ships."""
    ships = set(hashes(card_names()).values())

    def gone(checkpoint: object) -> bool:
        return str(checkpoint).startswith("sha256:") and checkpoint not in ships

    return [
        command
        for command, result in results().items()
        if set(_many(result.get("model"))) <= set(card_names())
        and any(gone(checkpoint) for checkpoint in _many(result.get("checkpoint")))
    ]


def write_tables(folder: Path) -> bool:
    """Write the tables of a copy of the repository; whether anything changed.

    Raises:
        ExplorerError: a file has no marks to write between.
    """
    changed = [
        _write(folder / "docs" / "evidence.md", table()),
        _write(folder / "README.md", table(HEADLINES)),
    ]
    return any(changed)


def _write(page: Path, rows: str) -> bool:
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ExplorerError(f"{page.name} has no place for the evidence", do=f"add {BEGIN} and {END}")
    new = f"{before}{BEGIN}\n{rows}\n{END}{after}"
    page.write_text(new, encoding="utf-8")
    return new != text


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _without_lists(result: Any) -> Any:
    """Without rows for every layer or picture, which the command repeats; pairs and names stay."""
    if not isinstance(result, dict):
        return result
    return {
        name: _without_lists(value)
        for name, value in result.items()
        if not isinstance(value, list)
        or (len(value) <= 3 and not any(isinstance(part, dict) for part in value))
    }

"""What whoever runs Explorer may set: by the environment, else by a TOML file, else as it is here. An empty variable sets nothing.

`explorer settings` lists them. The file is that of EXPLORER_SETTINGS, else `settings.toml` in the user's folder of
configurations; its keys are the names below.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

from platformdirs import user_cache_path, user_config_path

from explorer.errors import ControlError
from explorer.formatting import quoted
from explorer.fresh import stamp

__all__ = ["PREFIX", "Settings", "check_names", "settings", "sources", "variable"]

PREFIX = "EXPLORER_"
FILE = f"{PREFIX}SETTINGS"
ON, OFF = ("on", "1", "true", "yes"), ("off", "0", "false", "no")
ADDRESSES = ("url", "hub_endpoint")
MB, GB = 1 << 20, 1 << 30


def _set(
    default: Any, help: str, *, unit: str = "", low: float = 0, high: float = 1e15, variable: str = ""
) -> Any:
    """`variable` is the environment's name where others have given it one."""
    about = {"help": help, "unit": unit, "low": low, "high": high, "variable": variable}
    return field(default=default, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, with its type, its default and its bounds."""

    checkpoints: Path = _set(
        Path(__file__).resolve().parents[1] / "checkpoints", "folder of the models that ship"
    )
    lessons: Path | None = _set(None, "folder of your own lessons")
    reports: Path = _set(
        user_cache_path("explorer", appauthor=False) / "reports",
        "folder of visitors' reports; replicas share it",
    )
    runs: Path = _set(Path("runs"), "folder of the sweeps that the page Many pictures shows")
    word_models: tuple[Path, ...] = _set(
        (), f"folders of masked language models, separated by {os.pathsep!r}"
    )

    cache_bytes: int | None = _set(
        None,
        "of all caches together; by default 2 GB, but no more than a quarter of the memory",
        unit="bytes",
        low=1,
    )
    work_seconds: float = _set(120.0, "longest computation that a visitor may start", unit="s", low=1)
    work_bytes: int = _set(2 * GB, "largest computation that a visitor may start", unit="bytes", low=64 * MB)

    draw_ahead: bool = _set(True, "what a visitor probably looks at next is drawn while nobody waits")

    report_days: float = _set(30.0, "a report is kept after it was last opened", unit="days", low=0.01)
    report_count: int = _set(1000, "reports kept; the one opened longest ago is cleared first", low=1)
    reports_bytes: int = _set(2 * GB, "of all reports together", unit="bytes", low=MB)
    report_bytes: int = _set(100 * MB, "of one visitor's report", unit="bytes", low=MB)
    report_figures: int = _set(60, "figures in one visitor's report", low=1)

    uploads_per_minute: int = _set(30, "uploads that one session may send", low=1)
    uploads_bytes: int = _set(
        2 * GB, "of all uploads together, in memory while their sessions last", unit="bytes", low=MB
    )
    heavy_per_minute: int = _set(20, "heavy computations that one session may start", low=1)
    sweep_pictures: int = _set(200, "pictures of a sweep that a visitor may start; 0: none may be started")
    sweep_seconds: float = _set(600.0, "longest sweep that a visitor may start", unit="s", low=1)
    frame_ancestors: str = _set(
        "'self'", "who may show the app inside a page of theirs, as in the header Content-Security-Policy"
    )
    url: str = _set("http://localhost:8501", "address of the app, with which links in exported files begin")
    request_log: bool = _set(True, "a line for each request on standard error, without addresses or queries")
    metrics: bool = _set(True, "figures for Prometheus under /metrics")

    hub_endpoint: str = _set(
        "https://huggingface.co", "address of the Hugging Face hub or of a mirror", variable="HF_ENDPOINT"
    )
    hub_offline: bool = _set(False, "the hub is never asked", variable="HF_HUB_OFFLINE")


def variable(name: str) -> str:
    """The environment's name of a setting."""
    return _variables()[name]


def settings() -> Settings:
    """The settings as they are now.

    Raises:
        ControlError: one is wrong, in one line that says which, where it was set and what it takes.
    """
    return _all()[0]


def sources() -> Mapping[str, str]:
    """Where each setting comes from: the environment's variable, the file, or "default"."""
    return _all()[1]


def check_names() -> None:
    """Refuse a variable of the environment that begins like a setting's and is none: it was meant to be one.

    Raises:
        ControlError: there is one.
    """
    known = {FILE, *map(variable, _names())}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise ControlError(
                f"{quoted(name)} is no setting",
                why=f"the nearest is {near[0]}" if near else "",
                do="`explorer settings` lists them",
            )


def _all() -> tuple[Settings, Mapping[str, str]]:
    file = _file()
    said = tuple((name, value) for name, known in _variables().items() if (value := os.environ.get(known)))
    return _read(said, file, stamp(file))


def _file() -> Path:
    chosen = os.environ.get(FILE)
    return Path(chosen) if chosen else user_config_path("explorer", appauthor=False) / "settings.toml"


@lru_cache
def _names() -> tuple[str, ...]:
    return tuple(each.name for each in fields(Settings))


@lru_cache
def _variables() -> Mapping[str, str]:
    return {each.name: each.metadata["variable"] or PREFIX + each.name.upper() for each in fields(Settings)}


@lru_cache(maxsize=64)
def _read(
    said: tuple[tuple[str, str], ...], file: Path, changed: tuple[int, int] | None
) -> tuple[Settings, Mapping[str, str]]:
    """`changed` is the file's stamp: it is read again when it is another."""
    values: dict[str, Any] = {}
    origin = dict.fromkeys(_names(), "default")
    for name, value in _in_file(file, needed=FILE in os.environ).items():
        values[name], origin[name] = _checked(name, value, f"{name} in {file.name}"), str(file)
    for name, text in said:
        values[name], origin[name] = _checked(name, text, variable(name)), variable(name)
    return Settings(**values), MappingProxyType(origin)


def _in_file(file: Path, *, needed: bool) -> dict[str, Any]:
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if needed:
            raise ControlError(f"{FILE} names no file", why=f"there is no {file}") from None
        return {}
    except OSError as error:
        raise ControlError(f"{file} cannot be read", why=error.strerror or str(error)) from error
    except ValueError as error:
        raise ControlError(f"{file.name} is no TOML", why=str(error)) from error
    for name in held:
        if name not in _names():
            raise ControlError(
                f"{file.name} sets {quoted(name)}, which is no setting", do="`explorer settings` lists them"
            )
    return held


def _checked(name: str, value: Any, where: str) -> Any:
    """The value in the setting's own type; the environment gives text, the file what TOML has."""
    about = next(each for each in fields(Settings) if each.name == name)
    kind = str(get_type_hints(Settings)[name])
    try:
        if "bool" in kind:
            return _switch(value)
        if "int" in kind or "float" in kind:
            return _number(value, "int" in kind, about.metadata)
        if "tuple" in kind:
            parts = value.split(os.pathsep) if isinstance(value, str) else value
            return tuple(Path(part) for part in parts if part)
        if not isinstance(value, str) or not value.isprintable():
            raise ValueError(value)
        if "Path" in kind:
            return Path(value).expanduser() if value else about.default
        if not (value.startswith(("http://", "https://")) if name in ADDRESSES else _safe_in_header(value)):
            raise ValueError(value)
        return value
    except (ValueError, TypeError, OverflowError) as error:
        raise ControlError(
            f"{where} cannot be {quoted(value)}", why=f"it takes {_takes(kind, about)}"
        ) from error


def _number(value: Any, whole: bool, bounds: Mapping[str, Any]) -> int | float:
    if isinstance(value, bool):
        raise ValueError(value)
    number = int(value) if whole and not isinstance(value, float) else float(value)
    if not bounds["low"] <= number <= bounds["high"] or (whole and number != int(number)):
        raise ValueError(value)
    return int(number) if whole else float(number)


def _switch(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    said = str(value).lower()
    if said not in ON + OFF:
        raise ValueError(value)
    return said in ON


def _safe_in_header(value: str) -> bool:
    """No second directive and no second header."""
    return value.isascii() and not set(value) & set(';,"\r\n') and bool(value.strip())


def _takes(kind: str, about: dataclasses.Field[Any]) -> str:
    if "bool" in kind:
        return "on or off"
    if "int" in kind or "float" in kind:
        what = "a whole number" if "int" in kind else "a number"
        return f"{what} from {about.metadata['low']:,g} {about.metadata['unit']}".rstrip()
    if "tuple" in kind:
        return "folders"
    if about.name in ADDRESSES:
        return "an address that begins with http:// or https://"
    return (
        "a folder"
        if "Path" in kind
        else "sources as in Content-Security-Policy, such as 'self' https://example.org"
    )

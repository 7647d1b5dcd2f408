"""One file of the Hugging Face hub, brought into the hub's own cache: goes on where it broke off, and is checked.

Finding, requesting and retrying are huggingface_hub's. Kept here is what it does not do: a partial file outlives a
failure, and what came is compared with the SHA-256 that the hub announced.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from explorer.errors import CheckpointError, ExplorerError, ModelError, WeightsNotFound
from explorer.settings import settings
from explorer.whole import sync

__all__ = ["Cancelled", "OnProgress", "download"]

OnProgress = Callable[[int, int], None]
"""Told how many bytes of how many are here; cancels by raising."""
SHA256 = re.compile(r"[0-9a-f]{64}")
ROOM = 64 << 20
"""Bytes that stay free on the disk."""


class Cancelled(Exception):
    """Raised by whoever is told of the progress, to stop; what is here already is kept."""


def download(
    repository: str, file: str, *, title: str, on_progress: OnProgress = lambda done, of: None
) -> Path | None:
    """The file in the hub's cache; None if the repository has none of that name.

    Raises:
        ModelError: there is no such repository, or it asks for a login.
        WeightsNotFound: the connection broke off, or the disk is full; the next call goes on from there.
        CheckpointError: what came is not what the hub announced; it is removed.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import EntryNotFoundError, RepositoryNotFoundError
    from huggingface_hub.utils import WeakFileLock, build_hf_headers

    endpoint = settings().hub_endpoint.rstrip("/")
    with _said(title):
        try:
            url = hf_hub_url(repository, file, endpoint=endpoint)
            metadata = get_hf_file_metadata(url, endpoint=endpoint)
        except RepositoryNotFoundError as error:
            raise ModelError(
                f"The hub does not hand out the weights of {title}",
                why=f"{repository} does not exist there or asks for a login",
            ) from error
        except EntryNotFoundError:
            return None
        if metadata.etag and SHA256.fullmatch(metadata.etag) and metadata.size:
            headers = build_hf_headers()
            if urlsplit(metadata.location).netloc != urlsplit(url).netloc:
                headers.pop("authorization", None)  # where the hub sends us is not told who we are
            blob = _blob(repository, metadata.etag)
            blob.parent.mkdir(parents=True, exist_ok=True)
            with WeakFileLock(f"{_part(blob)}.lock"):
                if not blob.exists():
                    _fill(
                        blob, metadata.location, metadata.size, headers, title=title, on_progress=on_progress
                    )
        # With the bytes in their place, this lays the hub's links; a small file of another kind it brings itself.
        return Path(hf_hub_download(repository, file, endpoint=endpoint))


def _blob(repository: str, etag: str) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = repo_folder_name(repo_id=repository, repo_type="model")
    return Path(constants.HF_HUB_CACHE) / folder / "blobs" / etag


def _part(blob: Path) -> Path:
    return blob.with_name(f"{blob.name}.explorer")


def _fill(
    blob: Path, location: str, size: int, headers: dict[str, Any], *, title: str, on_progress: OnProgress
) -> None:
    from huggingface_hub.file_download import http_get

    from explorer.zoo.cards import sha256

    part = _part(blob)
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    free = shutil.disk_usage(blob.parent).free
    if size - have > free - ROOM:
        raise _full(title, size - have, free)
    on_progress(have, size)
    with part.open("ab") as file:
        http_get(
            location,
            file,
            resume_size=have,
            headers=headers,
            expected_size=size,
            displayed_filename=title,
            tqdm_class=_bar(have, size, on_progress),
        )
    if sha256(part) != blob.name:
        part.unlink()
        raise CheckpointError(
            f"The weights of {title} came damaged and were removed",
            why="their SHA-256 is not the one that the hub announces",
            do="download them again",
        )
    sync(part)
    part.replace(blob)
    sync(blob.parent)


def _bar(have: int, size: int, on_progress: OnProgress) -> Any:
    """What huggingface_hub takes for a progress bar."""

    class Bar:
        def __init__(self, **options: Any) -> None:
            self.done = have

        def update(self, more: int) -> None:
            self.done += more
            on_progress(self.done, size)

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *failure: object) -> None:
            pass

    return Bar


@contextmanager
def _said(title: str) -> Iterator[None]:
    """Failures of the network and the disk as sentences."""
    try:
        yield
    except (ExplorerError, Cancelled):
        raise
    except Exception as error:  # a network fails in as many ways as it has parts
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _full(title) from error
        raise WeightsNotFound(
            f"The download of {title} broke off",
            why=str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__,
            do="start it again: it goes on from where it stopped",
        ) from error


def _full(title: str, wanted: int = 0, free: int = 0) -> WeightsNotFound:
    lacking = f"{wanted / 1e6:,.0f} MB are wanted and {free / 1e6:,.0f} MB are free" if wanted else ""
    return WeightsNotFound(
        f"The disk is too full for the weights of {title}",
        why=lacking or "nothing more could be written",
        do="make room, then start the download again: it goes on from where it stopped",
    )

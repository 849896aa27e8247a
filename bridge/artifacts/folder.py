"""The folder of an artifact, replaced in one step: the earlier one stays whole until then."""

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ArtifactError
from .manifest import MANIFEST, Manifest


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A new folder beside the target, which takes its place once the block has ended without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield aside
        _put_in_place(aside, target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def settled(folder: Path) -> Path:
    """The folder, or the earlier artifact where an export was killed between its two renames."""
    if not folder.exists() and (_previous_of(folder) / MANIFEST).is_file():
        return _previous_of(folder)
    return folder


def check_target(target: Path) -> None:
    """Refuse a target whose replacement would lose something that is not an artifact's."""
    if target.exists() and not target.is_dir():
        raise ArtifactError(f"{target} is a file: pass a folder to export to")
    if not target.is_dir() or not any(target.iterdir()):
        return
    if not (target / MANIFEST).is_file():
        raise ArtifactError(f"{target} holds files that are not an artifact: pass a new or an empty folder")
    own = {MANIFEST, *(record.name for record in Manifest.read(target).files)}
    foreign = sorted(path.name for path in target.iterdir() if path.name not in own)
    if foreign:
        raise ArtifactError(f"{target} holds {foreign[0]!r} beside its artifact: move it away, or pass another folder")


def _put_in_place(aside: Path, target: Path) -> None:
    """Make ``aside`` the folder ``target``; what was there is left in ``aside``, to be removed."""
    os.chmod(aside, 0o755)
    for path in (*aside.iterdir(), aside):
        _sync(path)
    if not target.exists():
        os.rename(aside, target)
    elif not _exchange(aside, target):
        # Two renames, where the system has no exchange: load() finds the earlier artifact if we die between them.
        previous = _previous_of(target)
        shutil.rmtree(previous, ignore_errors=True)
        os.rename(target, previous)
        os.rename(aside, target)
        shutil.rmtree(previous)
    _sync(target.parent)


def _previous_of(target: Path) -> Path:
    """Where an artifact waits while its successor is renamed into its place."""
    return target.with_name(f".{target.name}.previous")


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one step with renameat2(RENAME_EXCHANGE); False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    at_fdcwd, rename_exchange = -100, 2
    return rename is not None and rename(at_fdcwd, bytes(first), at_fdcwd, bytes(second), rename_exchange) == 0


def _sync(path: Path) -> None:
    if os.name != "posix":  # folders cannot be opened elsewhere
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

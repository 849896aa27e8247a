"""The manifest of an artifact: what is in the folder, made by which versions, and the parity that was measured."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import ArtifactError
from ..overrides.core.signature import Signature
from ..runtimes.base import FORMATS, PORTABLE

MANIFEST = "manifest.json"
FORMAT = 2


@dataclass(frozen=True)
class FileRecord:
    """One file of an artifact: its size in bytes and its SHA-256, hexadecimal."""

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> "FileRecord":
        """Read and digest a file."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(path.name, path.stat().st_size, digest)


@dataclass(frozen=True)
class Manifest:
    """Content of ``manifest.json``.

    Attributes
    ----------
    estimator : str
        Full class name of the model.
    signature : Signature
        What its methods take and return.
    feature_names : list of str or None
    files : tuple of FileRecord
    plan : dict or None
        :meth:`bridge.plans.Plan.to_dict`; None for a module that no plan made.
    versions : dict of str to str
        Of the packages that made the artifact.
    formats : list of str
        Of :data:`~bridge.runtimes.base.FORMATS`, those that were written.
    graphs : dict of str to list of str
        Files of torch.export and ONNX, without their endings, with the methods in each.
    compiled : dict, or None
        What the compiled files were made for: torch, system, processor, and the width of the rows of each method.
    parity : dict or None
        :meth:`bridge.parity.report.Report.to_dict` of the artifact itself.
    """

    estimator: str
    signature: Signature
    feature_names: list[str] | None
    files: tuple[FileRecord, ...]
    plan: dict[str, Any] | None
    versions: dict[str, str]
    formats: list[str]
    graphs: dict[str, list[str]]
    compiled: dict[str, Any] | None = None
    parity: dict[str, Any] | None = None
    format: int = FORMAT

    @property
    def runtimes(self) -> tuple[str, ...]:
        """The portable runtimes that serve the formats there are."""
        return tuple(name for name in PORTABLE if any(FORMATS.get(item) == name for item in self.formats))

    def need(self, runtime: str, folder: Path) -> None:
        """Raise ArtifactError unless the artifact has the format that a portable runtime serves."""
        if runtime in PORTABLE and runtime not in self.runtimes:
            (missing,) = (name for name, served in FORMATS.items() if served == runtime)
            others = " or ".join(f"runtime={name!r}" for name in self.runtimes)
            raise ArtifactError(
                f"{folder} has no files for {runtime}, only {', '.join(self.formats)}: use {others}, or export the "
                f"model again with {missing!r} among formats="
            )

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``."""
        files = [vars(record) for record in self.files]
        data = {**vars(self), "signature": self.signature.to_dict(), "files": files}
        text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read ``manifest.json`` and check that it has the form that :meth:`write` gives it."""
        path = folder / MANIFEST
        if not folder.is_dir():
            raise ArtifactError(f"{folder} is not a folder: pass the folder that bridge.export wrote")
        if not path.is_file():
            raise ArtifactError(f"{folder} is not an artifact: it has no {MANIFEST}")
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data["format"] != FORMAT:
                raise ArtifactError(f"{path} has format {data['format']}, this version of bridge reads {FORMAT}")
            files = tuple(FileRecord(**record) for record in data["files"])
            manifest = cls(**{**data, "files": files, "signature": Signature.from_dict(data["signature"])})
        except (ValueError, KeyError, TypeError) as error:
            raise ArtifactError(f"{path} is damaged: {error!r}; export the model again") from error
        for record in manifest.files:
            if Path(record.name).name != record.name or record.name in ("", ".", ".."):
                raise ArtifactError(f"{path} is damaged: it names the file {record.name!r}, which is not a plain name")
        return manifest

    def verify(self, folder: Path) -> None:
        """Raise ArtifactError, naming the file, unless every file is as it was when the manifest was written."""
        for record in self.files:
            path = folder / record.name
            if not path.is_file():
                raise ArtifactError(f"{path} is missing: export the model again")
            size = path.stat().st_size
            if size != record.size:
                raise ArtifactError(f"{path} has {size} bytes, the manifest says {record.size}: it was cut or changed")
            if FileRecord.of(path).sha256 != record.sha256:
                raise ArtifactError(f"{path} was changed: its SHA-256 is not the one in the manifest")

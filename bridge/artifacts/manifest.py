"""The manifest of an artifact: what is in the folder, made by which versions, and the parity that was measured."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ArtifactError
from ..overrides.encoding.columns import Columns
from ..overrides.encoding.labels import Labels

MANIFEST = "manifest.json"
FORMAT = 1


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
    plan : dict or None
        :meth:`bridge.plans.Plan.to_dict`; None for a module that no plan made.
    versions : dict of str to str
        Of the packages that made the artifact.
    methods : tuple of str
        In the order of the ONNX outputs.
    lists : dict of str to int
        Methods that return one tensor per output, with the number of outputs.
    classes : list or None
        Labels of ``predict``, words or numbers.
    feature_names : list of str or None
    n_features_in : int
    dtype : str
    files : tuple of FileRecord
    parity : dict or None
        :meth:`bridge.parity.report.Report.to_dict` of the artifact itself.
    columns : list of dict, or None
        Name, kind, words and strictness of each column of the rows, and what counts its documents; None where the
        model takes no columns.
    raises : dict of str to str
        Methods that only raise, as scikit-learn's do, and why.
    labels : {"one", "sets"}, or None
        Whether the model takes labels, one or a set of them per row, instead of columns.
    batch_dependent : bool
        Whether a row's result depends on the rows beside it, so that no runtime may cut a batch.
    compiled : dict, or None
        What the compiled files were made for: torch, system, processor, and the width of the rows of each method.
    """

    estimator: str
    plan: dict[str, Any] | None
    versions: dict[str, str]
    methods: tuple[str, ...]
    lists: dict[str, int]
    classes: list[Any] | None
    feature_names: list[str] | None
    n_features_in: int
    dtype: str
    files: tuple[FileRecord, ...]
    parity: dict[str, Any] | None
    columns: list[dict[str, Any]] | None = None
    compiled: dict[str, Any] | None = None
    raises: dict[str, str] = field(default_factory=dict)
    labels: str | None = None
    batch_dependent: bool = False
    format: int = FORMAT

    @property
    def words(self) -> list[str]:
        """String classes, to which ``predict`` gives codes; empty where the classes are numbers."""
        classes = self.classes or []
        return classes if all(isinstance(label, str) for label in classes) else []

    @property
    def table(self) -> Columns | None:
        """The columns of the rows."""
        return None if self.columns is None else Columns.from_list(self.columns)

    @property
    def label_reader(self) -> Labels | None:
        """How labels enter a tensor, for a model that takes them."""
        return None if self.labels is None else Labels(tuple(self.classes or ()), self.labels == "sets")

    def write(self, folder: Path) -> None:
        """Write ``manifest.json``."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False)
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
            manifest = cls(**{**data, "files": files, "methods": tuple(data["methods"])})
            manifest.table  # noqa: B018  reads what columns say
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

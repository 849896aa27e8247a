"""What a model promises, as one value: a module has it, the manifest keeps it, runtimes and parity read it."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from ..encoding.codec import RowCodec
from ..encoding.columns import Columns
from ..encoding.labels import Labels
from .methods import PREDICT_LABELS, method_of, served_methods
from .module import Module


@dataclass(frozen=True)
class Signature:
    """What the methods of a model take and return.

    Attributes
    ----------
    estimator : str
        Class name.
    methods : tuple of str
        Public methods, in the order of the ONNX outputs; ``predict_labels`` last.
    outputs : dict of str to int
        Methods that return one tensor per output, with the number of outputs.
    classes : list or None
        Labels of ``predict``, strings or numbers; a list per output where several have strings.
    n_features_in : int
        Width of the rows; -1 takes any.
    dtype : str
    columns : Columns, or None
        Of the rows; None where the model takes no columns.
    labels : Labels, or None
        How labels enter, for a model that takes those instead of columns.
    raises : dict of str to str
        Methods that only raise, as scikit-learn's do, and why.
    nondeterministic : tuple of str
        Those of them that do not raise in scikit-learn.
    random : tuple of str
        Methods that draw, with the distribution of scikit-learn's.
    batch_dependent : bool
        Whether a row's result depends on the rows beside it, so that no runtime may cut a batch.
    """

    estimator: str
    methods: tuple[str, ...]
    outputs: dict[str, int] = field(default_factory=dict)
    classes: list[Any] | None = None
    n_features_in: int = -1
    dtype: str = "float64"
    columns: Columns | None = None
    labels: Labels | None = None
    raises: dict[str, str] = field(default_factory=dict)
    nondeterministic: tuple[str, ...] = ()
    random: tuple[str, ...] = ()
    batch_dependent: bool = False

    @classmethod
    def of(cls, module: Module) -> "Signature":
        """Signature of a module; methods with several outputs are called once, on no rows, to count them."""
        strings = getattr(module, "output_class_names", []) if PREDICT_LABELS.name in served_methods(module) else []
        classes = module.class_names or strings or getattr(module, "classes_", None)
        if isinstance(classes, torch.Tensor):
            classes = np.asarray(classes.detach().cpu()).tolist()
        with torch.no_grad():  # of no rows: an encoder may refuse the values of others
            outputs = {
                name: len(getattr(module, name)(module.example_rows(name, 0)))
                for name in getattr(module, "list_names", ())
            }
        return cls(
            estimator=module.estimator_name,
            methods=served_methods(module),
            outputs=outputs,
            classes=classes,
            n_features_in=module.n_features_in_,
            dtype=str(module.anchor.dtype).removeprefix("torch."),
            columns=module.columns,
            labels=module.label_reader,
            raises=module.raising,
            nondeterministic=tuple(module.nondeterministic_names),
            random=tuple(module.random_names),
            batch_dependent=module.batch_dependent,
        )

    @property
    def strings(self) -> list[str]:
        """String classes, to which ``predict`` gives codes; empty where the classes are numbers."""
        classes = self.classes or []
        return classes if all(isinstance(label, str) for label in classes) else []

    @property
    def output_strings(self) -> list[list[str]]:
        """String classes of each output, to which the columns of ``predict`` give codes; empty where there is one."""
        return list(self.classes or ()) if PREDICT_LABELS.name in self.outputs else []

    @property
    def codec(self) -> RowCodec:
        """How rows enter and leave."""
        return RowCodec(self.estimator, self.columns, (), self.labels)

    def encode(self, data: Any) -> torch.Tensor:
        """Rows from outside as the tensor that most methods take."""
        return self.codec.encode(data).to(self.torch_dtype)

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype of rows and results."""
        dtype: torch.dtype = getattr(torch, self.dtype)
        return dtype

    def keeps_batch_whole(self, method: str) -> bool:
        """Whether the rows of a method are worked on together."""
        return self.batch_dependent or method_of(method).is_joint

    def to_dict(self) -> dict[str, Any]:
        """As plain dicts, lists, numbers and strings."""
        columns = None if self.columns is None else self.columns.to_list()
        labels = None if self.labels is None else asdict(self.labels)
        return {**vars(self), "columns": columns, "labels": labels}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> "Signature":
        """Inverse of :meth:`to_dict`."""
        columns, labels = data["columns"], data["labels"]
        return cls(
            **{
                **data,
                "methods": tuple(data["methods"]),
                "nondeterministic": tuple(data["nondeterministic"]),
                "random": tuple(data["random"]),
                "columns": None if columns is None else Columns.from_list(columns),
                "labels": None if labels is None else Labels(tuple(labels["classes"]), labels["are_sets"]),
            }
        )

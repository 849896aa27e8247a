"""The base of every converted module: fitted attributes in, rows checked, batches tiled."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import InputError
from ..functional.csr import tile_of_csr
from .classes import split_classes
from .linear import FusedLinear
from .methods import method_of, public_methods
from .questions import Questions
from .rows import ColumnRows

WHOLE = 2**31 - 1
"""``tile_rows`` of a module that makes nothing but its result: a tile would save no memory."""

SMALL_RESULT = 2**20
"""Numbers of a result that are made at once where nothing wider is made on the way: 8 MiB of float64."""


def refuse(message: str) -> None:
    """Raise InputError; in TorchScript, which knows no classes of ours, ValueError."""
    if torch.jit.is_scripting():
        raise ValueError(message)
    _raise_input_error(message)


def _raise_input_error(message: str) -> None:
    raise InputError(message)


def check_rows(x: Tensor, n_features: int, name: str, like: Tensor) -> Tensor:
    """Rows as the arithmetic wants them, or an InputError.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
    n_features : int
        Expected width; -1 takes any.
    name : str
        Estimator's name, for the message.
    like : Tensor
        Has the dtype to bring the rows to and the device that they must be on.
    """
    if not torch.jit.is_scripting():
        _check_is_tensor(x, name)
    if x.is_complex():
        refuse(f"{name} takes real numbers, got a complex tensor ({x.dtype}): pass x.real if that is what you mean")
    if x.dim() != 2:
        refuse(
            f"{name} takes a 2-D tensor (n_samples, n_features), got {x.dim()}-D of shape {list(x.shape)}: "
            "use x.reshape(1, -1) for one row, x.reshape(-1, 1) for one feature"
        )
    if n_features >= 0 and x.shape[1] != n_features:
        refuse(f"{name} was fitted with {n_features} features, got rows of {x.shape[1]}")
    if x.device != like.device:
        refuse(f"{name} is on {like.device}, the rows are on {x.device}: move one of them with .to()")
    return x.to(like.dtype)


def _check_is_tensor(x: Any, name: str) -> None:
    if not isinstance(x, Tensor):
        raise InputError(
            f"{name} takes a torch.Tensor of shape (n_samples, n_features), got {type(x).__name__}: "
            "use torch.as_tensor(x)"
        )
    if x.layout != torch.strided and x.layout != torch.sparse_csr:
        raise InputError(
            f"{name} takes a dense tensor or a sparse CSR one, got {x.layout}: use x.to_dense() or x.to_sparse_csr()"
        )


class Module(ColumnRows, FusedLinear, Questions, nn.Module):
    """Base of converted modules: fitted attributes as parameters and buffers, rows checked once, batches tiled.

    Parameters
    ----------
    estimator : object
        The fitted estimator. Its arrays are copied: nothing is shared with it.

    Attributes
    ----------
    estimator_name : str
        Class name of the estimator.
    n_features_in_ : int
        Width of the rows, -1 where any width is taken.
    n_features_out : int
        Width of the rows of ``inverse_transform``, -1 where it is not checked.
    class_names : list of str
        The words of string classes, to which ``predict`` returns codes; empty otherwise.
    tile_rows : int
        Rows worked on at once on a processor. A subclass with wide intermediate results lowers it.
    takes_csr : bool
        Whether the private methods take compressed rows, sparse CSR tensors, as they are. Without it each tile of them
        is made dense.
    keeps_csr : bool
        Whether, of compressed rows, ``transform`` returns compressed ones.
    is_lookup : bool
        Whether :meth:`fused_linear` is answered without the rows of ``transform``, which are wide.
    fused_linear_rows : int
        As ``tile_rows``, for :meth:`fused_linear` with a single row of weights.
    batch_dependent : bool
        Whether a row's result depends on the rows beside it, as it does in scikit-learn: then no batch is cut, here and
        in artifacts. Of a composite too, where it is so of a module inside.
    raising : dict of str to str
        Methods that only raise, and why: :meth:`failing_methods`.
    nondeterministic_names : list of str
        Those of them that do not raise in scikit-learn: :meth:`nondeterministic_methods`.
    random_names : list of str
        Methods that draw: :meth:`random_methods`, and those of the modules inside.
    result_rules : frozenset of str
        What the table that ``set_output`` asks for makes of the gaps of words: :mod:`.output_tables`.

    Notes
    -----
    Learned float arrays are Parameters, named as scikit-learn's fitted attributes; everything else is a buffer,
    hyper-parameters that enter the arithmetic included: the ONNX exporter of torch rounds Python floats to float32.
    """

    class_names: list[str]
    estimator_name: str
    n_features_in_: int
    n_features_out: int
    tile_rows: int
    takes_csr: bool
    keeps_csr: bool
    batch_dependent: bool
    anchor: Tensor
    raising: dict[str, str]
    nondeterministic_names: list[str]
    random_names: list[str]

    if TYPE_CHECKING:  # composed at conversion: those that the estimator has. Of several outputs, a list of tensors.
        method_names: tuple[str, ...]
        list_names: tuple[str, ...]
        output_class_names: list[list[str]]
        plan: Any  # of the outermost module, as the conversion followed it
        route: str

        def __call__(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def predict(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def predict_labels(self, x: Tensor) -> list[str]: ...  # noqa: D102
        def predict_proba(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def predict_log_proba(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def decision_function(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def score_samples(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def transform(self, x: Tensor) -> Tensor: ...  # noqa: D102
        def inverse_transform(self, x: Tensor) -> Tensor: ...  # noqa: D102

    def __init__(self, estimator: Any) -> None:
        super().__init__()
        self.raising = {}
        self.nondeterministic_names = []
        self.random_names = []
        self.estimator_name = type(estimator).__name__
        self.n_features_in_ = int(getattr(estimator, "n_features_in_", -1))
        self.n_features_out = -1
        self.class_names = []
        self.tile_rows = 4096
        self.takes_csr = self.reads_linear
        self.keeps_csr = False
        self.batch_dependent = False
        self.columns = None
        self.columns_out = ()
        self.result_rules: Any = frozenset()
        self.label_reader = None
        self.is_lookup = False
        self.fused_linear_rows = self.tile_rows
        # Carries the dtype and the device of the module, also where it has nothing else to carry them.
        self.register_buffer("anchor", torch.empty(0, dtype=torch.float64), persistent=False)

    def add_parameter(self, name: str, value: Any) -> nn.Parameter:
        """Register a learned float array under scikit-learn's name as float64 Parameter, and return it."""
        parameter = nn.Parameter(torch.tensor(np.array(value, dtype=np.float64, order="C")))
        self.register_parameter(name, parameter)
        return parameter

    def add_buffer(self, name: str, value: Any) -> Tensor:
        """Register an array or number that is not learned as a buffer of its own dtype, and return it."""
        buffer = torch.tensor(np.array(value, order="C"))
        self.register_buffer(name, buffer)
        return buffer

    def set_classes(self, classes: Any) -> None:
        """Register ``classes_``: the labels where they are numbers, their codes where they are words.

        Parameters
        ----------
        classes : ndarray of shape (n_classes,)
        """
        names, values = split_classes(classes)
        self.class_names = names
        self.add_buffer("classes_", values)

    def _check(self, x: Tensor) -> Tensor:
        return check_rows(x, self.n_features_in_, self.estimator_name, self.anchor)

    def _check_inverse(self, x: Tensor) -> Tensor:
        return check_rows(x, self.n_features_out, self.estimator_name + ".inverse_transform", self.anchor)

    def _tile(self, x: Tensor) -> int:
        """Rows to work on at once; 0 for all of them."""
        if not torch.jit.is_scripting():
            # A graph of torch.export cannot branch on the number of rows: whoever runs it feeds it tiles.
            if torch.compiler.is_compiling():
                return 0
        if x.layout != torch.strided:
            if self.takes_csr:
                return 0
            return max(x.shape[0], 1) if self.batch_dependent else tile_of_csr(x, self.tile_rows)
        if self.batch_dependent:
            return 0
        size = self.tile_rows
        if x.device.type != "cpu":
            size = size * 256  # caches do not bound a tile there, only memory does
        if x.shape[0] <= size:
            return 0
        return size

    def infer_input_shape(self, sample: Any) -> None:
        """Take the form of the rows from a sample, for an estimator that does not know it: nothing, by default."""

    def example_rows(self, method: str, n_samples: int) -> Tensor:
        """Rows of the form that a public method takes, on the module's device; the values mean nothing."""
        width = self.n_features_out if method_of(method).is_inverse else self.n_features_in_
        return torch.full((n_samples, max(width, 1)), 0.5, dtype=self.anchor.dtype, device=self.anchor.device)

    def sample_inputs(self, n_samples: int) -> Any:
        """Inputs to verify on, for an estimator that takes no rows of numbers; None draws rows around fitted ranges."""
        return None

    def extra_repr(self) -> str:
        """Estimator, methods, width and dtype."""
        methods = ", ".join(public_methods(self))
        route = f", route={self.route}" if hasattr(self, "route") else ""
        width = f"n_features_in_={self.n_features_in_}"
        return f"{self.estimator_name}{route}, methods=({methods}), {width}, {self.anchor.dtype}"

"""The base of every converted module: fitted attributes in, rows checked, batches tiled."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..encoding.columns import Column
from ..encoding.documents.rows import of_sparse
from ..encoding.labels import Labels
from ..encoding.tables import as_real, encode_result, encode_table
from ..errors import InputError
from ..functional.csr import tile_of_csr
from .fitted_dtype import fitted_in_float32
from .methods import available_methods, public_methods

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


class Module(nn.Module):
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
    result_rules : frozenset of str
        What the table that ``set_output`` asks for makes of the gaps of words: :mod:`.output_tables`.
    columns : Columns or None
        Names, kinds and vocabularies of the columns that ``encode`` takes; of the outermost module only, and None where
        it takes something else than columns.

    Notes
    -----
    Learned float arrays are Parameters, named as scikit-learn's fitted attributes; everything else is a buffer,
    hyper-parameters that enter the arithmetic included: the ONNX exporter of torch rounds Python floats to float32.
    """

    reads_linear = False
    """Whether the module sees its rows through ``x @ projection_weight().T`` alone. Then it has
    ``_predict_from(projection)``, which is ``_predict`` from there on, and so on for its other methods."""

    is_affine = False
    """Whether ``transform`` scales, shifts or selects columns and nothing else. Then it has, exported to TorchScript,
    ``fold_weight(weight)`` and ``fold_bias(weight)``: ``transform(x) @ weight.T`` is
    ``x @ fold_weight(weight).T + fold_bias(weight)``, and a look-up before it reaches the linear step behind it."""

    rounds_as_fitted = False
    """Whether scikit-learn, fitted on float32, computes in float32 with what it learned, whatever the dtype of rows."""

    calls_estimator = False
    """Whether the estimator's own results come by :meth:`call_estimator`: its methods take no rows, or have other
    names."""

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

    def __init__(self, estimator: Any) -> None:
        super().__init__()
        self.raising = {}
        self.nondeterministic_names = []
        self.estimator_name = type(estimator).__name__
        self.n_features_in_ = int(getattr(estimator, "n_features_in_", -1))
        self.n_features_out = -1
        self.class_names = []
        self.tile_rows = 4096
        self.takes_csr = self.reads_linear
        self.keeps_csr = False
        self.batch_dependent = False
        self.columns = None
        self.columns_out: Any = ()
        self.result_rules: Any = frozenset()
        self.label_reader: Labels | None = None
        self.is_lookup = False
        self.fused_linear_rows = self.tile_rows
        # Carries the dtype and the device of the module, also where it has nothing else to carry them.
        self.register_buffer("anchor", torch.empty(0, dtype=torch.float64), persistent=False)

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """Why this fitted estimator cannot be converted, or None; cheap, asked before anything is built."""
        return None

    @staticmethod
    def needs_no_fit(estimator: Any) -> bool:
        """Whether an estimator that scikit-learn calls not fitted can predict or transform as it is."""
        return False

    @staticmethod
    def prefers_onnx(estimator: Any) -> bool:
        """Whether the ONNX route loses nothing of this fitted estimator, in contrast to others of its class."""
        return False

    @classmethod
    def precision_note(cls, estimator: Any) -> str:
        """What scikit-learn itself leaves open in the results of this fitted estimator, for the plan; empty if nothing.

        Then :meth:`float64_parts` says what closes it.
        """
        if not cls.rounds_as_fitted or not fitted_in_float32(estimator):
            return ""
        return (
            f"{type(estimator).__name__} was fitted on float32, and scikit-learn computes in float32 with what it "
            "learned; the module computes it in float64: results agree to float32's rounding"
        )

    @classmethod
    def float64_parts(cls, estimator: Any) -> dict[int, Any]:
        """By id, what to put in the place of this estimator, or of parts of it, to make scikit-learn's results exact.

        With them it computes in float64 throughout, and to the end: by as much as its results change is the module
        allowed to differ.
        """
        return fitted_in_float32(estimator) if cls.rounds_as_fitted else {}

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """Fitted estimators that this one calls, by dotted path; a composite gets their modules as ``children``.

        A module with children has the constructor ``(estimator, children)`` with ``children: dict[str, nn.Module]``
        under the same keys.
        """
        return {}

    @classmethod
    def takes_documents(cls, estimator: Any) -> bool:
        """Whether this fitted estimator takes documents, one after the other, and no table: where a child does."""
        from .registry import takes_documents

        return any(takes_documents(child) for child in cls.children_of(estimator).values())

    @classmethod
    def methods_of(cls, estimator: Any) -> tuple[str, ...]:
        """Public methods with results; a family with further methods that act on rows adds them here."""
        raising = cls.failing_methods(estimator)
        return tuple(name for name in available_methods(estimator) if name not in raising)

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Methods that the estimator has, and that raise here whatever the rows: method -> why, for the error.

        They are those that raise in scikit-learn too, and those of :meth:`nondeterministic_methods`. The module has
        them, in eager and in TorchScript; a graph of torch.export or ONNX cannot raise and leaves them out.
        """
        return {}

    @classmethod
    def nondeterministic_methods(cls, estimator: Any) -> tuple[str, ...]:
        """Of :meth:`failing_methods`, methods of which scikit-learn's result is no function of the row.

        It draws random numbers or returns what rounding left: a row alone has another result than among others.
        """
        return ()

    @staticmethod
    def call_estimator(estimator: Any, method: str, rows: Any) -> Any:
        """The estimator's own result of a public method on rows, where :attr:`calls_estimator` says so."""
        raise NotImplementedError

    @staticmethod
    def feature_names(estimator: Any) -> list[str] | None:
        """Names of the columns that the estimator was fitted on; None where it knows none."""
        names = getattr(estimator, "feature_names_in_", None)
        return None if names is None else [str(name) for name in names]

    @staticmethod
    def multi_output_methods(estimator: Any) -> tuple[str, ...]:
        """Those methods that return one tensor per output, as scikit-learn's ``predict_proba`` of several outputs."""
        return ()

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
        width = self.n_features_out if method == "inverse_transform" else self.n_features_in_
        return torch.full((n_samples, max(width, 1)), 0.5, dtype=self.anchor.dtype, device=self.anchor.device)

    def sample_inputs(self, n_samples: int) -> Any:
        """Inputs to verify on, for an estimator that takes no rows of numbers; None draws rows around fitted ranges."""
        return None

    def fused_linear(self, x: Tensor, weight: Tensor) -> Tensor:
        """``transform(x) @ weight.T``, for a linear step behind this one.

        Parameters
        ----------
        x : Tensor of shape (n_samples, n_features)
        weight : Tensor of shape (n_outputs, n_features_out)

        Returns
        -------
        Tensor of shape (n_samples, n_outputs)
        """
        rows: Tensor = self.transform(x)  # type: ignore[operator]
        return rows.to(weight.dtype) @ weight.t()

    def reads(self) -> list[Column]:
        """What is read in each column of the rows; empty for a module that takes something else than columns."""
        return [Column()] * max(self.n_features_in_, 0)

    def passes(self) -> list[int]:
        """Column of the rows that each column of ``transform`` carries on, -1 where none; empty if all are new."""
        return []

    def settle(self, columns: list[Column]) -> list[Column]:
        """Take the columns as they will be encoded, with all that the model reads in them.

        Parameters
        ----------
        columns : list of Column
            Each at least what :meth:`reads` asks for.

        Returns
        -------
        list of Column
            The columns of ``transform``; empty where all are new numbers.
        """
        return []

    def encode(self, data: Any) -> Tensor:
        """Rows from outside as the tensor that the methods take.

        Parameters
        ----------
        data : data frame, dict of columns, list of dicts, array-like or sparse matrix, shape (n_samples, n_features)
            Of any library that narwhals knows: pandas, polars, pyarrow. Columns are found by name, whatever their
            order; further columns are ignored. A model of texts, dicts or lists of features takes those, one after the
            other: a list, a series, an array.

        Returns
        -------
        Tensor of shape (n_samples, n_features)
            Of the module's dtype and on its device: numbers as they are, a word as its code in the vocabulary of its
            column, an unknown one as -1, a missing value as NaN, a document as the counts of its terms. Rows with
            documents among them that are wider than ``DENSE_WIDTH`` (:mod:`bridge.overrides.encoding.documents`) are a
            sparse CSR tensor, which every method takes.

        Raises
        ------
        InputError
            A column is missing, or is not what the model was fitted on.
        """
        if self.columns is not None:
            return encode_table(data, self.columns, self.estimator_name).to(self.anchor)
        return encode_numbers(data, self.estimator_name).to(self.anchor)

    def encode_inverse(self, data: Any) -> Tensor:
        """Results of ``transform`` from outside as the tensor that ``inverse_transform`` takes."""
        return encode_numbers(encode_result(data, self.columns_out), self.estimator_name).to(self.anchor)

    def decode(self, rows: Tensor) -> Any:
        """Rows as ``encode`` makes them and ``inverse_transform`` returns them, with words in the place of codes.

        Returns
        -------
        ndarray of object, shape (n_samples, n_features)
            Of a model of documents a list, of the terms of each: what scikit-learn's ``inverse_transform`` returns.
        """
        if self.columns is None:
            raise InputError(f"{self.estimator_name} has no columns to decode")
        return self.columns.decode(rows.detach().cpu())

    def as_returned(self, method: str, result: Any) -> Any:
        """scikit-learn's result of a method in the form that the module returns it in.

        A module that returns codes or padded tensors, where scikit-learn returns words or tuples, translates here.
        """
        if self.columns is not None and method == "transform":
            return encode_result(result, self.columns_out)
        if self.columns is not None and method == "inverse_transform":
            if self.columns.is_flat:
                return self.columns.columns[0].readers[0].inverted(result)
            return encode_result(result, self.columns.columns)
        return result

    def extra_repr(self) -> str:
        """Estimator, methods, width and dtype."""
        methods = ", ".join(public_methods(self))
        route = f", route={self.route}" if hasattr(self, "route") else ""
        width = f"n_features_in_={self.n_features_in_}"
        return f"{self.estimator_name}{route}, methods=({methods}), {width}, {self.anchor.dtype}"


def encode_numbers(data: Any, name: str) -> Tensor:
    """Array-like, sparse matrix, data frame or tensor of numbers as a float64 tensor of the same shape."""
    if isinstance(data, Tensor):
        return as_real(data, name)
    if hasattr(data, "toarray"):
        return of_sparse(as_real(data, name))
    try:
        return torch.tensor(np.array(as_real(np.asarray(data), name), dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name} takes numbers, got {type(data).__name__} that numpy cannot read as such: {error}"
        ) from error


def split_classes(classes: Any) -> tuple[list[str], np.ndarray]:
    """Words and codes of string classes; no words and the labels themselves otherwise.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)

    Returns
    -------
    names : list of str
    values : ndarray of shape (n_classes,)
    """
    classes = np.asarray(classes)
    if classes.dtype.kind in "OUS" and all(isinstance(label, (str, np.str_)) for label in classes.tolist()):
        return [str(label) for label in classes], np.arange(len(classes))
    if classes.dtype.kind == "O":
        classes = np.array(classes.tolist())
    if classes.dtype.kind not in "biuf":
        raise InputError(f"class labels must be numbers or words, got {classes.dtype}: {classes[:3].tolist()}")
    return [], classes


def has_string_classes(estimator: Any) -> bool:
    """Whether the fitted estimator has one set of classes and they are strings."""
    classes: Any = getattr(estimator, "classes_", None)
    if classes is None or isinstance(classes, list):
        return False
    flat: Sequence[Any] | Iterable[Any] = np.asarray(classes).ravel().tolist()
    return np.asarray(classes).dtype.kind in "OUS" and all(isinstance(label, str) for label in flat)

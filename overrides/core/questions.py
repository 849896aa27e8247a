"""What a class of modules answers about a fitted estimator before anything is built; asked through :mod:`.facts`."""

from typing import Any

from .fitted_dtype import fitted_in_float32, gives_float32, giving_float64
from .methods import available_methods

VOTES_JUMP = (
    "decision_function counts votes of pairs: it jumps where one changes, and its gradient is that between jumps"
)
"""What a plan says of a decision that is piecewise smooth in the rows."""


class Questions:
    """Questions about an estimator, with the answers of one that has nothing special."""

    rounds_as_fitted = False
    """Whether scikit-learn, fitted on float32, computes in float32 with what it learned, whatever the dtype of rows."""

    absent_is_missing = False
    """Whether, of compressed rows, the estimator takes what is absent as missing, and not as 0. Then its module has the
    attribute ``zeros_are_missing``, for rows that scikit-learn compresses on their way to it."""

    calls_estimator = False
    """Whether the estimator's own results come by :meth:`call_estimator`: its methods take no rows, or have other
    names."""

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
        if gives_float32(estimator):
            return (
                f"{type(estimator).__name__} hands on float32 (dtype=float32), in which scikit-learn goes on; the "
                "module computes in float64: results agree to float32's rounding"
            )
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
        if gives_float32(estimator):
            return {id(estimator): giving_float64(estimator)}
        return fitted_in_float32(estimator) if cls.rounds_as_fitted else {}

    @classmethod
    def rounded_parts(cls, estimator: Any) -> dict[int, Any]:
        """As :meth:`float64_parts`, and in addition off by as much as the estimator's own rounding leaves open."""
        return cls.float64_parts(estimator)

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """Fitted estimators that this one calls, by dotted path; a composite gets their modules as ``children``.

        A module with children has the constructor ``(estimator, children)`` with ``children: dict[str, nn.Module]``
        under the same keys.
        """
        return {}

    @classmethod
    def takes_documents(cls, estimator: Any) -> bool | None:
        """Whether this fitted estimator takes documents, one after the other, and no table; None where a child says."""
        return None

    @classmethod
    def methods_of(cls, estimator: Any) -> tuple[str, ...]:
        """Public methods, of which those that fail are left out; a family with further ones on rows adds them here."""
        return available_methods(estimator)

    @classmethod
    def failing_methods(cls, estimator: Any) -> dict[str, str]:
        """Methods that the estimator has, and that raise here whatever the rows: method -> why, for the error.

        They are those that raise in scikit-learn too, and those of :meth:`nondeterministic_methods`. The module has
        them, in eager and in TorchScript; a graph of torch.export or ONNX cannot raise and leaves them out.
        """
        return {}

    @classmethod
    def random_methods(cls, estimator: Any) -> tuple[str, ...]:
        """Methods that draw from torch's generator, with the distribution of scikit-learn's results.

        The methods of the same name of what an estimator is made of are not named: they are added.
        """
        return ()

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

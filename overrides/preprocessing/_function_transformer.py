"""``sklearn.preprocessing._function_transformer``: FunctionTransformer."""

from typing import Any

from sklearn.preprocessing import FunctionTransformer
from torch import Tensor

from ..base import Module
from ..columns import ANY, Column
from ..functional.ufuncs import UFUNCS, ufunc
from ..registry import Loss, register


@register(FunctionTransformer, loses=(Loss.CONVERTER, Loss.METHOD))
class FunctionTransformerModule(Module):
    """FunctionTransformer: a function of numpy or scipy element by element, and its inverse; none passes the rows."""

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        self.n_features_out = self.n_features_in_
        self.func = _name(estimator.func)
        self.inverse_func = _name(estimator.inverse_func)
        self.is_identity = estimator.func is None

    @staticmethod
    def declines(estimator: Any) -> str | None:
        """Functions that are not numpy's or scipy's own, and arguments to them."""
        for option, arguments in (("func", "kw_args"), ("inverse_func", "inv_kw_args")):
            function = getattr(estimator, option)
            if function is None:
                continue
            if getattr(estimator, arguments):
                return f"FunctionTransformer: {arguments} are passed to {option}, and a graph cannot pass them on"
            if not _is_known(function):
                name = getattr(function, "__qualname__", None) or repr(function)
                known = ", ".join(sorted({function.__name__ for function in UFUNCS}))
                return f"FunctionTransformer: {option}={name} is Python that a graph cannot hold; it knows {known}"
        return None

    def reads(self) -> list[Column]:
        """Numbers, or nothing where the rows pass."""
        return [Column(ANY)] * max(self.n_features_in_, 0) if self.is_identity else super().reads()

    def passes(self) -> list[int]:
        """Every column, where there is no function."""
        return list(range(self.n_features_in_)) if self.is_identity else []

    def settle(self, columns: list[Column]) -> list[Column]:
        """The columns as they come, where there is no function."""
        return columns if self.is_identity else []

    def _transform(self, x: Tensor) -> Tensor:
        return ufunc(x, self.func)

    def _inverse_transform(self, x: Tensor) -> Tensor:
        return ufunc(x, self.inverse_func)


def _is_known(function: Any) -> bool:
    try:
        return function in UFUNCS
    except TypeError:  # a callable object need not be hashable
        return False


def _name(function: Any) -> str:
    return "identity" if function is None else UFUNCS[function]

"""``sklearn.compose._target``: TransformedTargetRegressor."""

from typing import Any

from sklearn.compose import TransformedTargetRegressor as SkTransformedTargetRegressor
from sklearn.preprocessing import FunctionTransformer
from torch import Tensor, nn

from ..base import Module
from ..composite import Composite
from ..functional.ufuncs import UFUNCS, ufunc
from ..registry import Loss, register


@register(SkTransformedTargetRegressor, loses=Loss.CONVERTER)
class TransformedTargetRegressor(Composite):
    """A regressor whose predictions a transformer, or a function, takes back to the scale of the target.

    Notes
    -----
    The regressor stands at ``regressor_``. A transformer stands at ``transformer_``; of ``func`` and ``inverse_func``,
    only the latter is used, as a tensor expression.
    """

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        regressor: Any = children["regressor_"]
        self.regressor_ = regressor
        self.n_features_in_ = regressor.n_features_in_
        self.is_flat = estimator._training_dim == 1
        transformer: Any = children.get("transformer_")
        function = None if transformer is not None else estimator.transformer_.inverse_func
        self.transformer_ = transformer
        self.inverse_func = "identity" if function is None else UFUNCS[function]

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The regressor, and the transformer unless it is made of functions."""
        children = {"regressor_": estimator.regressor_}
        if type(estimator.transformer_) is not FunctionTransformer:
            children["transformer_"] = estimator.transformer_
        return children

    @staticmethod
    def declines(estimator: Any) -> str | None:
        """Functions that are not numpy's or scipy's own."""
        transformer = estimator.transformer_
        if type(transformer) is not FunctionTransformer or transformer.inverse_func is None:
            return None
        function = transformer.inverse_func
        if transformer.inv_kw_args:
            return "TransformedTargetRegressor: its FunctionTransformer has inv_kw_args, which a graph cannot pass on"
        if _is_known(function):
            return None
        name = getattr(function, "__qualname__", None) or repr(function)
        known = ", ".join(sorted({function.__name__ for function in UFUNCS}))
        return (
            f"TransformedTargetRegressor: inverse_func={name} is Python that a graph cannot hold; use a transformer "
            f"with inverse_transform, or one of numpy's and scipy's {known}"
        )

    def entry(self) -> Module:
        """The regressor."""
        child: Module = self.regressor_
        return child

    def _check(self, x: Tensor) -> Tensor:
        checked: Tensor = self.regressor_._check(x)
        return checked

    def _predict(self, x: Tensor) -> Tensor:
        prediction: Tensor = self.regressor_.predict(x)
        if prediction.dim() == 1:
            prediction = prediction.unsqueeze(1)
        if self.transformer_ is not None:
            prediction = self.transformer_.inverse_transform(prediction)
        else:
            prediction = ufunc(prediction, self.inverse_func)
        if self.is_flat and prediction.dim() == 2 and prediction.shape[1] == 1:
            prediction = prediction.squeeze(1)
        return prediction


def _is_known(function: Any) -> bool:
    try:
        return function in UFUNCS
    except TypeError:  # a callable object need not be hashable
        return False

"""``sklearn.compose._target``: TransformedTargetRegressor."""

import warnings
from typing import Any

import numpy as np
from sklearn.compose import TransformedTargetRegressor as SkTransformedTargetRegressor
from sklearn.preprocessing import FunctionTransformer
from torch import Tensor, nn

from ...core.composite import Composite
from ...core.facts import once
from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...tracing import ConvertedFunction, FunctionError, convert_function, name_of


@register(SkTransformedTargetRegressor, gaps=OnnxGap.CONVERTER)
class TransformedTargetRegressor(Composite):
    """A regressor whose predictions a transformer, or a function, takes back to the scale of the target.

    Notes
    -----
    The regressor stands at ``regressor_``. A transformer stands at ``transformer_``; of ``func`` and ``inverse_func``,
    its own or those of a FunctionTransformer, only the latter is used, as :class:`FunctionTransformer` takes it.
    """

    def __init__(self, estimator: Any, children: dict[str, nn.Module]) -> None:
        super().__init__(estimator)
        regressor: Any = children["regressor_"]
        self.regressor_ = regressor
        self.n_features_in_ = regressor.n_features_in_
        self.is_flat = estimator._training_dim == 1
        transformer: Any = children.get("transformer_")
        self.transformer_ = transformer
        function = None if transformer is not None else _inverse(estimator)
        self.inverse_func: nn.Module = nn.Identity() if function is None else function.module

    @staticmethod
    def children_of(estimator: Any) -> dict[str, Any]:
        """The regressor, and the transformer unless it is made of functions."""
        children = {"regressor_": estimator.regressor_}
        if type(estimator.transformer_) is not FunctionTransformer:
            children["transformer_"] = estimator.transformer_
        return children

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """An inverse function that cannot be traced."""
        if type(estimator.transformer_) is not FunctionTransformer:
            return None
        try:
            _inverse(estimator)
        except FunctionError as error:
            name = name_of(estimator.transformer_.inverse_func)
            return (
                f"TransformedTargetRegressor: inverse_func={name} is Python that a graph cannot hold: {error}, or use "
                "a transformer with inverse_transform"
            )
        return None

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
            prediction = self.inverse_func(prediction)
        if self.is_flat and prediction.dim() == 2 and prediction.shape[1] == 1:
            prediction = prediction.squeeze(1)
        return prediction


@once
def _inverse(estimator: Any) -> ConvertedFunction | None:
    """The inverse function, which takes predictions of as many columns as the transformer has made of the target."""
    transformer = estimator.transformer_
    if transformer.inverse_func is None:
        return None
    return convert_function(transformer.inverse_func, transformer.inv_kw_args, _n_predicted(estimator))


def _n_predicted(estimator: Any) -> int:
    """Columns of the transformed target, and so of the regressor's prediction; -1 where the function does not tell."""
    transformer = estimator.transformer_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            rows = np.asarray(transformer.transform(np.full((2, transformer.n_features_in_), 0.5)))
        except Exception:  # a function of the user's may raise anything
            return -1
    return int(rows.shape[1]) if rows.ndim == 2 else 1

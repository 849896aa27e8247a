"""Linear steps behind a module: folded into it, or answered by it without the rows of its ``transform``."""

from typing import TYPE_CHECKING

from torch import Tensor


class FusedLinear:
    """Protocol of a module with a linear step behind it, or that is one; without anything special."""

    reads_linear = False
    """Whether the module sees its rows through ``x @ projection_weight().T`` alone. Then it has
    ``_predict_from(projection)``, which is ``_predict`` from there on, and so on for its other methods."""

    is_affine = False
    """Whether ``transform`` scales, shifts or selects columns and nothing else. Then it has, exported to TorchScript,
    ``fold_weight(weight)`` and ``fold_bias(weight)``: ``transform(x) @ weight.T`` is
    ``x @ fold_weight(weight).T + fold_bias(weight)``, and a look-up before it reaches the linear step behind it."""

    if TYPE_CHECKING:

        def transform(self, x: Tensor) -> Tensor: ...  # noqa: D102

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
        return self.transform(x).to(weight.dtype) @ weight.t()

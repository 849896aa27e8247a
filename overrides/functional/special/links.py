"""Inverse links: scores to probabilities and means, in scikit-learn's order of operations."""

import torch
from torch import Tensor

from ..graph import in_export, in_graph


def expit(x: Tensor) -> Tensor:
    """Logistic function, as ``scipy.special.expit`` computes it.

    Parameters
    ----------
    x : Tensor of any shape

    Returns
    -------
    Tensor of the same shape
        ``1 / (1 + exp(-x))``; exactly 0 where ``exp(-x)`` overflows.

    Notes
    -----
    onnxruntime's Sigmoid takes ``1 - 1 / (1 + exp(x))`` for negative ``x``: 0 below -37, whose logarithm is infinite.
    Exported programs have the quotient written out instead; its gradient is NaN where ``exp(-x)`` overflows.
    """
    if not torch.jit.is_scripting():
        if in_export():
            return 1.0 / (1.0 + torch.exp(-x))
    return torch.sigmoid(x)


def softmax(x: Tensor) -> Tensor:
    """Softmax of each row, as ``sklearn.utils.extmath.softmax`` computes it.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_classes)

    Returns
    -------
    Tensor of shape (n_samples, n_classes)
        ``exp(x - max) / sum``.

    Notes
    -----
    Written out for many rows of few classes, where ``torch.softmax`` takes twice as long.
    """
    if not in_graph() and x.shape[0] >= 64 and x.shape[1] <= 16:
        x = torch.exp(x - x.detach().amax(dim=1, keepdim=True))
        return x / x.sum(dim=1, keepdim=True)
    return torch.softmax(x, dim=1)


def log_probabilities(p: Tensor) -> Tensor:
    """Logarithm of probabilities as ``np.log`` takes it: minus infinity at 0.

    Parameters
    ----------
    p : Tensor of any shape

    Returns
    -------
    Tensor of the same shape

    Notes
    -----
    Where ``1 / p`` overflows the gradient is 0: infinity or NaN otherwise.
    """
    smallest = 1e-307 if p.dtype == torch.float64 else 1e-37
    return torch.where(p < smallest, p.detach(), p).log()


def binary_probabilities(p: Tensor) -> Tensor:
    """Probabilities of both classes from that of the second.

    Parameters
    ----------
    p : Tensor of shape (n_samples,)

    Returns
    -------
    Tensor of shape (n_samples, 2)
    """
    return torch.stack([1.0 - p, p], dim=1)


def normalize_rows(p: Tensor) -> Tensor:
    """Rows divided by their sums; a row whose sum is 0 becomes uniform.

    Parameters
    ----------
    p : Tensor of shape (n_samples, n_classes)
        Probabilities of one class against the rest.

    Returns
    -------
    Tensor of shape (n_samples, n_classes)

    Notes
    -----
    Follows ``LinearClassifierMixin._predict_proba_lr`` (sklearn/linear_model/_base.py).
    """
    total = p.sum(dim=1, keepdim=True)
    zero = total == 0.0
    return p.masked_fill(zero, 1.0) / total.masked_fill(zero, float(p.shape[1]))


def modified_huber(scores: Tensor) -> Tensor:
    """Probabilities of the modified Huber loss, before rows are normalized.

    Parameters
    ----------
    scores : Tensor of any shape

    Returns
    -------
    Tensor of the same shape
        ``(clip(scores, -1, 1) + 1) / 2``; hard zeros and ones.

    Notes
    -----
    Follows ``SGDClassifier.predict_proba`` (sklearn/linear_model/_stochastic_gradient.py).
    """
    return (scores.clamp(-1.0, 1.0) + 1.0) / 2.0

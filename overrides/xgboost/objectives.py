"""Objectives of XGBoost: what a prediction is of the margin, and what the margin of the base score is.

Follows ``src/objective/*.cu`` and ``src/common/math.h`` in float32. Exponentials are taken in float64 and rounded,
which is XGBoost's own float32 number but for one in some thousands, where it is the next one.
"""

import numpy as np
import torch
from torch import Tensor

IDENTITY, LOGISTIC, EXP, HINGE, SOFTMAX, ARGMAX = "identity", "logistic", "exp", "hinge", "softmax", "argmax"

_LINKS = {
    "reg:squarederror": IDENTITY,
    "reg:linear": IDENTITY,
    "reg:squaredlogerror": IDENTITY,
    "reg:pseudohubererror": IDENTITY,
    "reg:absoluteerror": IDENTITY,
    "reg:quantileerror": IDENTITY,
    "reg:expectileerror": IDENTITY,
    "reg:logistic": LOGISTIC,
    "binary:logistic": LOGISTIC,
    "binary:logitraw": IDENTITY,
    "binary:hinge": HINGE,
    "multi:softprob": SOFTMAX,
    "multi:softmax": ARGMAX,
    "count:poisson": EXP,
    "reg:gamma": EXP,
    "reg:tweedie": EXP,
    "survival:cox": EXP,
    "survival:aft": EXP,
    "rank:ndcg": IDENTITY,
    "rank:pairwise": IDENTITY,
    "rank:map": IDENTITY,
}

ROUNDED = (LOGISTIC, EXP, SOFTMAX, ARGMAX)
"""Links that take an exponential: the last digit of float32 is XGBoost's own, of argmax numpy's."""


def link_of(objective: str) -> str | None:
    """What a prediction is of the margin; None for an objective that is not known."""
    return _LINKS.get(objective)


def base_margins(objective: str, base_score: np.ndarray) -> list[np.ndarray]:
    """Margins that the base score may stand for, the likeliest first: rounding decides, and rows tell.

    Parameters
    ----------
    objective : str
    base_score : float32 ndarray of shape (n_outputs,)
    """
    link = link_of(objective)
    with np.errstate(divide="ignore", invalid="ignore"):
        if link == LOGISTIC:
            odds = np.float32(1) / base_score - np.float32(1)
            found = (-np.log(odds.astype(np.float64))).astype(np.float32)
        elif link == EXP:
            found = np.log(base_score.astype(np.float64)).astype(np.float32)
        else:
            return [base_score]
    beside = [np.nextafter(found, np.float32(side)) for side in (np.inf, -np.inf)]
    # A model without trees gives its base score as it is.
    return [found, *beside, base_score]


def apply_link(link: str, margin: Tensor) -> Tensor:
    """Predictions of margins.

    Parameters
    ----------
    link : str
    margin : float32 Tensor of shape (n_samples, n_outputs)

    Returns
    -------
    float32 Tensor of shape (n_samples, n_outputs), of one column for ``argmax``
    """
    if link == "logistic":
        # XGBoost bounds the exponent, so that no probability is 0.
        largest = torch.full_like(margin, 88.7)
        return 1.0 / (_exp(torch.minimum(-margin, largest)) + 1.0)
    if link == "exp":
        return _exp(margin)
    if link == "hinge":
        return (margin > 0).to(margin.dtype)
    if link == "softmax":
        powers = _exp(margin - margin.detach().amax(dim=1, keepdim=True))
        return powers / powers.to(torch.float64).sum(dim=1, keepdim=True).to(margin.dtype)
    if link == "argmax":
        return margin.argmax(dim=1, keepdim=True).to(margin.dtype)
    return margin


def _exp(x: Tensor) -> Tensor:
    return x.to(torch.float64).exp().to(x.dtype)

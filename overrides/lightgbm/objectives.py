"""What LightGBM's objectives make of raw scores."""

from dataclasses import dataclass
from typing import Any

import numpy as np

_LINKS = {
    "binary": "sigmoid",
    "multiclass": "softmax",
    "multiclassova": "sigmoid",
    "cross_entropy": "logistic",
    "cross_entropy_lambda": "log1p_exp",
    "poisson": "exp",
    "gamma": "exp",
    "tweedie": "exp",
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "quantile", "mape"), "identity"),
    **dict.fromkeys(("lambdarank", "rank_xendcg"), "identity"),
}


@dataclass(frozen=True)
class Objective:
    """The objective of a model, as its text names it.

    Attributes
    ----------
    name : str
        Empty where the model was trained with a function of the user's.
    link : str
        "identity", "square", "exp", "log1p_exp", "logistic", "sigmoid" or "softmax"; empty where it is not known.
    sigmoid : float
        What the raw score is multiplied with before the logistic function of the link "sigmoid".
    """

    name: str
    link: str
    sigmoid: float


def objective_of(header: dict[str, str]) -> Objective:
    """The objective that the header of a text model names; without one, predictions are the raw scores."""
    name, *options = header.get("objective", "").split() or [""]
    values = dict(option.partition(":")[::2] for option in options)
    link = _LINKS.get(name, "") if name else "identity"
    if link == "identity" and "sqrt" in values:
        link = "square"
    return Objective(name, link, float(values.get("sigmoid", 1.0)))


def sigmoid_of(booster: Any, objective: Objective, n_features: int) -> float:
    """The sigmoid parameter, whose six digits in the text are not all that it has in a Booster kept from training.

    Notes
    -----
    A Booster that was read from text, and that of every estimator, has the six digits; which kind it is shows in a
    prediction alone.
    """
    exact = float(booster.params.get("sigmoid", objective.sigmoid))
    if objective.link != "sigmoid" or exact == objective.sigmoid:
        return objective.sigmoid
    rows = np.random.default_rng(0).normal(size=(16, n_features)) * 10.0
    raw, result = (booster.predict(rows, raw_score=is_raw, validate_features=False) for is_raw in (True, False))
    if any("average_output" in line for line in booster.model_to_string(num_iteration=1).splitlines()[:12]):
        raw = raw / booster.current_iteration()
    errors = [np.abs(1 / (1 + np.exp(-value * raw)) - result).max() for value in (objective.sigmoid, exact)]
    return exact if errors[1] < errors[0] else objective.sigmoid

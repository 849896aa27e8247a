"""``sklearn.ensemble``: a file per kind of ensemble; importing the package registers them all."""

from . import _bagging, _embedding, _forest, _gb, _hist_gb, _iforest, _stacking, _voting, _weight_boosting

__all__ = [
    "_bagging",
    "_embedding",
    "_forest",
    "_gb",
    "_hist_gb",
    "_iforest",
    "_stacking",
    "_voting",
    "_weight_boosting",
]

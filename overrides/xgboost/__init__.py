"""Boosters of XGBoost, and its estimators in scikit-learn's form, from their own dump; never needed to serve."""

from . import booster, estimators

__all__ = ["booster", "estimators"]

"""CatBoost: its estimators, from the JSON that the library writes of its models."""

from . import boosting

__all__ = ["boosting"]

"""LightGBM: its estimators and its ``Booster``, from the text that the library writes of its models."""

from . import boosting

__all__ = ["boosting"]

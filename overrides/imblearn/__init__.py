"""imbalanced-learn: pipelines without their samplers, and ensembles that predict as those of scikit-learn."""

from . import ensemble, pipeline

__all__ = ["ensemble", "pipeline"]

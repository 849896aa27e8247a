"""imbalanced-learn: pipelines whose samplers are left out at prediction, and ensembles that predict as scikit-learn's."""

from . import ensemble, pipeline

__all__ = ["ensemble", "pipeline"]

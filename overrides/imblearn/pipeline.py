"""``imblearn.pipeline``: Pipeline."""

from imblearn.pipeline import Pipeline as ImbPipeline

from ..core.registry import OnnxGap, register
from ..sklearn.pipeline import Pipeline


@register(ImbPipeline, gaps=(OnnxGap.CONVERTER, OnnxGap.METHOD))
class SamplingPipeline(Pipeline):
    """scikit-learn's Pipeline; steps with ``fit_resample`` chose rows while fitting and are left out."""

"""Modules for the estimators of toy_learn; the entry point of the group bridge.overrides names this file."""

from toy_learn import MeanRatio

import bridge


@bridge.register(MeanRatio, gaps=bridge.OnnxGap.CONVERTER)
class MeanRatioModule(bridge.Module):
    """The row's mean times a ratio."""

    def __init__(self, estimator):
        super().__init__(estimator)
        self.add_parameter("ratio_", estimator.ratio_)

    def _predict(self, x):
        return x.mean(dim=1) * self.ratio_

"""LatentDirichletAllocation: topics of documents, by scikit-learn's own iterations."""

from typing import Any, Final

import numpy as np
from sklearn.decomposition import LatentDirichletAllocation
from torch import Tensor

from ...core.module import Module
from ...core.registry import OnnxGap, register
from ...errors import CorruptEstimatorError
from ...functional.solvers.dirichlet import PSI_CONSTANTS, update_doc_distribution
from ._signs import check_not_negative


@register(LatentDirichletAllocation, gaps=OnnxGap.CONVERTER)
class LatentDirichletAllocationModule(Module):
    """LatentDirichletAllocation: the E-step on each document, until the topics of that document have settled.

    Notes
    -----
    What ``transform`` knows of the topics is ``exp_dirichlet_component_``, as in scikit-learn; ``components_``, of
    which it was computed, is not here. Piecewise smooth in the rows: the number of rounds is a step.
    """

    rounds_as_fitted = True
    exp_dirichlet_component_: Tensor
    prior: Tensor
    tol: Tensor
    eps: Tensor
    constants: Tensor
    max_iter: Final[int]

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        topics = np.asarray(estimator.exp_dirichlet_component_)
        if topics.ndim != 2 or topics.shape[1] != self.n_features_in_:
            raise CorruptEstimatorError(
                f"LatentDirichletAllocation has topics of shape {topics.shape} for {self.n_features_in_} features: "
                "it is damaged"
            )
        self.add_parameter("exp_dirichlet_component_", topics)
        # Not of shape (): ONNX exporters drop the addition of a number as small as this.
        self.add_buffer("prior", np.array([estimator.doc_topic_prior_], dtype=np.float64))
        self.add_buffer("tol", float(estimator.mean_change_tol))
        self.add_buffer("eps", np.array([np.finfo(np.float64).eps]))
        self.add_buffer("constants", np.array(PSI_CONSTANTS))
        self.max_iter = int(estimator.max_doc_update_iter)
        self.tile_rows = max(32, min(1024, 2**20 // topics.shape[1]))

    def _transform(self, x: Tensor) -> Tensor:
        check_not_negative(x, self.estimator_name)
        topics = update_doc_distribution(
            x, self.exp_dirichlet_component_, self.prior, self.max_iter, self.tol, self.eps, self.constants
        )
        return topics / topics.sum(dim=1, keepdim=True)

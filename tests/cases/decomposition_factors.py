"""Cases of sklearn.decomposition: weights of non-negative components and of topics, by iterations."""

from functools import partial
from typing import Any

from sklearn.decomposition import NMF, LatentDirichletAllocation, MiniBatchNMF

from . import Case

NMF_MU = partial(NMF, 3, solver="mu", init="random", random_state=0)
MINI_BATCH = partial(MiniBatchNMF, 3, random_state=0)


def _case(id: str, make: Any) -> Case:
    return Case(id=id, make=make, data="positive")


def _above_zero(id: str, make: Any) -> Case:
    """A divergence with ``beta <= 0`` is infinite at 0."""
    return Case(
        id=id,
        make=make,
        data="positive",
        fit=lambda estimator, data: estimator.fit(data.X + 0.1),
        rows=lambda estimator, data: data.unseen + 0.1,
    )


CASES = (
    _case("NMF", lambda: NMF(4)),
    _case("NMF-penalties", lambda: NMF(3, alpha_W=0.02, l1_ratio=0.3, tol=1e-6)),
    _case("NMF-shuffle", lambda: NMF(4, shuffle=True, random_state=0, max_iter=100, tol=1e-5)),
    _case("NMF-mu", lambda: NMF_MU(alpha_W=0.01, l1_ratio=0.5)),
    _case(
        "NMF-mu-kullback-leibler",
        lambda: NMF_MU(beta_loss="kullback-leibler", alpha_W=0.01, l1_ratio=0.5, max_iter=203, tol=1e-7),
    ),
    _above_zero("NMF-mu-itakura-saito", lambda: NMF_MU(beta_loss="itakura-saito", alpha_W=0.01)),
    _above_zero("NMF-mu-below-zero", lambda: NMF_MU(beta_loss=-0.5, max_iter=30)),
    _case("NMF-mu-below-one", lambda: NMF_MU(beta_loss=0.5, max_iter=7, tol=0.0)),
    _case("NMF-mu-below-two", lambda: NMF_MU(beta_loss=1.5)),
    _case("NMF-mu-above-two", lambda: NMF_MU(beta_loss=3.0, alpha_W=0.01)),
    _case("MiniBatchNMF", MINI_BATCH),
    _case("MiniBatchNMF-penalties", lambda: MINI_BATCH(alpha_W=0.02, l1_ratio=0.3, transform_max_iter=7)),
    _case(
        "MiniBatchNMF-kullback-leibler",
        lambda: MINI_BATCH(beta_loss="kullback-leibler", alpha_W=0.01, l1_ratio=0.5, tol=1e-6),
    ),
    _above_zero("MiniBatchNMF-itakura-saito", lambda: MINI_BATCH(beta_loss="itakura-saito")),
    _case("LatentDirichletAllocation", lambda: LatentDirichletAllocation(3, random_state=0)),
    _case(
        "LatentDirichletAllocation-online",
        lambda: LatentDirichletAllocation(
            5,
            learning_method="online",
            doc_topic_prior=1e-7,
            topic_word_prior=0.5,
            max_doc_update_iter=7,
            mean_change_tol=1e-6,
            random_state=0,
        ),
    ),
    _case("MiniBatchNMF-below-one", lambda: MINI_BATCH(beta_loss=0.5, tol=0.0, transform_max_iter=6)),
)

"""Cases of KBinsDiscretizer."""

import numpy as np
from sklearn.preprocessing import KBinsDiscretizer

from . import Case

QUANTILES = {"quantile_method": "averaged_inverted_cdf"}

CASES = (
    Case(
        id="KBinsDiscretizer-quantile-onehot",
        since="1.7",
        make=lambda: KBinsDiscretizer(4, **QUANTILES),
        data="regression",
    ),
    Case(
        id="KBinsDiscretizer-uniform-ordinal",
        make=lambda: KBinsDiscretizer([2, 3, 7, 3, 3, 9], encode="ordinal", strategy="uniform", dtype=np.float32),
        data="regression",
    ),
    Case(
        id="KBinsDiscretizer-kmeans-dense",
        make=lambda: KBinsDiscretizer(3, encode="onehot-dense", strategy="kmeans", random_state=0),
    ),
    Case(
        id="KBinsDiscretizer-ties-dropped",
        since="1.7",
        make=lambda: KBinsDiscretizer(9, encode="ordinal", **QUANTILES),
        data="positive",
    ),
)

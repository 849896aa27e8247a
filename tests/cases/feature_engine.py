"""feature-engine: selectors, imputers of numbers and caps of outliers, alone and before others."""

import numpy as np
from feature_engine.discretisation import (
    EqualFrequencyDiscretiser,
    EqualWidthDiscretiser,
    GeometricWidthDiscretiser,
)
from feature_engine.imputation import ArbitraryNumberImputer, EndTailImputer, MeanMedianImputer
from feature_engine.outliers import ArbitraryOutlierCapper, Winsorizer
from feature_engine.selection import (
    DropConstantFeatures,
    DropCorrelatedFeatures,
    DropDuplicateFeatures,
    DropFeatures,
)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from . import Case

CASES = (
    Case("DropFeatures", lambda: DropFeatures(["size"]), "words"),
    Case("DropConstantFeatures", lambda: DropConstantFeatures(tol=0.6, missing_values="ignore"), "words"),
    Case("DropDuplicateFeatures", lambda: DropDuplicateFeatures(missing_values="ignore"), "words"),
    Case("DropCorrelatedFeatures", lambda: DropCorrelatedFeatures(threshold=0.3), "three_classes"),
    Case("MeanMedianImputer-mean", lambda: MeanMedianImputer("mean"), "words"),
    Case("MeanMedianImputer-some", lambda: MeanMedianImputer(variables=["x0", "x2"]), "numbers_with_gaps"),
    Case("ArbitraryNumberImputer", lambda: ArbitraryNumberImputer(-7), "words"),
    Case("EndTailImputer", lambda: EndTailImputer(tail="left"), "words"),
    Case("Winsorizer-both", lambda: Winsorizer(capping_method="quantiles", tail="both", fold=0.1), "three_classes"),
    Case("Winsorizer-gaps", lambda: Winsorizer(fold=0.5, missing_values="ignore"), "words"),
    Case(
        "ArbitraryOutlierCapper",
        lambda: ArbitraryOutlierCapper({"size": 4.0}, {"size": 1.5}, missing_values="ignore"),
        "words",
    ),
    Case(
        "Pipeline-feature-engine",
        lambda: make_pipeline(DropFeatures(["city", "flag"]), MeanMedianImputer(), LogisticRegression()),
        "words",
        fit=lambda estimator, data: estimator.fit(data.X, np.where(data.y > 0, "high", "low")),
    ),
    Case(
        "Pipeline-feature-engine-selector-logistic",
        lambda: make_pipeline(DropFeatures(["city", "flag"]), LogisticRegression()),
        "words",
        fit=lambda estimator, data: estimator.fit(data.X.fillna({"size": 1.0}), np.where(data.y > 0, "high", "low")),
        rows=lambda estimator, data: data.unseen.fillna({"size": 2.0}),
    ),
    Case("EqualWidthDiscretiser", lambda: EqualWidthDiscretiser(bins=5), "three_classes"),
    Case("EqualFrequencyDiscretiser", lambda: EqualFrequencyDiscretiser(q=4, return_object=True), "three_classes"),
    Case("GeometricWidthDiscretiser", lambda: GeometricWidthDiscretiser(["x0", "x3"], bins=4), "three_classes"),
)

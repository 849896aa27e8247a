"""Estimators beside scikit-learn; knows nothing of bridge."""

from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import validate_data


class MeanRatio(RegressorMixin, BaseEstimator):
    """Predicts the mean of the targets times the row's mean over the mean of all rows."""

    def fit(self, X, y):
        X, y = validate_data(self, X, y, y_numeric=True)
        self.ratio_ = y.mean() / X.mean()
        return self

    def predict(self, X):
        return validate_data(self, X, reset=False).mean(axis=1) * self.ratio_

"""Cases of sklearn.covariance: the one class that has more than a score of all rows."""

from sklearn.covariance import EllipticEnvelope

from . import Case

CASES = (
    Case(id="EllipticEnvelope", make=lambda: EllipticEnvelope(random_state=0), smooth=True),
    Case(
        id="EllipticEnvelope-centered-no-precision",
        make=lambda: EllipticEnvelope(
            store_precision=False, assume_centered=True, support_fraction=0.8, contamination=0.3, random_state=0
        ),
        data="two_classes",
    ),
)

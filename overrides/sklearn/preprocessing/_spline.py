"""``sklearn.preprocessing._polynomial``: SplineTransformer, as polynomials between the knots."""

from typing import Any

import numpy as np
import torch
from sklearn.preprocessing import SplineTransformer
from torch import Tensor

from ...core.module import Module, refuse
from ...core.registry import OnnxGap, register
from ...functional.interpolation import knots_below_by_column


@register(SplineTransformer, gaps=OnnxGap.CONVERTER)
class SplineTransformerModule(Module):
    """SplineTransformer: the B-splines of each feature, dense, also with ``sparse_output``.

    Notes
    -----
    - On every piece of the line, below the knots, between two of them, or above, the splines are polynomials in the
      distance from the piece's origin. A value looks up its piece, and the columns and coefficients of the few splines
      that are not zero there.
    - Beyond the knots with ``extrapolation="error"`` it raises as scikit-learn does; a graph of torch.export or ONNX
      cannot, and gives NaN. NaN gives NaN, zeros with ``handle_missing="zeros"``.
    - Where scikit-learn raises on values above the knots (``degree=0``, constant extrapolation, dense), it gives the
      splines at the last knot.
    """

    in_own_floats = True

    knots: Tensor
    low: Tensor
    high: Tensor
    period_start: Tensor
    period: Tensor
    origins: Tensor
    coefficients: Tensor
    places: Tensor
    piece_starts: Tensor
    labels: list[str]

    __constants__ = ("depth", "extrapolation", "fills_gaps", "has_both", "keeps_last", "n_pieces", "n_splines", "width")

    def __init__(self, estimator: Any) -> None:
        super().__init__(estimator)
        splines = _Splines(estimator)
        self.extrapolation = str(estimator.extrapolation)
        self.fills_gaps = getattr(estimator, "handle_missing", "error") == "zeros"
        self.keeps_last = bool(estimator.include_bias)
        self.n_splines = splines.n_splines
        self.n_pieces = splines.n_intervals + 4
        self.has_both = bool((splines.low > splines.high).any())
        self.add_buffer("knots", splines.inner_knots)
        self.add_buffer("low", splines.low)
        self.add_buffer("high", splines.high)
        # The column of a constant feature has no period: scikit-learn takes 0 for all its values.
        start, period = splines.period()
        self.add_buffer("period_start", start)
        self.add_buffer("period", period)
        self.add_buffer("origins", splines.origins())
        places, coefficients = _compact(splines.pieces())
        self.width, self.depth = places.shape[1], coefficients.shape[1]
        self.add_buffer("places", places)
        self.add_buffer("coefficients", coefficients.reshape(len(coefficients), -1))
        self.add_buffer("piece_starts", np.arange(self.n_features_in_) * self.n_pieces)
        names = getattr(estimator, "feature_names_in_", range(self.n_features_in_))
        self.labels = [repr(name) if isinstance(name, str) else str(name) for name in names]
        n_columns = self.n_features_in_ * max(self.n_splines, self.width * self.depth)
        self.tile_rows = max(1, min(4096, 2**20 // n_columns))

    @staticmethod
    def unsupported_reason(estimator: Any) -> str | None:
        """A linear extrapolation of too few knots, on which scikit-learn's own transform fails."""
        try:
            _Splines(estimator).pieces()
        except IndexError:
            return (
                "SplineTransformer: scikit-learn's own transform fails for this degree and extrapolation='linear' with "
                "so few knots; use more of them, or degree=2"
            )
        return None

    def _transform(self, x: Tensor) -> Tensor:
        missing = torch.isnan(x)
        if self.extrapolation == "periodic":
            x = _wrapped(x, self.period_start, self.period)
        piece = knots_below_by_column(x.t().contiguous(), self.knots, True).t() + 1
        if self.extrapolation == "constant" or self.extrapolation == "linear" or self.extrapolation == "error":
            below, above = x < self.low, x > self.high
            if self.extrapolation == "error":
                self._refuse_beyond(x, below | above)
            piece = torch.where(below, 0, torch.where(above, self.n_pieces - 3, piece))
            if self.has_both:
                piece = torch.where(below & above, self.n_pieces - 2, piece)
        piece = torch.where(missing, self.n_pieces - 1, piece)
        rows = (piece + self.piece_starts).flatten()
        distance = x.flatten() - self.origins.index_select(0, rows)
        if self.fills_gaps:
            distance = torch.where(missing.flatten(), torch.zeros_like(distance), distance)
        values = self._polynomials(distance.unsqueeze(1), self.coefficients.index_select(0, rows))
        result = x.new_zeros((rows.shape[0], self.n_splines))
        result = result.scatter(1, self.places.index_select(0, rows), values)
        if not self.keeps_last:
            result = result[:, :-1]
        return result.reshape(x.shape[0], self.n_features_in_ * result.shape[1])

    def _polynomials(self, distance: Tensor, coefficients: Tensor) -> Tensor:
        """Values by Horner's rule; the powers fall from the left."""
        values = coefficients[:, : self.width]
        for i in range(1, self.depth):
            values = values * distance + coefficients[:, i * self.width : (i + 1) * self.width]
        return values

    def _refuse_beyond(self, x: Tensor, beyond: Tensor) -> None:
        if not torch.jit.is_scripting():
            if torch.compiler.is_compiling():
                return  # a graph cannot raise
        if bool(beyond.any()):
            first = int(beyond.flatten().to(torch.int64).argmax())
            row, column = first // self.n_features_in_, first % self.n_features_in_
            value = str(float(x[row, column]))
            refuse(
                f"{self.estimator_name} got {value} in column {self.labels[column]} at row {row}, which is beyond the "
                "limits of its knots"
            )


def _wrapped(x: Tensor, start: Tensor, period: Tensor) -> Tensor:
    """``start + (x - start) % period``, exactly as numpy takes the remainder; 0 where there is no period."""
    offset = torch.fmod(x - start, torch.where(period > 0, period, torch.ones_like(period)))
    offset = torch.where(offset < 0, offset + period, offset)
    return torch.where(period > 0, start + offset, torch.zeros_like(x))


class _Splines:
    """The splines of a fitted SplineTransformer as polynomials, piece by piece, as its ``transform`` computes them.

    Pieces of a feature, in order: below the knots, the intervals between them, above the knots, both below and above
    (limits that cross, see :meth:`_outside`), missing.
    """

    def __init__(self, estimator: Any) -> None:
        self.splines = estimator.bsplines_
        self.degree = int(estimator.degree)
        self.extrapolation = str(estimator.extrapolation)
        self.is_sparse = bool(estimator.sparse_output)
        self.n_splines = int(self.splines[0].c.shape[1])
        self.n_intervals = len(self.splines[0].t) - 2 * self.degree - 1
        limits = [self._limits(i) for i in range(len(self.splines))]
        self.low, self.high = (np.array(side, dtype=np.float64) for side in zip(*limits, strict=True))

    @property
    def inner_knots(self) -> np.ndarray:
        """Knots between the intervals, a row per feature."""
        return np.stack([spline.t[self.degree + 1 : self.degree + self.n_intervals] for spline in self.splines])

    def period(self) -> tuple[np.ndarray, np.ndarray]:
        """First knot of each feature, and the distance of the last one from it."""
        first = np.array([spline.t[self.degree] for spline in self.splines])
        last = np.array([spline.t[self.degree + self.n_intervals] for spline in self.splines])
        return first, last - first

    def origins(self) -> np.ndarray:
        """Where the distance of each piece is counted from."""
        parts = []
        for spline, low, high in zip(self.splines, self.low, self.high, strict=True):
            knots = spline.t[self.degree : self.degree + self.n_intervals]
            parts.append(np.concatenate([[low], knots, [high, 0.0, 0.0]]))
        return np.concatenate(parts)

    def pieces(self) -> np.ndarray:
        """Coefficients of shape (n_features * n_pieces, n_splines, n_powers), the constant first."""
        n_powers = max(self.degree, 1) + 1 if self.extrapolation == "linear" else self.degree + 1
        found = np.zeros((len(self.splines), self.n_intervals + 4, self.n_splines, n_powers))
        for i, spline in enumerate(self.splines):
            for interval in range(self.n_intervals):
                first = interval
                for offset, coefficients in enumerate(_basis(spline.t, self.degree, interval + self.degree)):
                    # Periodic splines: the last ones are the first ones again.
                    found[i, interval + 1, (first + offset) % self.n_splines, : self.degree + 1] += coefficients
            self._outside(i, found[i])
        return found.reshape(-1, self.n_splines, n_powers)

    def _degree_at(self, i: int) -> int:
        """scikit-learn's variable ``degree`` at a feature: with linear extrapolation it grows up to 2 on the way."""
        if self.extrapolation != "linear" or self.degree > 1:
            return self.degree
        return min(self.degree + i, 2)

    def _limits(self, i: int) -> tuple[float, float]:
        degree, knots = self._degree_at(i), self.splines[i].t
        return knots[degree], knots[-degree - 1]

    def _outside(self, i: int, pieces: np.ndarray) -> None:
        """Fill the pieces below and above the knots.

        scikit-learn raises its variable ``degree`` of 0 or 1 by one for every feature with linear extrapolation: from
        the second feature on, the limits are inner knots, which cross where there are only two.
        """
        spline, low, high = self.splines[i], self.low[i], self.high[i]
        below, above, both = pieces[0], pieces[-3], pieces[-2]
        if self.extrapolation == "error":
            below[: self.degree + 1, 0] = above[-self.degree - 1 :, 0] = np.nan
        if self.extrapolation not in ("constant", "linear"):
            return
        at_low, at_high = spline(low), spline(high)
        if self.extrapolation == "constant":
            below[: self.degree, 0] = at_low[: self.degree]
            if self.degree > 0 or self.is_sparse or self.n_splines > 1:
                above[-self.degree :, 0] = at_high[-self.degree :]
            return
        slope_low, slope_high = spline(low, nu=1), spline(high, nu=1)
        degree = self._degree_at(i)
        for j in range(degree + 1 if degree <= 1 else degree):
            k = self.n_splines - 1 - j
            below[j, :2] = at_low[j], slope_low[j]
            above[k, :2] = at_high[k], slope_high[k]
        both[:, 0] = below[:, 0] - below[:, 1] * low
        both[:, 1] = below[:, 1]
        changed = above.any(axis=1)
        both[changed, 0] = above[changed, 0] - above[changed, 1] * high
        both[changed, 1] = above[changed, 1]


def _basis(knots: np.ndarray, degree: int, interval: int) -> list[np.ndarray]:
    """Coefficients of the ``degree + 1`` splines on an interval, in powers of the distance from its left knot.

    De Boor's recursion as scipy's ``_deBoor_D`` has it, on polynomials: a spline between equal knots is 0.
    """
    t = knots.astype(np.longdouble)
    origin = t[interval]
    splines = [np.array([1.0] + [0.0] * degree, dtype=np.longdouble)]
    for j in range(1, degree + 1):
        previous, splines = splines, [np.zeros(degree + 1, dtype=np.longdouble) for _ in range(j + 1)]
        for n in range(1, j + 1):
            right, left = t[interval + n], t[interval + n - j]
            if right == left:
                continue
            part = previous[n - 1] / (right - left)
            times_distance = np.append(0.0, part[:-1])
            splines[n - 1] = splines[n - 1] + part * (right - origin) - times_distance
            splines[n] = part * (origin - left) + times_distance
    return [spline.astype(np.float64) for spline in splines]


def _compact(pieces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The splines of each piece that are not 0, with others to fill up, and their coefficients, highest power first.

    Returns
    -------
    places : ndarray of int64, shape (n_pieces, width)
    coefficients : ndarray of shape (n_pieces, n_powers, width)
    """
    is_used = (pieces != 0).any(axis=2)
    width = max(1, int(is_used.sum(axis=1).max()))
    # A stable sort brings the used ones to the front, and keeps their order.
    places = np.argsort(~is_used, axis=1, kind="stable")[:, :width]
    chosen = np.take_along_axis(pieces, places[:, :, None], axis=1)
    return places.astype(np.int64), np.ascontiguousarray(chosen.transpose(0, 2, 1)[:, ::-1])

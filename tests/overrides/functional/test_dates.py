"""Parts of moments beside pandas': every day of two centuries, before 1970 too, in every runtime's arithmetic."""

import numpy as np
import onnxruntime
import pandas as pd
import pytest
import torch
from torch import nn

from bridge.overrides.functional import dates
from bridge.overrides.tracing.moments import PARTS, TRUTHS

RANDOM = np.random.default_rng(0)
DAYS = np.arange("1890-01-01", "2110-01-01", dtype="datetime64[D]").astype("datetime64[us]").astype(np.int64)
MOMENTS = np.concatenate([DAYS, DAYS - 1, RANDOM.integers(-(2**53), 2**53, 20_000)])
SERIES = pd.Series(MOMENTS.view("datetime64[us]"))
X = torch.tensor(np.append(MOMENTS.astype(np.float64), np.nan))
MODERN = {name: part for name, part in {**PARTS, **TRUTHS}.items() if hasattr(pd.Series.dt, name)}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", MODERN)
def test_parts_are_pandas(name):
    expected = getattr(SERIES.dt, name).to_numpy()
    given = MODERN[name](X)
    np.testing.assert_array_equal(given[:-1].numpy(), expected)
    assert not given[-1] if given.dtype == torch.bool else torch.isnan(given[-1])

    def scripted(x: torch.Tensor) -> torch.Tensor:
        return MODERN[name](x)

    np.testing.assert_array_equal(torch.jit.script(MODERN[name])(X[:-1]).numpy(), expected)


def test_weeks_are_those_of_the_iso_calendar():
    calendar = SERIES.dt.isocalendar()
    np.testing.assert_array_equal(dates.iso_year(X)[:-1].numpy(), calendar["year"].to_numpy(dtype=float))
    np.testing.assert_array_equal(dates.iso_week(X)[:-1].numpy(), calendar["week"].to_numpy(dtype=float))


def test_nanoseconds_of_float64_are_the_microseconds_that_they_were():
    nanoseconds = torch.tensor((MOMENTS[abs(MOMENTS) < 2**52] * 1000).astype(np.float64))
    assert torch.equal(dates.microseconds(nanoseconds).to(torch.int64), torch.tensor(MOMENTS[abs(MOMENTS) < 2**52]))


class _Several(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        parts = [dates.year(x), dates.day_of_year(x), dates.hour(x), dates.second(x), dates.iso_week(x)]
        return torch.stack([*parts, dates.is_quarter_end(x).to(x.dtype)], dim=1)


def test_onnxruntime_divides_in_integers():
    proto = torch.onnx.export(torch.export.export(_Several(), (X,)), dynamo=True, verbose=False).model_proto
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    (given,) = session.run(None, {session.get_inputs()[0].name: X.numpy()})
    np.testing.assert_array_equal(given, _Several()(X).numpy())

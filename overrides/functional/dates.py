"""Parts of moments: exact integer arithmetic on microseconds since 1970, before it too; NaN is no moment.

Moments come as float64, which holds every microsecond of the years that nanoseconds of int64 reach.
"""

import torch
from torch import Tensor


def microseconds(nanoseconds: Tensor) -> Tensor:
    """Nanoseconds in float64, which are off by some hundred, as the microseconds that they were."""
    return torch.round(nanoseconds / 1000.0)


def _whole(x: Tensor) -> Tensor:
    return torch.where(torch.isnan(x), torch.zeros_like(x), x).to(torch.int64)


def _over(x: Tensor, divisor: int) -> Tensor:
    return torch.floor_divide(x, divisor)


def _rest(x: Tensor, divisor: int) -> Tensor:
    return torch.remainder(x, divisor)


def _as_numbers(whole: Tensor, x: Tensor) -> Tensor:
    return torch.where(torch.isnan(x), x, whole.to(x.dtype))


def _days(x: Tensor) -> Tensor:
    return _over(_whole(x), 86_400_000_000)


def _civil(days: Tensor) -> list[Tensor]:
    """Year, month and day of the proleptic Gregorian calendar, counted in its eras of 400 years from 1 March."""
    since = days + 719_468
    era = _over(since, 146_097)
    day = since - era * 146_097
    year = _over(day - _over(day, 1460) + _over(day, 36_524) - _over(day, 146_096), 365)
    of_year = day - (365 * year + _over(year, 4) - _over(year, 100))
    month = _over(5 * of_year + 2, 153)
    of_month = of_year - _over(153 * month + 2, 5) + 1
    month = torch.where(month < 10, month + 3, month - 9)
    return [year + era * 400 + (month <= 2).to(torch.int64), month, of_month]


def _first_of_year(year: Tensor) -> Tensor:
    """Days from 1970 to the first of January."""
    before = year - 1
    return 365 * before + _over(before, 4) - _over(before, 100) + _over(before, 400) - 719_162


def _is_leap(year: Tensor) -> Tensor:
    return (_rest(year, 4) == 0) & ((_rest(year, 100) != 0) | (_rest(year, 400) == 0))


def _length_of_month(year: Tensor, month: Tensor) -> Tensor:
    # 31 and 30 take turns, and do so anew from August.
    length = 30 + _rest(month + _over(month, 8), 2)
    return torch.where(month == 2, 28 + _is_leap(year).to(torch.int64), length)


def year(x: Tensor) -> Tensor:
    """The year."""
    return _as_numbers(_civil(_days(x))[0], x)


def month(x: Tensor) -> Tensor:
    """1 to 12."""
    return _as_numbers(_civil(_days(x))[1], x)


def day(x: Tensor) -> Tensor:
    """1 to 31."""
    return _as_numbers(_civil(_days(x))[2], x)


def quarter(x: Tensor) -> Tensor:
    """1 to 4."""
    return _as_numbers(_over(_civil(_days(x))[1] + 2, 3), x)


def day_of_week(x: Tensor) -> Tensor:
    """0 is Monday."""
    return _as_numbers(_rest(_days(x) + 3, 7), x)


def day_of_year(x: Tensor) -> Tensor:
    """1 to 366."""
    days = _days(x)
    return _as_numbers(days - _first_of_year(_civil(days)[0]) + 1, x)


def days_in_month(x: Tensor) -> Tensor:
    """28 to 31."""
    civil = _civil(_days(x))
    return _as_numbers(_length_of_month(civil[0], civil[1]), x)


def iso_year(x: Tensor) -> Tensor:
    """Year of the ISO calendar: that of the week's Thursday."""
    days = _days(x)
    return _as_numbers(_civil(days - _rest(days + 3, 7) + 3)[0], x)


def iso_week(x: Tensor) -> Tensor:
    """Week of the ISO calendar, 1 to 53."""
    days = _days(x)
    thursday = days - _rest(days + 3, 7) + 3
    return _as_numbers(_over(thursday - _first_of_year(_civil(thursday)[0]), 7) + 1, x)


def hour(x: Tensor) -> Tensor:
    """0 to 23."""
    return _as_numbers(_over(_rest(_whole(x), 86_400_000_000), 3_600_000_000), x)


def minute(x: Tensor) -> Tensor:
    """0 to 59."""
    return _as_numbers(_over(_rest(_whole(x), 3_600_000_000), 60_000_000), x)


def second(x: Tensor) -> Tensor:
    """0 to 59."""
    return _as_numbers(_over(_rest(_whole(x), 60_000_000), 1_000_000), x)


def microsecond(x: Tensor) -> Tensor:
    """0 to 999999."""
    return _as_numbers(_rest(_whole(x), 1_000_000), x)


def start_of_day(x: Tensor) -> Tensor:
    """Midnight before, in microseconds."""
    return _as_numbers(_days(x) * 86_400_000_000, x)


def floored(x: Tensor, unit: int) -> Tensor:
    """The last multiple of a unit of microseconds that is not later."""
    return _as_numbers(_over(_whole(x), unit) * unit, x)


def days_of(x: Tensor) -> Tensor:
    """Whole days of a span of time, down."""
    return _as_numbers(_days(x), x)


def seconds_of(x: Tensor) -> Tensor:
    """Seconds of a span of time beyond its days."""
    return _as_numbers(_over(_rest(_whole(x), 86_400_000_000), 1_000_000), x)


def is_leap_year(x: Tensor) -> Tensor:
    """Whether the year has 366 days."""
    return _is_leap(_civil(_days(x))[0]) & ~torch.isnan(x)


def is_month_start(x: Tensor) -> Tensor:
    """Whether it is the first of a month."""
    return (_civil(_days(x))[2] == 1) & ~torch.isnan(x)


def is_month_end(x: Tensor) -> Tensor:
    """Whether it is the last of a month."""
    civil = _civil(_days(x))
    return (civil[2] == _length_of_month(civil[0], civil[1])) & ~torch.isnan(x)


def is_quarter_start(x: Tensor) -> Tensor:
    """Whether it is the first of January, April, July or October."""
    civil = _civil(_days(x))
    return (civil[2] == 1) & (_rest(civil[1], 3) == 1) & ~torch.isnan(x)


def is_quarter_end(x: Tensor) -> Tensor:
    """Whether it is the last of March, June, September or December."""
    civil = _civil(_days(x))
    return is_month_end(x) & (_rest(civil[1], 3) == 0)


def is_year_start(x: Tensor) -> Tensor:
    """Whether it is the first of January."""
    civil = _civil(_days(x))
    return (civil[2] == 1) & (civil[1] == 1) & ~torch.isnan(x)


def is_year_end(x: Tensor) -> Tensor:
    """Whether it is the last of December."""
    civil = _civil(_days(x))
    return (civil[2] == 31) & (civil[1] == 12) & ~torch.isnan(x)

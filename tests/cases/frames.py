"""Frames to fit cases on: every kind of column, gaps, and words in the unseen rows that no fit has seen."""

import functools

import numpy as np
import pandas as pd
import polars as pl

from .data import N_FIT, N_UNSEEN, Data

N = N_FIT + N_UNSEEN


@functools.cache
def titanic() -> Data:
    """Passengers as pandas reads them: words, gaps, a categorical, booleans, whole numbers; classes "no" and "yes"."""
    random = np.random.default_rng(21)
    frame = pd.DataFrame(
        {
            "pclass": random.integers(1, 4, N),
            "sex": random.choice(["male", "female"], N),
            "age": np.round(random.normal(30, 14, N).clip(0.4), 1),
            "sibsp": random.integers(0, 4, N),
            "fare": random.exponential(30, N),
            "embarked": random.choice(["S", "C", "Q", "nan"], N, p=[0.6, 0.25, 0.1, 0.05]),
            "deck": random.choice(["A", "B", "C", "D", "E", "F", "G"], N),
            "title": pd.Categorical(random.choice(["Mr", "Mrs", "Miss", "Dr"], N, p=[0.5, 0.25, 0.2, 0.05])),
            "alone": random.random(N) < 0.5,
            "ticket": [f"ticket {i}" for i in range(N)],
        }
    )
    frame.loc[::5, "age"] = np.nan
    frame.loc[3::17, "embarked"] = np.nan
    frame.loc[random.random(N) < 0.6, "deck"] = np.nan
    score = (frame["sex"] == "female") * 2.0 - frame["pclass"] + frame["fare"] / 40 + random.normal(size=N)
    y = np.where(score > -1, "yes", "no")
    unseen = frame.iloc[N_FIT:].copy()
    unseen.iloc[2, unseen.columns.get_loc("embarked")] = "Southampton"
    unseen.iloc[3, unseen.columns.get_loc("deck")] = "T"
    unseen.iloc[4, unseen.columns.get_loc("pclass")] = 7
    return Data(frame.iloc[:N_FIT], y[:N_FIT], unseen[frame.columns[::-1]])


@functools.cache
def adult() -> Data:
    """Census rows as polars reads them: nulls, an ordered enumeration, a hundred words in a column; classes 0 to 2."""
    random = np.random.default_rng(22)
    work = random.choice(["private", "state", "federal", "none"], N, p=[0.6, 0.2, 0.15, 0.05])
    hours = random.integers(10, 80, N)
    frame = pl.DataFrame(
        {
            "age": random.integers(17, 90, N),
            "workclass": [None if random.random() < 0.1 else str(word) for word in work],
            "education": pl.Series(
                random.choice(["school", "college", "master"], N), dtype=pl.Enum(["school", "college", "master"])
            ),
            "hours": [None if random.random() < 0.1 else int(hour) for hour in hours],
            "country": [f"country {i}" for i in random.integers(0, 100, N)],
            "gain": np.where(random.random(N) < 0.8, 0.0, random.exponential(5000, N)),
        }
    )
    y = (frame["age"].to_numpy() + hours + random.normal(0, 10, N) > 100).astype(int) + (hours > 60)
    return Data(frame[:N_FIT], y[:N_FIT], frame[N_FIT:])


@functools.cache
def words() -> Data:
    """Words and numbers as categories, each with gaps; unseen ones of both in the last six rows."""
    random = np.random.default_rng(23)
    frame = pd.DataFrame(
        {
            "city": random.choice(["Oslo", "Rome", "Bern", "Praha", "nan"], N, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "size": random.choice([1.0, 2.0, 5.0, 7.5], N, p=[0.5, 0.3, 0.15, 0.05]),
            "flag": random.choice(["on", "off"], N),
        }
    )
    frame.loc[::9, "city"] = np.nan
    frame.loc[::8, "size"] = np.nan
    y = np.round(random.normal(size=N) + (frame["city"] == "Oslo"), 2).to_numpy()
    unseen = frame.iloc[N_FIT:].copy()
    unseen.iloc[-6:-3, 0] = ["Paris", "oslo", "None"]
    unseen.iloc[-4:-1, 1] = [3.0, -1.0, 1e9]
    unseen.iloc[-2:, 2] = ["maybe", np.nan]
    return Data(frame.iloc[:N_FIT], y[:N_FIT], unseen)


@functools.cache
def words_with_none() -> Data:
    """An array of objects in which None and NaN both are categories, as words and numbers."""
    random = np.random.default_rng(24)
    rows = np.empty((N, 2), dtype=object)
    rows[:, 0] = random.choice(np.array(["a", "b", None, np.nan], dtype=object), N)
    rows[:, 1] = random.choice(np.array([10, 20, 30], dtype=object), N)
    return Data(rows[:N_FIT], random.integers(0, 2, N_FIT), rows[N_FIT:])


@functools.cache
def constant_words() -> Data:
    """A column of one word, beside another."""
    rows = np.array([["same", word] for word in np.resize(["a", "b", "c"], N)], dtype=object)
    return Data(rows[:N_FIT], np.arange(N_FIT) % 2, rows[N_FIT:])


@functools.cache
def numbers_with_gaps() -> Data:
    """Five features with gaps, one of them empty, one complete; in the unseen rows that one has a gap too."""
    random = np.random.default_rng(25)
    rows = np.round(random.normal(3, 2, (N, 5)))
    rows[random.random((N, 5)) < 0.2] = np.nan
    rows[:, 1] = np.nan
    rows[:, 3] = np.arange(N) % 4
    unseen = rows[N_FIT:].copy()
    unseen[1] = np.nan
    unseen[2, 1] = 4.0
    return Data(rows[:N_FIT], random.integers(0, 2, N_FIT), unseen)


@functools.cache
def measures_with_gaps() -> Data:
    """Six features that depend on each other, no two values alike, with gaps; the fourth empty, the fifth complete.

    Among the unseen rows one is all gaps, one has a value in the empty feature, one is a row of the fit with a gap.
    """
    random = np.random.default_rng(26)
    causes = random.normal(size=(N, 2))
    rows = np.hstack([causes, causes @ random.normal(size=(2, 4))]) + 0.3 * random.normal(size=(N, 6)) + 2
    rows[random.random((N, 6)) < 0.25] = np.nan
    rows[:, 3] = np.nan
    rows[:, 4] = random.normal(size=N)
    unseen = rows[N_FIT:].copy()
    unseen[1] = np.nan
    unseen[2, 3] = 4.0
    unseen[3] = rows[0]
    unseen[3, 0] = np.nan
    return Data(rows[:N_FIT], rows[:N_FIT, 4] + random.normal(size=N_FIT), unseen)


@functools.cache
def every_kind() -> Data:
    """Every kind of column that pandas has; the unseen rows have them in another order, of other dtypes, with more
    columns and categories that fit has not seen."""
    random = np.random.default_rng(26)
    visits, member = random.integers(0, 9, N), random.random(N) < 0.5
    frame = pd.DataFrame(
        {
            "visits": pd.array(np.where(random.random(N) < 0.2, None, visits), dtype="Int64"),
            "member": pd.array(np.where(random.random(N) < 0.2, None, member), dtype="boolean"),
            "spent": random.exponential(30, N),
            "alone": random.random(N) < 0.5,
            "grade": pd.Categorical(
                random.choice(["low", "mid", "high"], N), categories=["low", "mid", "high"], ordered=True
            ),
            "city": random.choice(np.array(["Oslo", "nan", "Rome", None, np.nan], dtype=object), N),
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(random.integers(0, 5, N), unit="D"),
            "empty": np.full(N, np.nan),
            "children": random.integers(0, 5, N).astype(np.int8),
        }
    )
    frame.loc[::9, "grade"] = np.nan
    y = np.where(np.where(frame["alone"], 3, visits) + random.normal(size=N) > 3, "yes", "no")
    unseen = frame.iloc[N_FIT:].copy()
    unseen["grade"] = pd.Categorical(
        np.resize(["high", "top", "low", None], N_UNSEEN), categories=["top", "low", "mid", "high", "none of these"]
    )
    unseen.iloc[3, unseen.columns.get_loc("day")] = pd.Timestamp("2031-05-05")
    unseen = unseen.astype({"visits": "Float64", "children": float, "day": "datetime64[s]"})
    return Data(frame.iloc[:N_FIT], y[:N_FIT], unseen[frame.columns[::-1]].assign(more="of it"))


FRAMES = {
    recipe.__name__: recipe
    for recipe in (
        titanic,
        adult,
        words,
        words_with_none,
        constant_words,
        numbers_with_gaps,
        every_kind,
        measures_with_gaps,
    )
}

"""Texts, dicts, features and images to fit cases on, with unseen ones that are empty, foreign, or not of ASCII."""

import functools

import numpy as np
import pandas as pd
import polars as pl

from .data import N_FIT, N_UNSEEN, Data

N = N_FIT + N_UNSEEN

TOPICS = [
    topic.split()
    for topic in (
        "sea ship sail wind the captain harbour storm naïve Çesme côte waves don't a and deck",
        "bread flour the oven crème brûlée baker yeast café salt a and Rösti sugar dough",
        "code loop the byte Ελληνικά compiler stack a and 日本語 heap file x86 naïve null",
    )
]

HARD = (
    "",
    "   \n\t ",
    "xyzzy",
    "THE   Ship,\nthe\tSEA -- the ship's sail; Naïve NAIVE nai\u0308ve naïve",
    "日本語 Ελληνικά ΕΛΛΗΝΙΚΆ crème Straße STRASSE İstanbul",
    "a",
    "the and a",
    "byte " * 300,
    "\U0001f600 emoji sea \u200b zero-width \ufb01le ﬁle",
)


def _text(random: np.random.Generator, topic: int) -> str:
    words = random.choice(TOPICS[topic], size=random.integers(1, 14))
    common = random.choice(np.concatenate(TOPICS), size=3)
    return random.choice([" ", ", ", "  ", ". "]).join([*words, *common]).capitalize()


@functools.cache
def texts() -> Data:
    """Texts on three topics; among the unseen ones an empty one, spaces, foreign words, accents in two forms."""
    random = np.random.default_rng(31)
    topics = random.integers(0, 3, N)
    found = [_text(random, topic) for topic in topics]
    return Data(found[:N_FIT], topics[:N_FIT], [*found[N_FIT : N_FIT + 12], *HARD])


@functools.cache
def text_bytes() -> Data:
    """Texts as bytes in UTF-8; one of the unseen ones is none."""
    data = texts()
    return Data(
        [text.encode() for text in data.X], data.y, [*[text.encode() for text in data.unseen], b"sea \xff\xfe ship"]
    )


@functools.cache
def token_lists() -> Data:
    """Lists of tokens, as other tools make them."""
    data = texts()
    return Data([text.split() for text in data.X], data.y, [text.split() for text in data.unseen])


@functools.cache
def counts() -> Data:
    """Counts of 30 terms, most of them 0; a row of none among the unseen."""
    random = np.random.default_rng(32)
    rows = random.poisson(0.4, (N, 30)).astype(np.float64)
    rows[N_FIT + 1] = 0.0
    rows[N_FIT + 2] *= 1000.0
    return Data(rows[:N_FIT], random.integers(0, 2, N_FIT), rows[N_FIT:])


@functools.cache
def dicts() -> Data:
    """Dicts of numbers, words, lists of words, gaps; unseen features and words among the unseen."""
    random = np.random.default_rng(33)
    rows: list[dict] = []
    for _ in range(N):
        row: dict = {"age": float(random.integers(1, 90)), "city": str(random.choice(["Oslo", "Bern", "Zürich"]))}
        if random.random() < 0.5:
            row["tags"] = [str(tag) for tag in random.choice(["a", "b", "c"], size=random.integers(0, 4))]
        if random.random() < 0.3:
            row["flag"] = bool(random.random() < 0.5)
        if random.random() < 0.3:
            row["city=Oslo"] = 0.25  # a number for a column that a word has too
        rows.append(row)
    hard: list[dict] = [{}, {"city": "Paris"}, {"nobody": 3.0}, {"age": 0}, {"tags": ["a", "a", "z"], "age": -1}]
    return Data(rows[:N_FIT], random.integers(0, 2, N_FIT), [*rows[N_FIT : N_FIT + 10], *hard])


@functools.cache
def pairs() -> Data:
    """Lists of pairs of a feature and its value."""
    data = dicts()
    plain = [
        [[(name, value) for name, value in row.items() if not isinstance(value, list)] for row in part]
        for part in (data.X, data.unseen)
    ]
    plain[1].append([("age", 1), ("age", 2.5), ("zero", 0)])
    return Data(plain[0], data.y, plain[1])


@functools.cache
def mixed() -> Data:
    """A pandas frame with two columns of texts beside numbers with gaps and words; classes "no" and "yes"."""
    random = np.random.default_rng(34)
    topics = random.integers(0, 3, N)
    frame = pd.DataFrame(
        {
            "price": np.round(random.exponential(20, N), 2),
            "title": [_text(random, topic) for topic in topics],
            "city": random.choice(["Oslo", "Bern", "Rome"], N),
            "stars": random.integers(1, 6, N),
            "review": [_text(random, 2 - topic) for topic in topics],
            "unused": ["nothing"] * N,
        }
    )
    frame.loc[::7, "price"] = np.nan
    y = np.where((topics == 0) ^ (random.random(N) < 0.1), "yes", "no")
    unseen = frame.iloc[N_FIT:].copy()
    unseen.iloc[: len(HARD), unseen.columns.get_loc("title")] = HARD
    unseen.iloc[3, unseen.columns.get_loc("city")] = "Paris"
    return Data(frame.iloc[:N_FIT], y[:N_FIT], unseen[frame.columns[::-1]])


@functools.cache
def mixed_polars() -> Data:
    """The same frame as polars has it."""
    data = mixed()
    return Data(pl.from_pandas(data.X), data.y, pl.from_pandas(data.unseen))


@functools.cache
def images() -> Data:
    """Images of 6 x 5 points."""
    rows = np.random.default_rng(35).normal(size=(20, 6, 5))
    return Data(rows[:10], None, rows[10:])


DOCUMENTS = {
    recipe.__name__: recipe
    for recipe in (texts, text_bytes, token_lists, counts, dicts, pairs, mixed, mixed_polars, images)
}

"""How the steps that read a column tell its values apart: by type, as Python's equality does, or as floats.

scikit-learn's encoders compare values by equality, in columns that keep their dtype: None is not NaN, and "2" is not 2.
Its imputers of NaN compare a value with itself, which None is equal to. Every other step casts a column to float first:
None is NaN there, and "2" is read as 2. A column carries the rules of all steps that read it, as a set of the words
below.
"""

TYPED = "typed"
"""A step compares by equality: a word, None or a date among numbers is a value that it does not know."""

APART = "none apart"
"""A step tells None from NaN: None has a code of its own."""

OBJECTS = "objects"
"""The fit saw Python objects: None in data without dtypes, as records are, is None; else it is what pandas makes of it
in a column of numbers, NaN."""

NO_NUMBERS = "no numbers"
"""A column whose dtype is one of numbers, booleans or dates is refused: scikit-learn cannot compare it with objects."""

BESIDE_WORDS = "beside words"
"""A step takes the column together with one of words: of polars and pyarrow, whose tables scikit-learn makes one array,
its numbers are objects then."""

NANOSECONDS = "nanoseconds"
"""The dates of the fit count nanoseconds, to which no datetime of Python is equal, but a Timestamp of pandas is."""

IMPUTED = "imputed"
"""An imputer of NaN reads objects: pd.NA is refused, as it has no truth, and NaT is missing."""

KNOWS_NONE = "knows none"
"""None is one of the categories that a step learned among numbers."""

CAST = "cast"
"""Another step reads the same values as floats: what has no float beside NaN cannot be told apart for it."""

CAST_LATER = "cast later"
"""A step behind one that tells None apart reads its result as floats."""

NONE_IS_NAN = "none is nan"
"""The user wants None and NaN to be one gap."""

NAN_IS_NONE = "nan is none"
"""NaN is None to the step: on the way polars made one of both, or the user wants one gap and the fit saw None."""

NONE_WAS_NAN = "none was nan"
"""On the way to the step, None became NaN: pandas has no other gap among words."""

OWN_FLOATS = "own floats"
"""scikit-learn's step computes in the type of its rows, down to float16, whose rounding no module repeats."""

NONE = -(2.0**127)
"""Code of None among numbers, exact in float32: whole numbers beyond 2**53 are no categories."""

UNKNOWN = -float("inf")
"""Code among numbers of what is no number; infinite numbers are no categories."""


def refuses_numbers(rules: frozenset[str], is_of_pandas: bool) -> bool:
    """Whether a column whose dtype is one of numbers is refused."""
    return NO_NUMBERS in rules and (is_of_pandas or BESIDE_WORDS not in rules)


def behind(rules: frozenset[str], own: frozenset[str]) -> frozenset[str]:
    """Rules of a step as they bind the input of the step before it, which has rules of its own."""
    passed = rules - {NO_NUMBERS}
    if CAST in passed and APART in own:
        passed = (passed - {CAST}) | {CAST_LATER}
    return passed

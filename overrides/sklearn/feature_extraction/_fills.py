"""Gaps among texts, which a FunctionTransformer in front of a vectorizer fills with a text."""

from typing import Any

from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer


class _Filled:
    """What ``fillna`` of a series of texts returned, of which nothing further is asked."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Series:
    """A series of texts that knows ``fillna`` alone: a function that asks for anything else fails."""

    def fillna(self, value: str) -> _Filled:
        """The text that stands for gaps."""
        if not isinstance(value, str):
            raise TypeError("gaps among texts are filled with a text")
        return _Filled(value)


def fill_before_texts(pipeline: Any) -> tuple[str | None, Any]:
    """The text that fills gaps in front of the vectorizer of a pipeline, and the step that fills it in.

    Parameters
    ----------
    pipeline : sklearn.pipeline.Pipeline

    Returns
    -------
    text : str or None
        None where the pipeline does not begin with a function that is ``fillna`` of a text and nothing else, and a
        text vectorizer behind it.
    step : FunctionTransformer or None
    """
    steps = [step for _, step in pipeline.steps if step is not None and step != "passthrough"]
    if len(steps) < 2 or not changes_texts(pipeline):
        return None, None
    first = steps[0]
    if not isinstance(steps[1], (CountVectorizer, HashingVectorizer)) or first.validate:
        return None, None
    try:
        result = first.func(_Series(), **(first.kw_args or {}))
    except Exception:  # whatever a function raises that asks for more
        return None, None
    return (result.text, first) if isinstance(result, _Filled) else (None, None)


def changes_texts(estimator: Any) -> bool:
    """Whether it is a pipeline that begins with a function and has a text vectorizer behind it."""
    if not isinstance(estimator, Pipeline):
        return False
    steps = [step for _, step in estimator.steps if step is not None and step != "passthrough"]
    begins = bool(steps) and type(steps[0]) is FunctionTransformer and steps[0].func is not None
    return begins and any(isinstance(step, (CountVectorizer, HashingVectorizer)) for step in steps[1:])

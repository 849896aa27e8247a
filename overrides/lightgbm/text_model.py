"""LightGBM's text format as arrays: what ``Booster.model_to_string`` writes, with numpy alone.

Follows ``src/boosting/gbdt_model_text.cpp`` and ``src/io/tree.cpp``: a header of ``key=value`` lines, and a block of
them per tree. Numbers have 17 digits there: the arrays are exact.
"""

from dataclasses import dataclass

import numpy as np

from ..errors import CorruptEstimatorError


@dataclass(frozen=True)
class LinearLeaves:
    """Linear models in the leaves of all trees.

    Attributes
    ----------
    constant : float64 ndarray of shape (n_leaves,)
    counts : int64 ndarray of shape (n_leaves,)
        Terms of each leaf.
    feature : int64 ndarray of shape (n_terms,)
    coefficient : float64 ndarray of shape (n_terms,)
    """

    constant: np.ndarray
    counts: np.ndarray
    feature: np.ndarray
    coefficient: np.ndarray


@dataclass(frozen=True)
class TextModel:
    """Trees of one model; the splits of all trees one behind the other, and so the leaves.

    Attributes
    ----------
    header : dict of str to str
        The lines before the trees; one without ``=`` has an empty value.
    parameters : dict of str to str
        Those of the training.
    n_features : int
    n_outputs : int
        Trees of each iteration.
    n_leaves : int64 ndarray of shape (n_trees,)
        A tree has one split less.
    feature : int64 ndarray of shape (n_splits,)
    threshold : float64 ndarray of shape (n_splits,)
    decision : int64 ndarray of shape (n_splits,)
        Bits: 1 for a set of categories, 2 for missing values that go left, and from 4 on what is missing.
    left, right : int64 ndarray of shape (n_splits,)
        Splits counted within their tree, or ``~leaf``.
    leaf_value : float64 ndarray of shape (n_leaves_of_all,)
    set_of : int64 ndarray of shape (n_splits,)
        For splits by sets of categories: the place of the set in ``bounds``.
    bounds : int64 ndarray of shape (n_sets + 1,)
        Where the words of each set begin in ``words``.
    words : uint32 ndarray
        Bitsets of categories.
    linear : LinearLeaves or None
    """

    header: dict[str, str]
    parameters: dict[str, str]
    n_features: int
    n_outputs: int
    n_leaves: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    decision: np.ndarray
    left: np.ndarray
    right: np.ndarray
    leaf_value: np.ndarray
    set_of: np.ndarray
    bounds: np.ndarray
    words: np.ndarray
    linear: LinearLeaves | None

    @property
    def n_trees(self) -> int:
        """Trees of all iterations."""
        return len(self.n_leaves)

    @property
    def is_set(self) -> np.ndarray:
        """Which splits are sets of categories."""
        return self.decision & 1 == 1

    @property
    def missing(self) -> np.ndarray:
        """What counts as missing at each split: 0 nothing, 1 zero and NaN, 2 NaN."""
        return self.decision >> 2

    def members(self) -> list[np.ndarray]:
        """Codes in the set of each split that asks for one, in the order of the splits."""
        place = self.set_of[self.is_set]
        start, lengths = self.bounds[place], np.diff(self.bounds)[place]
        ends = np.cumsum(lengths)
        word = np.arange(lengths.sum()) - np.repeat(ends - lengths, lengths)
        row, bit = np.nonzero((self.words[word + np.repeat(start, lengths)][:, None] >> np.arange(32)) & 1)
        counts = np.bincount(np.repeat(np.arange(len(place)), lengths)[row], minlength=len(place))
        return np.split((word[row] * 32 + bit).astype(np.float64), np.cumsum(counts)[:-1])


def read_header(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """The lines before the trees of a model, and the parameters of its training."""
    lines = text.rpartition("\nparameters:\n")[2].partition("\nend of parameters")[0].splitlines()
    pairs = (line.strip("[]").partition(": ") for line in lines if line.startswith("["))
    return _lines(text.partition("\nTree=")[0]), {key: value for key, _, value in pairs}


def read_text(text: str) -> TextModel:
    """Read a model.

    Parameters
    ----------
    text : str
        As ``Booster.model_to_string`` gives it.

    Raises
    ------
    CorruptEstimatorError
        A number or index is out of range, or a line is missing.
    """
    header, parameters = read_header(text)
    _, *blocks = text.split("\nTree=")
    if not blocks:
        raise CorruptEstimatorError("the LightGBM model has no trees: train it for one iteration at least")
    blocks[-1] = blocks[-1].partition("\nend of trees")[0]
    trees = [_lines(block) for block in blocks]
    n_features, n_outputs = int(header["max_feature_idx"]) + 1, int(header["num_tree_per_iteration"])
    n_leaves = np.array([int(tree["num_leaves"]) for tree in trees])
    if n_outputs < 1 or len(trees) % n_outputs or (n_leaves < 1).any():
        raise CorruptEstimatorError(
            f"the LightGBM model has {len(trees)} trees for {n_outputs} outputs, one of {n_leaves.min()} leaves"
        )
    sizes = n_leaves - 1
    splits = {
        name: _joined(trees, name, sizes, np.int64 if name != "threshold" else np.float64)
        for name in ("split_feature", "threshold", "decision_type", "left_child", "right_child")
    }
    set_of, bounds, words = _sets(trees, splits["threshold"], splits["decision_type"], sizes)
    _check_range(splits["split_feature"], 0, n_features, "splits on a feature")
    model = TextModel(
        header=header,
        parameters=parameters,
        n_features=n_features,
        n_outputs=n_outputs,
        n_leaves=n_leaves,
        feature=splits["split_feature"],
        threshold=splits["threshold"],
        decision=splits["decision_type"],
        left=splits["left_child"],
        right=splits["right_child"],
        leaf_value=_joined(trees, "leaf_value", n_leaves, np.float64),
        set_of=set_of,
        bounds=bounds,
        words=words,
        linear=_linear(trees, n_leaves, n_features),
    )
    _check_range(model.missing, 0, 3, "has a kind of missing values")
    for child in (model.left, model.right):
        _check_range(child + np.repeat(n_leaves, sizes), 0, np.repeat(2 * n_leaves - 1, sizes), "leads to node")
    if np.isnan(model.threshold[~model.is_set]).any():
        raise CorruptEstimatorError("a LightGBM tree has a threshold that is no number")
    return model


def _lines(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {key: value for key, _, value in pairs}


def _numbers(text: str, dtype: type) -> np.ndarray:
    return np.fromstring(text, dtype=dtype, sep=" ") if text.strip() else np.zeros(0, dtype)


def _joined(trees: list[dict[str, str]], name: str, sizes: np.ndarray, dtype: type) -> np.ndarray:
    """A line of every tree, one behind the other."""
    parts = [_numbers(tree.get(name, ""), dtype) for tree in trees]
    for i, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        if len(part) != size:
            raise CorruptEstimatorError(f"tree {i} of the LightGBM model has {len(part)} of {size} values of {name}")
    return np.concatenate(parts)


def _check_range(values: np.ndarray, low: int, high: int | np.ndarray, what: str) -> None:
    wrong = (values < low) | (values >= high)
    if wrong.any():
        raise CorruptEstimatorError(f"a LightGBM tree {what} {values[wrong][0]}, which is out of range")


def _sets(
    trees: list[dict[str, str]], threshold: np.ndarray, decision: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """``set_of``, ``bounds`` and ``words`` of :class:`TextModel`: each tree counts its own sets from 0."""
    counts = np.array([int(tree.get("num_cat", 0)) for tree in trees])
    all_bounds, all_words = [np.zeros(1, dtype=np.int64)], [np.zeros(0, dtype=np.uint32)]
    for i in np.flatnonzero(counts):
        bounds = _numbers(trees[i].get("cat_boundaries", ""), np.int64)
        words = _numbers(trees[i].get("cat_threshold", ""), np.int64)
        if len(bounds) != counts[i] + 1 or bounds[0] != 0 or bounds[-1] != len(words) or (np.diff(bounds) < 0).any():
            raise CorruptEstimatorError(f"tree {i} of the LightGBM model has damaged sets of categories")
        _check_range(words, 0, 2**32, "has a word of a set of categories")
        all_bounds.append(bounds[1:] + all_bounds[-1][-1])
        all_words.append(words.astype(np.uint32))
    is_set = decision & 1 == 1
    set_of = np.where(is_set, threshold, 0).astype(np.int64)
    size = np.repeat(counts, sizes)
    if (is_set & ((set_of < 0) | (set_of >= size))).any():
        raise CorruptEstimatorError("a LightGBM tree splits by a set of categories that it does not have")
    set_of = set_of + np.repeat(np.cumsum(counts) - counts, sizes)
    return set_of, np.concatenate(all_bounds), np.concatenate(all_words)


def _linear(trees: list[dict[str, str]], n_leaves: np.ndarray, n_features: int) -> LinearLeaves | None:
    """Linear models of the leaves; a tree without them has constants."""
    if not any(int(tree.get("is_linear", 0)) for tree in trees):
        return None
    constants, counts, features, coefficients = [], [], [], []
    for i, (tree, size) in enumerate(zip(trees, n_leaves, strict=True)):
        if not int(tree.get("is_linear", 0)):
            constants.append(_numbers(tree["leaf_value"], np.float64))
            counts.append(np.zeros(size, dtype=np.int64))
            continue
        constants.append(_numbers(tree.get("leaf_const", ""), np.float64))
        counts.append(_numbers(tree.get("num_features", ""), np.int64))
        features.append(_numbers(tree.get("leaf_features", ""), np.int64))
        coefficients.append(_numbers(tree.get("leaf_coeff", ""), np.float64))
        n_terms = counts[-1].sum()
        found = (len(constants[-1]), len(counts[-1]), len(features[-1]), len(coefficients[-1]))
        if found != (size, size, n_terms, n_terms):
            raise CorruptEstimatorError(f"tree {i} of the LightGBM model has damaged linear leaves")
    feature = np.concatenate([np.zeros(0, dtype=np.int64), *features])
    _check_range(feature, 0, n_features, "has a linear leaf of feature")
    count = np.concatenate(counts)
    _check_range(count, 0, n_features + 1, "has a linear leaf with a number of terms of")
    return LinearLeaves(np.concatenate(constants), count, feature, np.concatenate([np.zeros(0), *coefficients]))

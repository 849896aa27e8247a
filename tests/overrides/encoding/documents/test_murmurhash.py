"""MurmurHash3 against scikit-learn's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils import murmurhash3_32

from bridge.overrides.encoding.documents.murmurhash import FEW, LONG, murmurhash3


def expected(keys, seed=0):
    return [murmurhash3_32(key, seed) for key in keys]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=3 * FEW), st.integers(0, 2**32 - 1))
def test_bytes_of_any_number(keys, seed):
    assert murmurhash3(keys, seed).tolist() == expected(keys, seed)


@settings(deadline=None)
@given(st.lists(st.text(max_size=20), min_size=FEW + 1, max_size=4 * FEW))
def test_words_of_any_script(words):
    assert murmurhash3([word.encode() for word in words]).tolist() == [murmurhash3_32(word) for word in words]


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 200])
def test_lengths_around_blocks_and_long_keys(count):
    random = np.random.default_rng(0)
    lengths = [*range(10), LONG - 1, LONG, LONG + 1, 5000]
    keys = [random.bytes(lengths[i % len(lengths)]) for i in range(count)]
    assert murmurhash3(keys).tolist() == expected(keys)


def test_no_keys_and_none_but_empty_ones():
    assert murmurhash3([]).shape == (0,)
    assert murmurhash3([b""] * 40).tolist() == [0] * 40

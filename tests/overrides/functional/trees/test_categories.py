"""Codes and sets of categories against scikit-learn's encoder and numpy."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import OrdinalEncoder

from bridge.overrides.functional.trees.categories import category_codes, set_columns


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9, 255])
def test_codes_are_those_of_an_ordinal_encoder(count):
    random = np.random.default_rng(0)
    categories = np.unique(random.normal(size=4 * count).round(3))[:count]
    known = np.stack([categories, np.append(categories[1:], 1e9)], axis=1)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1).fit(known)
    width = 1 << (count - 1).bit_length()
    table = np.full((2, width), np.nan)
    table[:, :count] = encoder.categories_
    values = np.concatenate(
        [categories, np.nextafter(categories, np.inf), np.nextafter(categories, -np.inf), [np.nan, -1e300, 1e300, 0.0]]
    )
    rows = np.stack([values, values], axis=1)
    codes = category_codes(torch.tensor(rows), torch.tensor(table)).numpy()
    expected = encoder.transform(rows)
    np.testing.assert_array_equal(codes, np.where(expected == -1, width, expected))
    infinite = torch.tensor([[np.inf, -np.inf]])
    assert (category_codes(infinite, torch.tensor(table)) == width).all()


def test_sets_look_up_the_category_of_their_own_feature():
    """Two blocks of the second feature and one of the first, of two sets each; three codes."""
    goes_right = torch.tensor(
        [
            [[True, False], [False, False], [False, True]],
            [[False, True], [False, True], [True, False]],
            [[False, False], [True, False], [False, True]],
        ]
    )
    codes = torch.tensor([[0, 1], [2, 2], [1, 0]])
    expected = [[0, 0, 0, 1, 0, 0], [0, 1, 1, 0, 0, 1], [1, 0, 0, 1, 1, 0]]
    assert set_columns(codes, torch.tensor([1, 1, 0]), goes_right).int().tolist() == expected
    assert set_columns(codes[:0], torch.tensor([1, 1, 0]), goes_right).shape == (0, 6)

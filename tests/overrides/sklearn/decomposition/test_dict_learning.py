"""Sparse codes beyond the contract: long paths, atoms that depend on each other, dictionaries in float32."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import DictionaryLearning, SparseCoder

import bridge
from bridge.errors import CorruptEstimatorError, InputError, UnsupportedError

pytestmark = pytest.mark.filterwarnings(
    # Iterations that are stopped early are what is tested.
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:.*Orthogonal matching pursuit ended prematurely",
)
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 12))
X[0] = 0.0


def _atoms(n_components):
    atoms = RANDOM.normal(size=(n_components, 12))
    return atoms / np.linalg.norm(atoms, axis=1, keepdims=True)


@pytest.mark.parametrize("algorithm", ["lasso_lars", "lasso_cd"])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("alpha", [0.01, 0.3])
def test_lasso_of_an_overcomplete_dictionary(algorithm, positive, alpha):
    """Atoms join and leave again and again on the way to a small penalty."""
    coder = SparseCoder(_atoms(18), transform_algorithm=algorithm, transform_alpha=alpha, positive_code=positive)
    coder.fit(X)
    result = bridge.to_torch(coder, X).transform(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, coder.transform(X), rtol=1e-8, atol=1e-8)
    assert result[0].count_nonzero() == 0


@pytest.mark.parametrize("algorithm", ["omp", "lars"])
@pytest.mark.parametrize("count", [1, 6, 11])
def test_numbers_of_atoms(algorithm, count):
    coder = SparseCoder(_atoms(11), transform_algorithm=algorithm, transform_n_nonzero_coefs=count).fit(X)
    result = bridge.to_torch(coder, X).transform(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, coder.transform(X), rtol=1e-9, atol=1e-9)
    assert int(result.count_nonzero(1).max()) == count


@pytest.mark.parametrize("algorithm", ["omp", "lasso_cd", "lasso_lars", "lars"])
def test_an_atom_of_zeros_is_never_chosen(algorithm):
    atoms = _atoms(7)
    atoms[2] = 0.0
    coder = SparseCoder(atoms, transform_algorithm=algorithm, transform_alpha=0.1, transform_n_nonzero_coefs=4).fit(X)
    result = bridge.to_torch(coder, X).transform(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, coder.transform(X), rtol=1e-9, atol=1e-9)
    assert not result[:, 2].any()


def test_rows_of_few_atoms_stop_early():
    """A row that is an atom needs one only; scikit-learn warns that matching pursuit ended prematurely."""
    atoms = _atoms(6)
    rows = np.vstack([atoms * 3, X[1:3]])
    coder = SparseCoder(atoms, transform_algorithm="omp", transform_n_nonzero_coefs=4).fit(rows)
    with pytest.warns(RuntimeWarning, match="prematurely"):
        expected = coder.transform(rows)
    result = bridge.to_torch(coder, rows).transform(torch.as_tensor(rows)).detach()
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-12)
    assert result.count_nonzero(1).tolist() == [1] * 6 + [4] * 2


@pytest.mark.parametrize("algorithm", ["omp", "threshold"])
def test_a_dictionary_in_float32(algorithm):
    coder = SparseCoder(_atoms(6).astype(np.float32), transform_algorithm=algorithm, transform_alpha=0.1).fit(X)
    result = bridge.to_torch(coder, X).transform(torch.as_tensor(X)).detach()
    np.testing.assert_allclose(result, coder.transform(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("algorithm", ["lars", "lasso_lars", "lasso_cd"])
def test_codes_in_float32_are_those_of_the_same_atoms_in_float64(algorithm):
    """scikit-learn rounds along the way; the plan says so, and the comparison allows just that."""
    atoms = _atoms(6).astype(np.float32)
    coder = SparseCoder(atoms, transform_algorithm=algorithm, transform_alpha=0.1).fit(X)
    assert coder.transform(X.astype(np.float32)).dtype == np.float32
    module = bridge.to_torch(coder)
    same = SparseCoder(atoms.astype(np.float64), transform_algorithm=algorithm, transform_alpha=0.1).fit(X)
    result = module.transform(torch.as_tensor(X)).detach().numpy()
    np.testing.assert_allclose(result, same.transform(X), rtol=1e-9, atol=1e-9)
    assert "float32's rounding" in bridge.plan(coder).steps[0].limit
    assert "float32" in bridge.check_parity(coder, X, module=module, runtimes=["eager"]).limit
    module.components_.data += 1e-3
    assert not bridge.check_parity(coder, X, module=module, runtimes=["eager"]).ok


def test_penalty_of_the_transform_comes_before_that_of_the_fit():
    for transform_alpha in (None, 0.3):
        model = DictionaryLearning(
            4, alpha=0.7, transform_alpha=transform_alpha, transform_algorithm="threshold", max_iter=3, random_state=0
        ).fit(X)
        result = bridge.to_torch(model).transform(torch.as_tensor(X)).detach()
        np.testing.assert_allclose(result, model.transform(X), rtol=1e-12, atol=1e-12)


def test_options_at_odds_are_refused():
    for algorithm in ("omp", "lars"):
        coder = SparseCoder(_atoms(5), transform_algorithm=algorithm, positive_code=True).fit(X)
        with pytest.raises(UnsupportedError, match="no positive codes"):
            bridge.to_torch(coder)
    coder = SparseCoder(_atoms(5), transform_algorithm="omp", transform_n_nonzero_coefs=6).fit(X)
    with pytest.raises(UnsupportedError, match="6 of 5 atoms"):
        bridge.to_torch(coder)


def test_codes_of_a_wrong_width_are_refused():
    coder = SparseCoder(_atoms(5), transform_algorithm="threshold", split_sign=True).fit(X)
    with pytest.raises(InputError, match=r"10\D+5"):
        bridge.to_torch(coder).inverse_transform(torch.zeros(2, 5, dtype=torch.float64))


def test_a_damaged_dictionary_is_refused():
    coder = SparseCoder(_atoms(5)).fit(X)
    coder.dictionary = coder.dictionary[:, :3]
    with pytest.raises(CorruptEstimatorError, match="damaged"):
        bridge.to_torch(coder)

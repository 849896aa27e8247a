"""feature-engine beyond the contract: caps at their edges, and what is refused."""

import numpy as np
import pandas as pd
import pytest
import torch
from feature_engine.discretisation import ArbitraryDiscretiser, EqualWidthDiscretiser
from feature_engine.outliers import Winsorizer

import bridge
from bridge.errors import InputError, UnsupportedError

FRAME = pd.DataFrame({"word": np.resize(["a", "b"], 30), "size": np.linspace(-3, 9, 30) ** 2})


def test_caps_at_their_edges():
    model = Winsorizer(capping_method="iqr", tail="both", fold=0.2).fit(FRAME)
    caps = np.array([model.left_tail_caps_["size"], model.right_tail_caps_["size"]])
    values = np.concatenate([caps, np.nextafter(caps, -np.inf), np.nextafter(caps, np.inf), [1e300, -1e300, -0.0]])
    rows = pd.DataFrame({"word": np.resize(["a", "new"], len(values)), "size": values})
    module = bridge.to_torch(model)
    result = module.transform(module.encode(rows)).detach().numpy()
    np.testing.assert_array_equal(result[:, 1], model.transform(rows)["size"])


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_caps_refuse_what_the_fit_says(value):
    model = Winsorizer().fit(FRAME)
    rows = FRAME.assign(size=value)
    with pytest.raises(ValueError, match=r"NaN|inf"):
        model.transform(rows)
    module = bridge.to_torch(model)
    with pytest.raises(InputError, match="Winsorizer got missing or infinite numbers"):
        module.transform(module.encode(rows))
    with pytest.raises(torch.jit.Error, match="missing or infinite"):
        torch.jit.script(module).transform(module.encode(rows))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (Winsorizer(add_indicators=True), "add_indicators=True"),
        (ArbitraryDiscretiser({"size": [0, 10, 100]}), "ArbitraryDiscretiser"),
    ],
    ids=["indicators", "unregistered"],
)
def test_what_is_not_converted_is_refused_by_name(model, words):
    with pytest.raises(UnsupportedError, match=words):
        bridge.to_torch(model.fit(FRAME))


def test_edges_of_intervals():
    model = EqualWidthDiscretiser(bins=4).fit(FRAME)
    edges = np.array(model.binner_dict_["size"])[1:-1]
    values = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf), [1e300, -1e300]])
    rows = pd.DataFrame({"word": np.resize(["a", "new"], len(values)), "size": values})
    module = bridge.to_torch(model)
    result = module.transform(module.encode(rows)).detach().numpy()
    np.testing.assert_array_equal(result[:, 1], model.transform(rows)["size"])

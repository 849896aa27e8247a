"""TreeEnsembleClassifier and TreeEnsembleRegressor against onnxruntime."""

import numpy as np
import pytest
import torch
from onnx import TensorProto, numpy_helper

from bridge.errors import CorruptEstimatorError, InputError
from bridge.overrides.errors import UnsupportedOperatorError
from bridge.overrides.functional.trees.onnx import MODES
from tests.overrides.operators.support import POST_TRANSFORMS, assert_same, convert, model_of, ort

ROWS = np.random.default_rng(0).normal(size=(40, 3))
ROWS[:6] = [[0.25, 0.5, -0.5], [np.nan, 0, 1], [np.inf, -np.inf, np.nan], [0, 0, 0], [1e30, -1e30, 5], [2, 3, 1]]


def classic(n_trees=3, seed=0, modes=MODES[:-1], double=False, missing=True):
    """Attributes of trees of two levels, with node numbers that are neither dense nor in order."""
    rng = np.random.default_rng(seed)
    nodes = {name: [] for name in ("treeids", "nodeids", "featureids", "modes", "truenodeids", "falsenodeids")}
    values, tracks = [], []
    for tree in range(n_trees):
        number = rng.permutation(20)[:7].tolist()
        for i in range(7):
            nodes["treeids"].append(10 - tree)
            nodes["nodeids"].append(number[i])
            nodes["featureids"].append(int(rng.integers(3)) if i < 3 else 0)
            nodes["modes"].append(str(rng.choice(modes)) if i < 3 else "LEAF")
            nodes["truenodeids"].append(number[2 * i + 1] if i < 3 else 0)
            nodes["falsenodeids"].append(number[2 * i + 2] if i < 3 else 0)
            values.append(float(rng.choice([0.25, 0.0, -0.5, 0.1])))
            tracks.append(int(rng.integers(2)) if missing else 0)
    attributes = {f"nodes_{name}": value for name, value in nodes.items()}
    attributes["nodes_missing_value_tracks_true"] = tracks
    if double:
        attributes["nodes_values_as_tensor"] = numpy_helper.from_array(np.array(values))
    else:
        attributes["nodes_values"] = values
    leaves = [
        (tree, number)
        for tree, number, mode in zip(nodes["treeids"], nodes["nodeids"], nodes["modes"], strict=True)
        if mode == "LEAF"
    ]
    return attributes, leaves


def regressor(x, n_targets=1, seed=0, every_target=True, double=False, base=None, positive=False, **options):
    attributes, leaves = classic(seed=seed, double=double, modes=options.pop("modes", MODES[:-1]))
    rng = np.random.default_rng(seed + 1)
    entries = [
        (leaf, target)
        for leaf in leaves
        for target in (range(n_targets) if every_target else [int(rng.integers(n_targets))])
    ]
    weights = rng.uniform(0.05 if positive else -0.5, 0.3, size=len(entries))
    if double:
        attributes["target_weights_as_tensor"] = numpy_helper.from_array(weights)
        if base is not None:
            attributes["base_values_as_tensor"] = numpy_helper.from_array(np.array(base))
    else:
        attributes["target_weights"] = weights.tolist()
        if base is not None:
            attributes["base_values"] = base
    return model_of(
        "TreeEnsembleRegressor",
        {"x": x},
        ["y"],
        n_targets=n_targets,
        target_treeids=[leaf[0] for leaf, _ in entries],
        target_nodeids=[leaf[1] for leaf, _ in entries],
        target_ids=[target for _, target in entries],
        **attributes,
        **options,
    )


def classifier(x, classes, labels=(0, 1), base=None, positive=True, seed=0, words=None, **options):
    """``classes``: the class of each weight of a leaf in turn, or "all" for a weight of every class at each leaf."""
    attributes, leaves = classic(seed=seed)
    rng = np.random.default_rng(seed + 1)
    n_classes = len(words or labels)
    entries = [
        (leaf, target)
        for i, leaf in enumerate(leaves)
        for target in (range(n_classes) if classes == "all" else [classes[i % len(classes)]])
    ]
    weights = rng.uniform(0.02 if positive else -0.4, 0.3, size=len(entries))
    if base is not None:
        attributes["base_values"] = base
    labels = {"classlabels_strings": words} if words else {"classlabels_int64s": labels}
    return model_of(
        "TreeEnsembleClassifier",
        {"x": x},
        ["label", "scores"],
        types=[TensorProto.STRING if words else TensorProto.INT64, TensorProto.FLOAT],
        class_treeids=[leaf[0] for leaf, _ in entries],
        class_nodeids=[leaf[1] for leaf, _ in entries],
        class_ids=[target for _, target in entries],
        class_weights=weights.tolist(),
        **labels,
        **attributes,
        **options,
    )


FLOATS = ROWS.astype(np.float32)


def near(transform):
    """Tolerance against float32: PROBIT cancels there around a score of a half."""
    return {"rtol": 2e-5, "atol": 2e-3 if transform == "PROBIT" else 2e-6}


@pytest.mark.parametrize("mode", MODES[:-1])
def test_every_mode_of_comparison(mode):
    model = regressor(FLOATS, modes=(mode,))
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("function", ["SUM", "AVERAGE", "MIN", "MAX"])
@pytest.mark.parametrize(("n_targets", "every_target"), [(1, True), (3, True), (3, False)])
def test_every_aggregate(function, n_targets, every_target):
    # onnxruntime drops the base value of a target that no leaf has a weight for.
    base = (np.arange(n_targets) * 0.25 + 0.5).tolist() if every_target else None
    model = regressor(FLOATS, n_targets, every_target=every_target, aggregate_function=function, base=base)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize("n_targets", [1, 3])
def test_every_post_transform_of_a_regressor(transform, n_targets):
    model = regressor(FLOATS, n_targets, post_transform=transform, positive=True)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), **near(transform))


def test_double_trees_keep_double():
    model = regressor(ROWS, 2, double=True, base=[0.1, 0.2])
    (expected,) = ort(model, {"x": ROWS})
    module, _ = convert(model)
    result = module(torch.tensor(ROWS)).detach().numpy()
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    np.testing.assert_array_equal(result.astype(np.float32), expected)


def test_base_value_of_a_target_without_weights():
    model = regressor(FLOATS, 3, every_target=False, base=[10.0, 20.0, 30.0])
    assert (convert(model)[0](torch.tensor(FLOATS)) > 5).all()


def test_whole_numbers():
    x = np.arange(30).reshape(10, 3) % 3 - 1
    model = classifier(x, "all", (0, 1, 2))
    assert_same(model, {"x": x}, ort(model, {"x": x}), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize("base", [None, [0.3, 0.1, 0.2]])
@pytest.mark.parametrize("classes", ["all", [0, 1, 2], [1, 0]])
def test_three_classes(transform, base, classes):
    model = classifier(FLOATS, classes, (7, 3, -5), base=base, post_transform=transform)
    assert_same(
        model,
        {"x": FLOATS},
        ort(model, {"x": FLOATS}),
        **near(transform),
        export=transform == "SOFTMAX",
        script=base is None,
    )


@pytest.mark.parametrize("transform", POST_TRANSFORMS)
@pytest.mark.parametrize("base", [None, [0.05], [0.05, 0.15]])
@pytest.mark.parametrize("classes", ["all", [0], [1], [0, 1]])
@pytest.mark.parametrize("positive", [True, False])
def test_two_classes(transform, base, classes, positive):
    model = classifier(FLOATS, classes, base=base, positive=positive, post_transform=transform)
    alone = base is None or len(base) < 2
    if transform == "PROBIT" and classes == [0] and alone:
        with pytest.raises(UnsupportedOperatorError, match="second score undefined"):
            convert(model)
        return
    expected = ort(model, {"x": FLOATS})
    if classes == [0, 1] and alone and (transform == "PROBIT" or base):
        # Where a row reaches no leaf of the second class, onnxruntime leaves its second score undefined.
        np.testing.assert_array_equal(convert(model)[0](torch.tensor(FLOATS))[0], expected[0])
        return
    once = transform == "NONE" and positive
    assert_same(model, {"x": FLOATS}, expected, **near(transform), export=once, script=once)


def test_two_classes_other_labels():
    model = classifier(FLOATS, [0], (3, 7))
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("transform", ["NONE", "LOGISTIC", "PROBIT"])
def test_one_class(transform):
    model = classifier(FLOATS, [0], (1,), post_transform=transform)
    assert_same(model, {"x": FLOATS}, ort(model, {"x": FLOATS}), **near(transform))


def test_words_are_codes_into_the_vocabulary():
    model = classifier(FLOATS, "all", words=["pear", "apple", "plum"])
    labels, scores = ort(model, {"x": FLOATS})
    module, _ = convert(model)
    assert module.words == ["apple", "pear", "plum"]
    codes, ours = module(torch.tensor(FLOATS))
    assert [module.words[code] for code in codes] == labels.tolist()
    np.testing.assert_allclose(ours.detach(), scores, rtol=1e-6)


def test_tiles_give_the_same():
    module, _ = convert(classifier(FLOATS, "all", (0, 1, 2)))
    whole = module(torch.tensor(FLOATS))
    module.tile_rows = 7
    for tiled in (module, torch.jit.script(module)):
        for part, expected in zip(tiled(torch.tensor(FLOATS)), whole, strict=True):
            torch.testing.assert_close(part, expected, rtol=0, atol=0)


def test_leaf_weights_train():
    module, _ = convert(regressor(FLOATS, 2))
    module(torch.tensor(ROWS)).sum().backward()
    assert module.weights.grad.sum() == 3 * 2 * len(ROWS)


def test_too_few_features():
    module, _ = convert(regressor(FLOATS))
    with pytest.raises(InputError, match=r"at least 3 features, got shape \[4, 1\]"):
        module(torch.zeros(4, 1))


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("nodes_truenodeids", lambda v: [99, *v[1:]], "true child .* is no node"),
        ("nodes_falsenodeids", lambda v: [-1, *v[1:]], "false child .* is no node"),
        ("nodes_featureids", lambda v: [-3, *v[1:]], "feature -3 at 0"),
        ("nodes_nodeids", lambda v: [v[1], *v[1:]], "one number"),
        ("nodes_modes", lambda v: ["BRANCH_MAYBE", *v[1:]], "unknown mode 'BRANCH_MAYBE'"),
        ("nodes_modes", lambda v: v[:-1], "differ in length"),
        ("target_ids", lambda v: [5, *v[1:]], "target of a weight 5"),
        ("target_nodeids", lambda v: [77, *v[1:]], "node of a weight"),
        ("target_treeids", lambda v: [77, *v[1:]], "unknown tree"),
    ],
)
def test_corrupt_trees_are_refused(name, change, message):
    model = regressor(FLOATS)
    attribute = next(item for item in model.graph.node[0].attribute if item.name == name)
    kept = list(attribute.ints) or [word.decode() for word in attribute.strings]
    changed = change(kept)
    del attribute.ints[:], attribute.strings[:]
    if isinstance(changed[0], str):
        attribute.strings.extend(word.encode() for word in changed)
    else:
        attribute.ints.extend(changed)
    with pytest.raises(CorruptEstimatorError, match=message):
        convert(model)


def test_cycles_are_refused():
    attributes, leaves = classic(n_trees=1)
    attributes["nodes_truenodeids"][1] = attributes["nodes_nodeids"][0]
    model = model_of(
        "TreeEnsembleRegressor",
        {"x": FLOATS},
        ["y"],
        n_targets=1,
        target_treeids=[leaf[0] for leaf in leaves],
        target_nodeids=[leaf[1] for leaf in leaves],
        target_ids=[0] * len(leaves),
        target_weights=[1.0] * len(leaves),
        **attributes,
    )
    with pytest.raises(CorruptEstimatorError, match="in a cycle"):
        convert(model)

"""Label transformers beyond the contract: every pair of labels, words in TorchScript, what is refused."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.preprocessing import LabelBinarizer, LabelEncoder, MultiLabelBinarizer

import bridge
from bridge.artifacts.torch_formats import script
from bridge.errors import InputError, UnsupportedError

WORDS = ["bee", "čmelák", "ant", "bee"]
INDICATOR = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0], [1, 1, 1]])
TARGETS = {
    "many": np.array([4, -1, 9, 4]),
    "two": np.array([4, 9, 4]),
    "one": np.array([4, 4]),
    "words": np.array(WORDS),
    "indicator": INDICATOR,
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("neg", "pos"), [(0, 1), (-1, 1), (-3, 0), (0, 7), (-7, -2), (2, 5), (1, 2), (-1, 0)])
def test_binarizer_with_every_kind_of_labels(target, neg, pos):
    y = TARGETS[target]
    binarizer = LabelBinarizer(neg_label=neg, pos_label=pos).fit(y)
    module = bridge.to_torch(binarizer)
    expected = binarizer.transform(y)
    result = module.transform(module.encode(y))
    assert result.dtype == torch.int64
    np.testing.assert_array_equal(result, expected)
    middle = (neg + pos) / 2
    scores = np.random.default_rng(0).normal(middle, 2, size=(40, expected.shape[1]))
    scores[:4] = [[middle], [np.nextafter(middle, 99)], [np.nextafter(middle, -99)], [np.nan]]
    back = module.inverse_transform(torch.as_tensor(scores))
    truth = binarizer.inverse_transform(scores)
    if module.class_names:
        assert module.inverse_labels(torch.as_tensor(scores)) == truth.tolist()
        truth = np.array([module.class_names.index(word) for word in truth])
    np.testing.assert_array_equal(back, truth)


def test_binarizer_of_two_takes_three_shapes_back():
    binarizer = LabelBinarizer().fit([4, 9])
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]])
    for module in (bridge.to_torch(binarizer), script(bridge.to_torch(binarizer))):
        for form in (scores, scores[:, 1:], scores[:, 1]):
            result = module.inverse_transform(torch.as_tensor(form))
            np.testing.assert_array_equal(result, binarizer.inverse_transform(form))
    with pytest.raises(InputError, match="3"):
        bridge.to_torch(binarizer).inverse_transform(torch.zeros(2, 3, dtype=torch.float64))


def test_binarizer_takes_the_first_of_equal_scores():
    binarizer = LabelBinarizer().fit([4, 9, 1])
    scores = np.array([[0.0, 0.0, 0.0], [0.0, 2.0, 2.0], [np.nan, 3.0, 1.0], [0.0, np.nan, np.inf]])
    result = bridge.to_torch(binarizer).inverse_transform(torch.as_tensor(scores))
    np.testing.assert_array_equal(result, binarizer.inverse_transform(scores))


def test_binarizer_threshold_can_be_set():
    binarizer = LabelBinarizer().fit(["no", "yes"])
    module = bridge.to_torch(binarizer)
    module.threshold.fill_(0.0)
    decisions = np.array([[0.3], [-0.3]])
    assert module.inverse_labels(torch.as_tensor(decisions)) == binarizer.inverse_transform(decisions, 0.0).tolist()


def test_words_become_codes_in_torchscript():
    module = bridge.to_torch(LabelBinarizer().fit(WORDS))
    scripted = script(module)
    codes = scripted.encode_labels(["bee", "wasp", "čmelák"])
    assert codes.tolist() == [1.0, -1.0, 2.0]
    assert codes.dtype == torch.float64
    torch.testing.assert_close(scripted.transform(codes), torch.tensor([[0, 1, 0], [0, 0, 0], [0, 0, 1]]))
    assert scripted.inverse_labels(scripted.transform(codes)) == ["bee", "ant", "čmelák"]
    with pytest.raises(InputError, match="words"):
        module.encode([1, 2])


@pytest.mark.parametrize("labels", [np.array([7, -5, 0]), np.array(WORDS), np.array([0.25, -1.5])], ids=str)
def test_encoder_refuses_what_it_has_not_seen(labels):
    encoder = LabelEncoder().fit(labels)
    module = bridge.to_torch(encoder)
    unseen = ["wasp"] if module.class_names else [labels[0], labels[0] + 1]
    with pytest.raises(ValueError, match="unseen"):
        encoder.transform(unseen)
    for candidate in (module, script(module)):
        with pytest.raises((InputError, torch.jit.Error), match="not seen in fit"):
            candidate.transform(module.encode(unseen))
        for wrong in ([0.0, float(len(module.classes_))], [-1.0], [0.5], [np.nan]):
            with pytest.raises((InputError, torch.jit.Error), match="positions"):
                candidate.inverse_transform(torch.tensor(wrong, dtype=torch.float64))


def test_encoder_casts_as_scikit_learn_does():
    for labels, judged in [
        (np.array([1, 2, 5]), np.array([1.5, 5.99])),
        (np.array([0.1, 0.7], dtype=np.float32), np.array([0.1, 0.7])),
        (np.array([0.1, np.nan]), np.array([np.nan, 0.1])),
    ]:
        encoder = LabelEncoder().fit(labels)
        module = bridge.to_torch(encoder)
        np.testing.assert_array_equal(module.transform(module.encode(judged)), encoder.transform(judged))


def test_encoder_takes_a_column_and_no_matrix():
    module = bridge.to_torch(LabelEncoder().fit(WORDS))
    assert module.transform(torch.tensor([[1.0], [0.0]])).tolist() == [1, 0]
    with pytest.raises(InputError, match=r"1-D.*\[2, 3\]"):
        module.transform(torch.zeros(2, 3))
    with pytest.raises(InputError, match=r"torch\.Tensor"):
        module.transform(["bee"])
    assert script(module).inverse_labels(torch.tensor([2.0, 0.0])) == ["čmelák", "ant"]


def test_encoder_knows_a_word_only_whole():
    """scikit-learn cuts words to the longest class: "antelope" would be "ant"."""
    encoder = LabelEncoder().fit(np.array(["ant", "bee"]))
    assert encoder.transform(["antelope"]).tolist() == [0]
    module = bridge.to_torch(encoder)
    assert module.encode(["antelope"]).tolist() == [-1.0]


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (np.array([2**60, 1]), r"2\*\*53"),
        (np.array(["a", 1.5, "b"], dtype=object), "words"),
    ],
)
def test_labels_that_no_tensor_holds_are_refused(labels, word):
    encoder = LabelEncoder()
    encoder.classes_ = labels
    with pytest.raises(UnsupportedError, match=word):
        bridge.to_torch(encoder)


def test_sets_of_sequences_are_refused():
    with pytest.raises(UnsupportedError, match="sequences"):
        bridge.to_torch(MultiLabelBinarizer().fit([[(1, 2), (3, 4)]]))
    with pytest.raises(UnsupportedError, match="no label at all"):
        bridge.to_torch(MultiLabelBinarizer().fit([[], []]))


@pytest.mark.parametrize("classes", [None, ["thriller", "comedy", "sci-fi"]])
def test_sets_of_words_in_torchscript(classes):
    sets = [{"sci-fi", "thriller"}, {"comedy"}, set(), {"comedy", "sci-fi", "thriller", "western"}]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns of "western"
        binarizer = MultiLabelBinarizer(classes=classes).fit(sets[:3])
        expected = binarizer.transform(sets)
    module = bridge.to_torch(binarizer)
    scripted = script(module)
    x = module.encode(sets)
    np.testing.assert_array_equal(scripted.transform(x), expected)
    words = [list(row) for row in binarizer.inverse_transform(expected)]
    assert scripted.inverse_labels(torch.as_tensor(expected)) == words
    for candidate in (module, scripted):
        with pytest.raises((InputError, torch.jit.Error), match="0 and 1"):
            candidate.inverse_transform(torch.tensor([[0.0, 1.0, 2.0]]))


def test_sets_may_be_wider_than_the_classes_and_repeat_labels():
    binarizer = MultiLabelBinarizer().fit([[1, 5, 3]])
    x = torch.tensor([[3, 3, 99, np.nan, 1, 1], [np.nan] * 6], dtype=torch.float64)
    expected = binarizer.transform([[3, 1], []])
    for module in (bridge.to_torch(binarizer), script(bridge.to_torch(binarizer))):
        np.testing.assert_array_equal(module.transform(x), expected)


def test_graphs_cannot_refuse(tmp_path):
    """Where nothing can be raised, an unseen label is -1, and what is neither 0 nor 1 counts as 1."""
    encoder, sets = LabelEncoder().fit([7, -5]), MultiLabelBinarizer().fit([["a", "b"]])
    for name, estimator in (("encoder", encoder), ("sets", sets)):
        bridge.export(estimator, tmp_path / name)
    for runtime in ("onnxruntime", "torch.export"):
        served = bridge.load(tmp_path / "encoder", runtime=runtime)
        assert served.transform(torch.tensor([7.0, 6.0, -5.0])).tolist() == [1, -1, 0]
        served = bridge.load(tmp_path / "sets", runtime=runtime)
        result = served.inverse_transform(torch.tensor([[0.0, 0.5], [0.0, 0.0]]))
        np.testing.assert_array_equal(result, [[1.0, np.nan], [np.nan, np.nan]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "fitted_on", "data", "back"),
    [
        (LabelEncoder(), WORDS, ["bee", "ant"], ["bee", "ant"]),
        (LabelBinarizer(), WORDS, ["ant", "čmelák"], ["ant", "čmelák"]),
        (LabelBinarizer(), [4, -1, 9], [9, 4], [9, 4]),
        (MultiLabelBinarizer(), [["bee", "ant"], ["čmelák"]], [["čmelák", "bee"], []], [("bee", "čmelák"), ()]),
        (MultiLabelBinarizer(), [[3, -1], [7]], [[7, 3, 3], []], [(3, 7), ()]),
    ],
    ids=["encoder", "binarizer", "numbers", "sets", "sets-of-numbers"],
)
def test_an_artifact_takes_labels_as_they_are(estimator, fitted_on, data, back, tmp_path):
    bridge.export(estimator.fit(fitted_on), tmp_path / "labels")
    for runtime in ("torchscript", "onnxruntime"):
        served = bridge.load(tmp_path / "labels", runtime=runtime)
        codes = served.transform(data)
        np.testing.assert_array_equal(codes, estimator.transform(data))
        assert served.decode(served.inverse_transform(codes)) == back
    if fitted_on != [4, -1, 9]:
        with pytest.raises(InputError, match=r"was fitted on words|set, list or tuple"):
            served.transform([1, 2])

"""PatchExtractor in every runtime, on images of more than one patch."""

import numpy as np
import pytest
import torch
from sklearn.feature_extraction.image import PatchExtractor

import bridge
from bridge.errors import InputError, UnsupportedError

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("patch_size", "shape"),
    [
        ((2, 3), (6, 5)),
        ((3, 2), (6, 5, 3)),
        ((3, 2), (6, 5, 1)),
        (None, (24, 35)),
        pytest.param((6, 5), (6, 5), marks=pytest.mark.slow),
    ],
)
def test_every_runtime(patch_size, shape):
    images = RANDOM.normal(size=(40, *shape))
    report = bridge.check_parity(PatchExtractor(patch_size=patch_size), images)
    assert report.ok, report.failures_text()
    assert len(report.comparisons) == 4


def test_images_of_any_size_and_number():
    extractor = PatchExtractor(patch_size=(2, 2))
    module = bridge.to_torch(extractor)
    scripted = torch.jit.script(module)
    for shape in ((1, 2, 2), (40, 5, 3), (3, 4, 7, 2)):
        images = RANDOM.normal(size=shape)
        for given in (module, scripted):
            np.testing.assert_array_equal(given.transform(torch.from_numpy(images)), extractor.transform(images))
    assert module.transform(torch.zeros(0, 5, 3, dtype=torch.float64)).shape == (0, 2, 2)


@pytest.mark.parametrize("max_patches", [3, 0.5])
def test_patches_at_random_are_refused(max_patches):
    with pytest.raises(UnsupportedError, match=rf"max_patches={max_patches}.*at random.*max_patches=None"):
        bridge.to_torch(PatchExtractor(patch_size=(2, 2), max_patches=max_patches, random_state=0))


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.zeros(4, 4), r"\[4, 4\]"),
        (torch.zeros(2, 1, 5), "patches of 2 x 2, got images of 1 x 5"),
        (torch.zeros(2, 4, 4, dtype=torch.complex64), "complex64"),
        (np.zeros((2, 4, 4)), "ndarray"),
    ],
)
def test_what_is_no_image_is_refused(images, words):
    with pytest.raises(InputError, match=words):
        bridge.to_torch(PatchExtractor(patch_size=(2, 2))).transform(images)

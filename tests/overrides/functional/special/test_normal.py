"""The normal distribution as tensors: eager, scripted, and written out for exported programs."""

import numpy as np
import torch
from scipy import special
from torch import nn

from bridge.overrides.functional.special.normal import ndtr, ndtri

X = np.concatenate([np.linspace(-40, 40, 4001), [0.0, -0.0, 1e-300, 5.199337582605575, -5.19933758270342]])
NEAREST = 1e-7 - np.spacing(1)
P = np.concatenate([np.geomspace(NEAREST, 0.5, 500), 1 - np.geomspace(NEAREST, 0.5, 500)])


class _Both(nn.Module):
    def forward(self, x, p):
        return ndtr(x), ndtri(p)


def test_eager_and_scripted_are_scipy():
    for function in (ndtr, torch.jit.script(ndtr)):
        np.testing.assert_allclose(function(torch.tensor(X)).numpy(), special.ndtr(X), rtol=1e-12, atol=1e-16)
    for function in (ndtri, torch.jit.script(ndtri)):
        np.testing.assert_allclose(function(torch.tensor(P)).numpy(), special.ndtri(P), rtol=0, atol=1e-14)


def test_written_out_is_scipy():
    arguments = (torch.tensor(X), torch.tensor(P))
    up, back = torch.export.export(_Both(), arguments).module()(*arguments)
    np.testing.assert_allclose(up.numpy(), special.ndtr(X), rtol=1e-11, atol=1e-16)
    np.testing.assert_allclose(back.numpy(), special.ndtri(P), rtol=0, atol=2e-14)


def test_the_upper_end_is_rounded_as_scipy_rounds_it():
    ends = special.ndtri(np.array([1 - NEAREST]))
    given = ndtr(torch.tensor(ends))
    assert given.item() == special.ndtr(ends)[0]
    assert given.item() + 1e-7 > 1


def test_gradients_are_finite_and_right():
    x = torch.linspace(-6, 6, 13, dtype=torch.float64, requires_grad=True)
    p = torch.linspace(0.01, 0.99, 13, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(ndtr, (x,))
    assert torch.autograd.gradcheck(ndtri, (p,))

"""Rows that must not be negative."""

import torch
from torch import Tensor

from ...core.module import refuse


def check_not_negative(x: Tensor, name: str, positive: bool = False) -> None:
    """Raise InputError, ValueError in TorchScript, where a row has a negative number; a graph cannot.

    Parameters
    ----------
    x : Tensor of shape (n_samples, n_features)
        Dense or sparse CSR.
    name : str
        Estimator's name, for the message.
    positive : bool
        Refuse 0 too.
    """
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return
    values = x if x.layout == torch.strided else x.values()
    if bool((values < 0).any()):
        refuse(f"{name} takes no negative numbers, got {float(values.min())}")
    if positive and bool((values == 0).any()):
        refuse(f"{name} takes no zeros with beta_loss <= 0, as its divergence is infinite: add a small number")

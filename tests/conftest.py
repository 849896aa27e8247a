"""Shared by all tests."""

import gc

import torch

# Workers of pytest-xdist share the cores: more threads in each would only make them wait for each other.
torch.set_num_threads(1)

# The garbage collector would walk torch and scikit-learn again and again while graphs are traced; what these leave
# behind it must still find.
gc.freeze()
gc.set_threshold(50_000, 10, 10)

"""Shared by all tests."""

import torch

# Workers of pytest-xdist share the cores: more threads in each would only make them wait for each other.
torch.set_num_threads(1)

"""Binary decision trees as tensors, and the strategies that find a row's leaf."""

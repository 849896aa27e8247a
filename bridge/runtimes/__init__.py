"""The runtimes that serve a model: eager torch, TorchScript, torch.export, onnxruntime, compiled."""

"""Road."""


def inquire(estimator, methods):
    return f"skl2onnx has no converter for {type(estimator).__name__}"


def road_classes():
    return ()


def travel(estimator):
    raise NotImplementedError

"""Equal constants become one."""

from torch import Tensor, fx

from ._base import Pass, constant_value


class MergeConstants(Pass):
    """Let nodes that read equal constants read the first of them.

    onnx2torch copies an initializer for every operator that reads it; each would become a parameter of its own.

    Rules
    -----
    1. Constants of one dtype, one shape and the same bits are one; 0.0 and -0.0 are not the same.
    2. Constants that differ in dtype or shape stay apart.

    Before::

        %a = get_attr[constant_0]
        %b = get_attr[constant_1]           # the same values

    After::

        %a = get_attr[constant_0]
    """

    def rewrite(self, model: fx.GraphModule) -> bool:
        """Keep the first node that reads each constant."""
        first: dict[tuple[object, ...], fx.Node] = {}
        modified = False
        for node in list(model.graph.nodes):
            value = constant_value(model, node)
            if value is None:
                continue
            kept = first.setdefault(fingerprint(value), node)
            if kept is not node:
                node.replace_all_uses_with(kept)
                model.graph.erase_node(node)
                modified = True
        return modified


def fingerprint(value: Tensor) -> tuple[object, ...]:
    """What two equal tensors share: dtype, shape and bits."""
    array = value.detach().cpu().contiguous().numpy()
    return str(array.dtype), array.shape, array.tobytes()

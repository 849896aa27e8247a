"""Trees with one int64 record per node, so that a level of all trees is one look-up of each row.

A record holds, from the top: a 32-bit key in the order of the thresholds, the column, the left child. A value of a row
is its own key with zeros below: it is above a record exactly where it is above the threshold. Siblings are neighbours,
the left one at an even place, so that the right child is the left one with its last bit set.

Rows whose leaf is found are left out from time to time: in trees grown to the end few rows reach the last levels.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .layout import TreeLayout

# Costs per row and tree, in the time of one level: of looking for what is finished, and of what goes on.
_COST_OF_SEARCH = 1.5
_COST_OF_MOVE = 5.0
_LONGEST_STAGE = 64


@dataclass(frozen=True)
class PackedTrees:
    """Records in the order of the layout, behind one that nothing refers to if trees are odd in number.

    Attributes
    ----------
    record : int64 ndarray of shape (n_nodes,) or (1 + n_nodes,)
    shift : int
        Bits of the child.
    mask : int
        Of the column, behind the child.
    stages : list of int
        Levels to go down before rows are left out, again and again; their sum is the depth.
    """

    record: np.ndarray
    shift: int
    mask: int
    stages: list[int]


def pack_trees(layout: TreeLayout, key: np.ndarray) -> PackedTrees:
    """Records of trees; none where column and child do not fit into 32 bits together.

    Parameters
    ----------
    layout : TreeLayout
    key : int64 ndarray of shape (n_nodes,)
        Within 32 bits, in the order of the thresholds; those of leaves do not count.
    """
    n_trees, n_nodes = layout.n_trees, len(layout.child)
    offset = n_trees % 2
    shift = int(n_nodes + offset - 1).bit_length()
    bits = int(layout.column.max()).bit_length()
    if shift + bits > 32:
        return PackedTrees(np.zeros(0, dtype=np.int64), 0, 0, [layout.depth])
    is_leaf = layout.child == np.arange(n_nodes)
    record = np.zeros(n_nodes + offset, dtype=np.int64)
    # In place, for there may be many nodes.
    nodes = record[offset:]
    nodes[:] = key
    nodes[is_leaf] = 2**31 - 1
    nodes <<= 32 - shift
    nodes |= layout.column
    nodes <<= shift
    nodes |= layout.child + offset
    return PackedTrees(record, shift, (1 << bits) - 1, _stages(is_leaf, n_trees, layout.depth))


def ordered_keys(values: np.ndarray) -> np.ndarray:
    """int64 keys in the order of float32 numbers, none of them NaN; 0 and -0 have the same."""
    bits = (np.asarray(values, dtype=np.float32) + np.float32(0.0)).view(np.int32)
    return (bits ^ ((bits >> 31) & 0x7FFFFFFF)).astype(np.int64)


def ceil_to_float32(x: Tensor) -> Tensor:
    """The smallest float32 not below each value: it is above just those float32 thresholds that the value is above.

    Parameters
    ----------
    x : Tensor of float

    Returns
    -------
    float32 Tensor
        inf above the range of float32.
    """
    near = x.to(torch.float32)
    if x.dtype != torch.float64:
        return near
    return torch.where(near < x, torch.nextafter(near, torch.full_like(near, torch.inf)), near)


def _stages(is_leaf: np.ndarray, n_trees: int, depth: int) -> list[int]:
    """Where to leave out what is finished, taking each leaf for as likely as any other: least time in all."""
    counts, start, size = [], 0, n_trees
    while size:
        leaves = int(is_leaf[start : start + size].sum())
        counts.append(leaves)
        start, size = start + size, 2 * (size - leaves)
    # That a leaf is reached shows one level later.
    on_the_way = 1.0 - np.concatenate([[0], np.cumsum(counts)]) / max(sum(counts), 1)
    best, following = np.zeros(depth + 1), np.full(depth + 1, depth)
    for level in range(depth - 1, -1, -1):
        ends = np.arange(min(level + 1 + (level == 0), depth), min(depth, level + _LONGEST_STAGE) + 1)
        cost = on_the_way[level] * (ends - level) + best[ends]
        cost += np.where(ends < depth, _COST_OF_SEARCH * on_the_way[level] + _COST_OF_MOVE * on_the_way[ends], 0.0)
        best[level], following[level] = cost.min(), ends[cost.argmin()]
    stages, level = [], 0
    while level < depth:
        stages.append(int(following[level]) - level)
        level = int(following[level])
    return stages


def row_keys(columns: Tensor) -> Tensor:
    """Keys of rows, to compare with records.

    Parameters
    ----------
    columns : float32 Tensor of shape (n_samples, n_columns)
        As :class:`~bridge.overrides.forests.forest.Forest` compares them.

    Returns
    -------
    int64 Tensor of shape (n_samples, n_columns)
    """
    bits = torch.view_copy(columns.to(torch.float32) + 0.0, dtype=torch.int32)
    negative = (bits >> 31).bitwise_and_(0x7FFFFFFF)
    return bits.bitwise_xor_(negative).to(torch.int64).bitwise_left_shift_(32)


def descend_packed(keys: Tensor, record: Tensor, shift: int, mask: int, n_trees: int, stages: list[int]) -> Tensor:
    """The leaf that each row reaches in each tree, as :func:`~.traversal.descend` finds it.

    Parameters
    ----------
    keys : int64 Tensor of shape (n_samples, n_columns)
        Keys of the rows times 2 to the power of 32.
    record : int64 Tensor
    shift, mask : int
    stages : list of int
        As in :class:`PackedTrees`; trees of one level at least.
    n_trees : int

    Returns
    -------
    int64 Tensor of shape (n_samples, n_trees)
        Places in the level order of the nodes.
    """
    n_samples, n_columns = keys.shape
    offset = n_trees % 2
    child_mask = (1 << shift) - 1
    root = record.narrow(0, offset, n_trees)
    column = (root >> shift).bitwise_and_(mask)
    goes_right = keys.gather(1, column.expand(n_samples, n_trees)).gt_(root)
    node = goes_right.bitwise_or_(root & child_mask).reshape(-1)
    before = node
    # In small batches operators cost more than what they work on.
    leaves_out = keys.device.type == "cpu" and n_samples * n_trees >= 4096
    n_levels = stages[0] if leaves_out else sum(stages)
    flat, first = keys.reshape(-1), keys.new_zeros(0)
    if n_trees == 1 or leaves_out:
        first = torch.arange(n_samples, device=keys.device).mul_(n_columns)
    for _ in range(n_levels - 1):
        before = node
        found = record.index_select(0, node)
        column = (found >> shift).bitwise_and_(mask)
        if n_trees == 1:  # gather walks along rows, which are but one number then
            goes_right = flat.index_select(0, column.add_(first)).gt_(found)
        else:
            goes_right = keys.gather(1, column.reshape(-1, n_trees)).reshape(-1).gt_(found)
        node = found.bitwise_and_(child_mask).bitwise_or_(goes_right)
    if leaves_out and len(stages) > 1:
        first = first.unsqueeze(1).expand(n_samples, n_trees).reshape(-1)
        place = torch.arange(n_samples * n_trees, device=keys.device)
        moving = node
        for i in range(1, len(stages)):
            going_on = torch.nonzero(moving != before).squeeze(1)
            place = place.index_select(0, going_on)
            first = first.index_select(0, going_on)
            moving = moving.index_select(0, going_on)
            before = moving
            for _ in range(stages[i]):
                before = moving
                found = record.index_select(0, moving)
                column = (found >> shift).bitwise_and_(mask).add_(first)
                goes_right = flat.index_select(0, column).gt_(found)
                moving = found.bitwise_and_(child_mask).bitwise_or_(goes_right)
            node = node.index_copy(0, place, moving)
    if offset > 0:
        node = node - 1
    return node.reshape(n_samples, n_trees)

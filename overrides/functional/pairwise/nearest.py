"""The smallest numbers of each row, with ties decided: the first ones, or those that a heap of scikit-learn keeps."""

from typing import Any

import torch
from torch import Tensor

from ..graph import in_graph


def find_smallest(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The ``k`` smallest numbers of each row in rising order, any of equal ones: what ``torch.topk`` finds.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
        No NaN; ``n_values`` is at least ``k``.
    k : int

    Returns
    -------
    values : Tensor of shape (n_samples, k)
    index : int64 Tensor of shape (n_samples, k)

    Notes
    -----
    They are in the ``k`` blocks whose least numbers are smallest: outside of these, every number has one in each of
    them that is as small. Blocks of sqrt(n_values / k) numbers leave least to be sorted.
    """
    n_values = values.shape[1]
    size = int((n_values / k) ** 0.5)
    if in_graph() or size < 4 or values.numel() < 16384:  # operators would cost more than they save
        return torch.topk(values, k, dim=1, largest=False)
    # A block takes every n_blocks-th number: then the least of all blocks are found by comparing whole rows.
    n_blocks = n_values // size
    least = values[:, : size * n_blocks].reshape(-1, size, n_blocks).amin(1)
    rest = n_values - size * n_blocks
    steps = size
    if rest > 0:
        head = torch.minimum(least[:, :rest], values[:, size * n_blocks :])
        least = torch.cat([head, least[:, rest:]], 1)
        steps = size + 1
    blocks = torch.topk(least, k, dim=1, largest=False, sorted=False)[1]
    place = torch.arange(steps, device=values.device) * n_blocks
    candidates = (blocks.unsqueeze(2) + place).flatten(1)
    is_beyond = candidates >= n_values
    candidates = candidates.clamp_max(n_values - 1)
    some = values.gather(1, candidates).masked_fill(is_beyond, float("nan"))  # behind all others
    found, order = torch.topk(some, k, dim=1, largest=False)
    return found, candidates.gather(1, order)


def smallest(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The ``k`` smallest numbers of each row in rising order, the first ones where several are equal.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
        No NaN; ``n_values`` is at least ``k``.
    k : int

    Returns
    -------
    values : Tensor of shape (n_samples, k)
    index : int64 Tensor of shape (n_samples, k)

    Notes
    -----
    ``torch.topk`` takes any of several equal numbers. Rows in which it may have done so are selected again by position.
    """
    if not in_graph():
        found, index = find_smallest(values, min(k + 1, values.shape[1]))
        if not bool((found[:, 1:] == found[:, :-1]).any()):
            return found[:, :k], index[:, :k]
    return _first_of_equals(values, k)


def _first_of_equals(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    n_values = values.shape[1]
    last = torch.topk(values, k, dim=1, largest=False)[0].narrow(1, k - 1, 1)
    below, equal = values < last, values == last
    room = k - below.sum(1, keepdim=True)
    chosen = below | (equal & (equal.to(torch.int64).cumsum(1) <= room))
    position = torch.arange(n_values, device=values.device).expand_as(values)
    index = torch.topk(torch.where(chosen, position, n_values), k, dim=1, largest=False)[0]
    found, order = _stable_sort(values.gather(1, index))
    return found, index.gather(1, order)


def _stable_sort(values: Tensor) -> tuple[Tensor, Tensor]:
    """Rows sorted, and the positions before; equal numbers stay in their order."""
    if not in_graph():
        return torch.sort(values, dim=1, stable=True)
    # ONNX has no stable sort: a number's place is how many are smaller, or equal and in front of it.
    place = torch.arange(values.shape[1], device=values.device)
    other, own = values.unsqueeze(1), values.unsqueeze(2)
    rank = ((other < own) | ((other == own) & (place < place.unsqueeze(1)))).to(torch.int64).sum(2)
    order = torch.zeros_like(rank).scatter(1, rank, place.expand_as(rank))
    return values.gather(1, order), order


def queue_of_heap(values: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The numbers of each row that may enter a heap of the ``k`` smallest, in their order.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
        In the order in which they reach the heap; infinite ones do not enter.
    k : int

    Returns
    -------
    queue : int64 Tensor of shape (n_samples, n_values)
        Places of those that may enter, then of the others.
    count : int64 Tensor of shape (n_samples,)
        How many may enter, some ``k log2(n_values / k)``.

    Notes
    -----
    A number that is not below the k-th smallest so far never enters. Blocks that double in size find those that may.
    """
    enters = _may_enter(values, k)
    position = torch.arange(values.shape[1], device=values.device).expand_as(values)
    rank = enters.to(torch.int64).cumsum(1)
    count = rank[:, -1]
    behind = count.unsqueeze(1) + position - rank
    return torch.zeros_like(position).scatter(1, torch.where(enters, rank - 1, behind), position), count


def heap_of_queue(values: Tensor, queue: Tensor, count: Tensor, k: int, twice: bool) -> tuple[Tensor, Tensor]:
    """What a heap of the ``k`` smallest holds after the queue of each row went through it, in rising order.

    Parameters
    ----------
    values : Tensor of shape (n_samples, n_values)
    queue : int64 Tensor of shape (n_samples, n_values)
        Places of the numbers that go through.
    count : int64 Tensor of shape (n_samples,)
        How many of the queue do; the results of a row with none mean nothing.
    k : int
    twice : bool
        Whether what the heap holds goes through another one, as where scikit-learn shares the work among threads.

    Returns
    -------
    values : Tensor of shape (n_samples, k)
    places : int64 Tensor of shape (n_samples, k)
        Which of several equal numbers are kept, and in which order, is that of sklearn/utils/_heap.pyx and
        _sorting.pyx; above 15 neighbours scikit-learn's sort is not stable, and the order among equal ones may differ.
    """
    heap, index = _pushed(values, queue, count, k)
    if twice:
        places = torch.arange(k, device=values.device).expand_as(index)
        heap, again = _pushed(heap, places, torch.where(count > 0, torch.full_like(count, k), count), k)
        index = index.gather(1, again)
    found, order = _stable_sort(heap)
    return found, index.gather(1, order)


def _levels(k: int) -> tuple[int, int]:
    """Steps down a heap of ``k``, and the last place that a step looks at."""
    levels, width = 0, 1
    while width < k + 1:
        levels, width = levels + 1, width * 2
    return levels, 2 * width


def _may_enter(values: Tensor, k: int) -> Tensor:
    n_values = values.shape[1]
    parts = [torch.ones_like(values[:, :k], dtype=torch.bool)]
    smallest_so_far = values[:, :k]
    start = k
    while start < n_values:
        stop = min(2 * start, n_values)
        block = values[:, start:stop]
        parts.append(block < smallest_so_far.amax(1, keepdim=True))
        if stop < n_values:
            smallest_so_far = torch.topk(torch.cat([smallest_so_far, block], 1), k, dim=1, largest=False)[0]
        start = stop
    return torch.cat(parts, 1)


def _push(
    heap: Tensor, index: Tensor, value: Tensor, place: Tensor, enters: Tensor, n_levels: int
) -> tuple[Tensor, Tensor]:
    """One number for every row: it takes the place of the largest if it is smaller, and sinks."""
    enters = enters & (value < heap[:, :1])
    moves = enters
    current = torch.zeros_like(place)
    for _ in range(n_levels):
        left = current * 2 + 1
        left_value, right_value = heap.gather(1, left), heap.gather(1, left + 1)
        child = torch.where(left_value >= right_value, left, left + 1)
        child_value = torch.maximum(left_value, right_value)
        moves = moves & (value < child_value)
        # A row that has come to rest stays, and looks at the same children again.
        heap = heap.scatter(1, current, torch.where(moves, child_value, heap.gather(1, current)))
        index = index.scatter(1, current, torch.where(moves, index.gather(1, child), index.gather(1, current)))
        current = torch.where(moves, child, current)
    heap = heap.scatter(1, current, torch.where(enters, value, heap.gather(1, current)))
    index = index.scatter(1, current, torch.where(enters, place, index.gather(1, current)))
    return heap, index


def _pushed(values: Tensor, queue: Tensor, count: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Values and places, (n_samples, k), in a heap that the first ``count`` of a queue of places went through."""
    n_levels, below = _levels(k)
    heap = torch.full_like(values[:, :1], float("inf")).expand(-1, k)
    # Below the last level stand numbers that no child exceeds.
    heap = torch.cat([heap, torch.full_like(heap[:, :1], -float("inf")).expand(-1, below + 1 - k)], 1)
    index = torch.zeros_like(heap, dtype=torch.int64)
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            heap, index = _pushed_in_a_graph(heap, index, values, queue, count, n_levels)
            return heap[:, :k], index[:, :k]
    last = int(count.max()) if count.shape[0] > 0 else 0
    for step in range(last):
        place = queue[:, step : step + 1]
        heap, index = _push(heap, index, values.gather(1, place), place, count.unsqueeze(1) > step, n_levels)
    return heap[:, :k], index[:, :k]


def _pushed_in_a_graph(
    heap: Tensor, index: Tensor, values: Tensor, queue: Tensor, count: Tensor, n_levels: int
) -> tuple[Tensor, Tensor]:
    # The operator itself: the function around it compiles, which takes longer than all the rest of an export.
    from torch._higher_order_ops.while_loop import while_loop_op

    last = queue.shape[1] - 1

    def unfinished(step: Tensor, heap: Tensor, index: Tensor, values: Tensor, queue: Tensor, count: Tensor) -> Tensor:
        # A sum, for the largest of no rows is none in onnxruntime.
        return (count > step).to(torch.int64).sum() > 0

    def body(
        step: Tensor, heap: Tensor, index: Tensor, values: Tensor, queue: Tensor, count: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        # onnxruntime may prepare a round beyond the last one.
        place = queue.index_select(1, torch.clamp_max(step, last).reshape(1))
        heap, index = _push(heap, index, values.gather(1, place), place, count.unsqueeze(1) > step, n_levels)
        return step + 1, heap, index

    step = torch.zeros((), dtype=torch.int64, device=heap.device)
    carried: Any = (step, heap, index)
    _, heap, index = while_loop_op(unfinished, body, carried, (values, queue, count))
    return heap, index

"""Probabilities of several classes from those of pairs, as libsvm couples them (sklearn/svm/src/libsvm/svm.cpp)."""

import torch
from torch import Tensor


def sigmoid_predict(decision: Tensor, a: Tensor, b: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Platt's probability of the first class of each pair, ``1 / (1 + exp(a * decision + b))``, kept within bounds.

    Parameters
    ----------
    decision : Tensor of shape (n_samples, n_pairs)
        libsvm's decision values: positive for the first class of the pair.
    a, b : Tensor of shape (n_pairs,)
    low, high : Tensor of shape ()
        Bounds; libsvm has 1e-7 and 1 - 1e-7. NaN becomes the lower one there, and so here.

    Returns
    -------
    Tensor of shape (n_samples, n_pairs)
    """
    probability = torch.sigmoid(-(decision * a + b))
    return torch.minimum(torch.where(probability > low, probability, low), high)


def pair_matrix(pairs: Tensor, place: Tensor) -> Tensor:
    """Matrix ``r`` of each row from the probabilities of its pairs: ``r[j, i] = 1 - r[i, j]``, 0 on the diagonal.

    Parameters
    ----------
    pairs : Tensor of shape (n_samples, n_pairs)
    place : Tensor of int64, shape (n_classes * n_classes,)
        Where each element of the matrix stands in ``[pairs, 1 - pairs, 0]``; see :func:`pair_places`.

    Returns
    -------
    Tensor of shape (n_classes, n_classes, n_samples)
    """
    both = torch.cat([pairs, 1.0 - pairs, torch.zeros_like(pairs[:, :1])], 1)
    n_classes = int(place.shape[0] ** 0.5 + 0.5)
    return both.t().index_select(0, place).view(n_classes, n_classes, -1)


def pair_places(n_classes: int) -> Tensor:
    """Index for :func:`pair_matrix`, with the pairs in the order (0, 1), (0, 2), ..., (1, 2), ..."""
    n_pairs = n_classes * (n_classes - 1) // 2
    first, second = torch.triu_indices(n_classes, n_classes, 1)
    place = torch.full((n_classes, n_classes), 2 * n_pairs)
    place[first, second] = torch.arange(n_pairs)
    place[second, first] = torch.arange(n_pairs) + n_pairs
    return place.reshape(-1)


def multiclass_probability(r: Tensor) -> Tensor:
    """Class probabilities that fit pairwise ones best: the second method of Wu, Lin and Weng, as libsvm iterates it.

    Each row stops by itself, where its largest error is below ``0.005 / n_classes``, or after ``max(100, n_classes)``
    rounds. The result is libsvm's, not yet the limit of the iteration: another rule of stopping is off by 1e-2.

    Parameters
    ----------
    r : Tensor of shape (n_classes, n_classes, n_samples)
        ``r[i, j]`` is the probability of class i among i and j; the diagonal is 0.

    Returns
    -------
    Tensor of shape (n_samples, n_classes)
    """
    if not torch.jit.is_scripting():  # written out here: TorchScript must not read the function of the graph
        if torch.compiler.is_compiling():
            return _coupled_in_a_graph(r)
    if r.shape[2] == 1 and not r.requires_grad:
        return _coupled_row(r)
    return _coupled_rows(r)


def _quadratic_form(r: Tensor) -> tuple[Tensor, Tensor]:
    """``Q`` of shape (n_classes, n_classes, n_samples), and its diagonal."""
    diagonal = (r * r).sum(0)
    eye = torch.eye(r.shape[0], dtype=r.dtype, device=r.device).unsqueeze(2)
    return eye * diagonal - r * r.transpose(0, 1), diagonal


def _errors(q: Tensor, p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``Q p``, ``p Q p`` and the largest error of each row, by which the iteration stops."""
    qp = (q * p).sum(1)
    pqp = (p * qp).sum(0)
    return qp, pqp, (qp - pqp).abs().amax(0)


def _round(q: Tensor, diagonal: Tensor, p: Tensor, qp: Tensor, pqp: Tensor) -> Tensor:
    """``p`` after one round over the classes.

    libsvm brings ``p``, ``Q p`` and ``p Q p`` back to a sum of 1 behind every class. Here they keep their scale until
    the round ends, which is the same but for rounding and takes a third of the operations.
    """
    scale = torch.ones_like(pqp)
    changes: list[Tensor] = []
    for t in range(p.shape[0]):
        level = pqp / scale
        change = (level - qp[t]) / diagonal[t]
        pqp = torch.addcmul(pqp, change, level + qp[t])
        qp = torch.addcmul(qp, change, q[t])
        scale = scale + change
        changes.append(change)
    return (p + torch.stack(changes)) / scale


def _coupled_rows(r: Tensor) -> Tensor:
    """Rows that are finished leave the batch."""
    n_classes, n_samples = r.shape[0], r.shape[2]
    q, diagonal = _quadratic_form(r)
    p = torch.full((n_classes, n_samples), 1.0 / n_classes, dtype=r.dtype, device=r.device)
    index = torch.arange(n_samples, device=r.device)
    finished: list[Tensor] = []
    indices: list[Tensor] = []
    for _ in range(max(100, n_classes)):
        qp, pqp, error = _errors(q, p)
        moving = error >= 0.005 / n_classes
        kept = moving.nonzero().squeeze(1)
        if kept.shape[0] < index.shape[0]:
            gone = moving.logical_not().nonzero().squeeze(1)
            finished.append(p.index_select(1, gone))
            indices.append(index.index_select(0, gone))
            index, p = index.index_select(0, kept), p.index_select(1, kept)
            q, diagonal = q.index_select(2, kept), diagonal.index_select(1, kept)
            qp, pqp = qp.index_select(1, kept), pqp.index_select(0, kept)
        if index.shape[0] == 0:
            break
        p = _round(q, diagonal, p, qp, pqp)
    finished.append(p)
    indices.append(index)
    return torch.cat(finished, 1).index_select(1, torch.cat(indices).argsort()).t()


def _coupled_in_a_graph(r: Tensor) -> Tensor:
    """All rows stay in the batch, those that are finished as they are: the graph has one shape."""
    n_classes = r.shape[0]
    limit = max(100, n_classes)
    q, diagonal = _quadratic_form(r)
    # Quotients of whole numbers: a fraction would reach ONNX as float32.
    start = torch.ones_like(diagonal) / n_classes
    bound = torch.ones_like(diagonal[0]) / 200 / n_classes

    def unfinished(count: Tensor, moving: Tensor, p: Tensor) -> Tensor:
        return (count < limit) & (moving.sum() > 0)

    def body(count: Tensor, moving: Tensor, p: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        qp, pqp, error = _errors(q, p)
        moving = error >= bound
        return count + 1, moving.to(p.dtype), torch.where(moving, _round(q, diagonal, p, qp, pqp), p)

    from torch._higher_order_ops import while_loop

    count = torch.zeros((), dtype=torch.int64, device=r.device)
    _, _, p = while_loop(unfinished, body, (count, torch.ones_like(bound), start))
    return p.t()


def _coupled_row(r: Tensor) -> Tensor:
    """One row in plain floats: a tenth of the time that tensors of one element take."""
    n = r.shape[0]
    pairs: list[list[float]] = r.squeeze(2).to(torch.float64).tolist()
    q: list[list[float]] = []
    for t in range(n):
        row = [0.0] * n
        for j in range(n):
            other = pairs[j][t]
            row[t] += other * other
            if j != t:
                row[j] = -other * pairs[t][j]
        q.append(row)
    p = [1.0 / n] * n
    qp = [0.0] * n
    for _ in range(max(100, n)):
        pqp = 0.0
        for t in range(n):
            row = q[t]
            total = 0.0
            for j in range(n):
                total += row[j] * p[j]
            qp[t] = total
            pqp += p[t] * total
        worst = 0.0
        for error in qp:
            worst = max(worst, abs(error - pqp))
        if worst < 0.005 / n:
            break
        scale = 1.0
        for t in range(n):
            row = q[t]
            level = pqp / scale
            error = qp[t]
            change = (level - error) / row[t]
            pqp += change * (level + error)
            p[t] += change
            scale += change
            for j in range(n):
                qp[j] += change * row[j]
        for t in range(n):
            p[t] /= scale
    result = torch.empty((1, n), dtype=r.dtype, device=r.device)
    for t in range(n):
        result[0, t].fill_(p[t])  # an assignment would pass through float32 in TorchScript
    return result

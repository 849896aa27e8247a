"""Sparse codes of rows: orthogonal matching pursuit and the coordinate descent of the Lasso, on products alone.

Follows ``_gram_omp`` of sklearn/linear_model/_omp.py and ``enet_coordinate_descent_gram`` of _cd_fast.pyx.
"""

import torch
from torch import Tensor


def join_basis(basis: Tensor, gram: Tensor, atom: Tensor) -> tuple[Tensor, Tensor]:
    """The vector by which an atom enlarges the span of a basis, orthogonal to it in the sense of ``gram``.

    Parameters
    ----------
    basis : Tensor of shape (n_samples, n_slots, n_components)
        ``basis @ gram @ basis.T`` is the identity on the slots that are used; the others are 0.
    gram : Tensor of shape (n_components, n_components)
    atom : int64 Tensor of shape (n_samples, 1)

    Returns
    -------
    vector : Tensor of shape (n_samples, n_components)
        To be divided by the root of its squared norm.
    norm : Tensor of shape (n_samples, 1)
        The squared norm: the square of the pivot by which a Cholesky factor of the atoms grows, negative by rounding.
    """
    products = gram.index_select(0, atom.squeeze(1))
    weights = torch.bmm(basis, products.unsqueeze(2))
    unit = (torch.arange(gram.shape[0], device=gram.device) == atom).to(gram.dtype)
    vector = unit - torch.bmm(weights.transpose(1, 2), basis).squeeze(1)
    return vector, products.gather(1, atom) - weights.square().sum(dim=1)


def _pursue(
    step: Tensor, gram: Tensor, xy: Tensor, eps: Tensor, order: Tensor, basis: Tensor, code: Tensor, moving: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One more atom for every row that moves."""
    place = torch.arange(gram.shape[0], device=gram.device)
    residual = (xy - torch.mm(code, gram)).gather(1, order)
    best = residual.abs().argmax(dim=1, keepdim=True)
    moving = moving & (best >= step) & (residual.gather(1, best).square() >= eps)
    atom = order.gather(1, best)
    vector, norm = join_basis(basis, gram, atom)
    moving = moving & ((norm > eps) | (step == 0))
    vector = (vector / norm.masked_fill(moving.logical_not(), 1.0).sqrt()).masked_fill(moving.logical_not(), 0.0)
    code = code + vector * (vector * xy).sum(dim=1, keepdim=True)
    slot = (torch.arange(basis.shape[1], device=gram.device) == step).unsqueeze(1)
    basis = torch.where(slot, vector.unsqueeze(1), basis)
    # The atom changes places with the first that was not chosen: scikit-learn's order among equals.
    first = order.index_select(1, step.reshape(1))
    order = torch.where(place == step, atom, order.scatter(1, best, first))
    return order, basis, code, moving


def gram_omp(gram: Tensor, xy: Tensor, n_nonzero: int, eps: Tensor) -> Tensor:
    """Orthogonal matching pursuit of a number of atoms.

    Each row stops by itself, where its residual is orthogonal to all atoms, or the next atom depends on those it has.

    Parameters
    ----------
    gram : Tensor of shape (n_components, n_components)
    xy : Tensor of shape (n_samples, n_components)
        Products of rows and atoms.
    n_nonzero : int
        At most ``n_components``.
    eps : Tensor of shape ()
        Machine epsilon.

    Returns
    -------
    Tensor of shape (n_samples, n_components)
    """
    order = torch.arange(gram.shape[0], device=xy.device).repeat(xy.shape[0], 1)
    basis = torch.zeros((xy.shape[0], n_nonzero, gram.shape[0]), dtype=xy.dtype, device=xy.device)
    code = torch.zeros_like(xy)
    moving = torch.ones_like(xy[:, :1], dtype=torch.bool)
    step = torch.zeros((), dtype=torch.int64, device=xy.device)
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _pursued_in_a_graph(gram, xy, n_nonzero, eps, order, basis, code, moving)
    for _ in range(n_nonzero):
        order, basis, code, moving = _pursue(step, gram, xy, eps, order, basis, code, moving)
        step = step + 1
        if not bool(moving.any()):
            break
    return code


def _pursued_in_a_graph(
    gram: Tensor, xy: Tensor, n_nonzero: int, eps: Tensor, order: Tensor, basis: Tensor, code: Tensor, moving: Tensor
) -> Tensor:
    from torch._higher_order_ops import while_loop

    def unfinished(step: Tensor, moving: Tensor, order: Tensor, basis: Tensor, code: Tensor) -> Tensor:
        return (step < n_nonzero) & (moving.sum() > 0)

    def body(
        step: Tensor, moving: Tensor, order: Tensor, basis: Tensor, code: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        order, basis, code, now = _pursue(step, gram, xy, eps, order, basis, code, moving > 0)
        return step + 1, now.to(moving.dtype), order, basis, code

    step = torch.zeros((), dtype=torch.int64, device=xy.device)
    _, _, _, _, code = while_loop(unfinished, body, (step, moving.to(torch.int64), order, basis, code))
    return code


def _sweep(
    w: Tensor, opens: Tensor, gram: Tensor, xy: Tensor, alpha: Tensor, positive: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Each coordinate once: the codes, the largest change of each row and its largest coordinate."""
    residual = xy - torch.mm(gram, w)
    diagonals = gram.diagonal()
    diagonals = diagonals.masked_fill(diagonals == 0, 1.0)  # such a coordinate is never open
    rows: list[Tensor] = []
    for j in range(w.shape[0]):
        row, diagonal = w[j], diagonals[j]
        target = residual[0] + row * diagonal
        shrunk = (target - alpha).clamp(min=0.0) if positive else target - torch.clamp(target, -alpha, alpha)
        moved = torch.where(opens[j], shrunk / diagonal, row)
        rows.append(moved)
        residual = torch.addr(residual[1:], gram[j + 1 :, j], row - moved)
    moved = torch.stack(rows)
    return moved, (moved - w).abs().amax(dim=0), moved.abs().amax(dim=0)


def _gap(
    w: Tensor, gram: Tensor, xy: Tensor, norms: Tensor, alpha: Tensor, positive: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """Duality gap, products with the residual and their dual norm, as ``gap_enet_gram`` has them without L2 penalty."""
    qw = torch.mm(gram, w)
    q_dot_w, wqw = (w * xy).sum(dim=0), (w * qw).sum(dim=0)
    residual_norm = norms + wqw - 2.0 * q_dot_w
    ry = norms - q_dot_w
    xta = xy - qw
    dual_norm = xta.amax(dim=0) if positive else xta.abs().amax(dim=0)
    has_penalty = alpha != 0
    shrinks = (dual_norm > alpha) & has_penalty
    scale = (alpha / dual_norm.masked_fill(shrinks.logical_not(), 1.0)).masked_fill(shrinks.logical_not(), 1.0)
    primal = 0.5 * residual_norm + alpha * w.abs().sum(dim=0)
    dual = -0.5 * scale.square() * residual_norm + scale * ry
    squares = xta.square().sum(dim=0)
    return torch.where(has_penalty, primal - dual, squares), xta, torch.where(has_penalty, dual_norm, squares)


def _screen(gap: Tensor, xta: Tensor, dual_norm: Tensor, gram: Tensor, alpha: Tensor) -> Tensor:
    """Coordinates that may differ from 0, by the gap safe rules."""
    diagonal = gram.diagonal().unsqueeze(1)
    safe = alpha.masked_fill(alpha == 0, 1.0)
    radius = (2.0 * gap.abs()).sqrt() / safe
    distance = (1.0 - (xta / torch.maximum(safe, dual_norm)).abs()) / diagonal.masked_fill(diagonal == 0, 1.0).sqrt()
    return ((distance <= radius) | (alpha == 0)) & (diagonal != 0)


def _descend(
    count: Tensor,
    w: Tensor,
    opens: Tensor,
    gram: Tensor,
    xy: Tensor,
    norms: Tensor,
    alpha: Tensor,
    tol: Tensor,
    max_iter: int,
    positive: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """A sweep, and what is known after it: codes, coordinates still open, and rows that go on."""
    w, change, largest = _sweep(w, opens, gram, xy, alpha, positive)
    is_small = (largest == 0) | (change / largest.masked_fill(largest == 0, 1.0) <= tol) | (count == max_iter - 1)
    gap, xta, dual_norm = _gap(w, gram, xy, norms, alpha, positive)
    settled = is_small & (gap <= tol * norms)
    closes = is_small & settled.logical_not() & _screen(gap, xta, dual_norm, gram, alpha).logical_not()
    return w.masked_fill(closes, 0.0), opens & closes.logical_not(), settled.logical_not()


def lasso_gram(
    gram: Tensor, xy: Tensor, norms: Tensor, alpha: Tensor, tol: Tensor, max_iter: int, positive: bool
) -> Tensor:
    """Lasso by cyclic coordinate descent with screening, each row until its duality gap is small.

    Parameters
    ----------
    gram : Tensor of shape (n_components, n_components)
    xy : Tensor of shape (n_components, n_samples)
        Products of atoms and rows.
    norms : Tensor of shape (n_samples,)
        Squared norms of the rows.
    alpha : Tensor of shape (1,)
        Penalty on the sum of the absolute codes.
    tol : Tensor of shape (1,)
        Bound of the gap, as a part of the squared norm, and of the change that asks for the gap.
    max_iter : int
    positive : bool
        Whether codes may not be negative.

    Returns
    -------
    Tensor of shape (n_components, n_samples)
    """
    w = torch.zeros_like(xy)
    gap, xta, dual_norm = _gap(w, gram, xy, norms, alpha, positive)
    moving = ((gap >= 0) & (gap <= tol * norms)).logical_not()
    opens = _screen(gap, xta, dual_norm, gram, alpha)
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _descended_in_a_graph(w, opens, moving, gram, xy, norms, alpha, tol, max_iter, positive)
    index = torch.arange(xy.shape[1], device=xy.device)
    finished: list[Tensor] = []
    indices: list[Tensor] = []
    count = torch.zeros((), dtype=torch.int64, device=xy.device)
    for _ in range(max_iter):
        kept = moving.nonzero().squeeze(1)
        if kept.shape[0] < index.shape[0]:
            gone = moving.logical_not().nonzero().squeeze(1)
            finished.append(w.index_select(1, gone))
            indices.append(index.index_select(0, gone))
            index, w, opens = index.index_select(0, kept), w.index_select(1, kept), opens.index_select(1, kept)
            xy, norms = xy.index_select(1, kept), norms.index_select(0, kept)
        if index.shape[0] == 0:
            break
        w, opens, moving = _descend(count, w, opens, gram, xy, norms, alpha, tol, max_iter, positive)
        count = count + 1
    finished.append(w)
    indices.append(index)
    return torch.cat(finished, 1).index_select(1, torch.cat(indices).argsort())


def _descended_in_a_graph(
    w: Tensor,
    opens: Tensor,
    moving: Tensor,
    gram: Tensor,
    xy: Tensor,
    norms: Tensor,
    alpha: Tensor,
    tol: Tensor,
    max_iter: int,
    positive: bool,
) -> Tensor:
    """All rows stay in the batch, those that are finished as they are: the graph has one shape."""
    from torch._higher_order_ops import while_loop

    def unfinished(count: Tensor, moving: Tensor, opens: Tensor, w: Tensor) -> Tensor:
        return (count < max_iter) & (moving.sum() > 0)

    def body(count: Tensor, moving: Tensor, opens: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        new, opened, goes_on = _descend(count, w, opens > 0, gram, xy, norms, alpha, tol, max_iter, positive)
        is_moving = moving > 0
        return (
            count + 1,
            (is_moving & goes_on).to(moving.dtype),
            opened.to(opens.dtype),
            torch.where(is_moving, new, w),
        )

    count = torch.zeros((), dtype=torch.int64, device=xy.device)
    state = (count, moving.to(torch.int64), opens.to(torch.int64), w)
    _, _, _, w = while_loop(unfinished, body, state)
    return w

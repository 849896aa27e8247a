"""Least angle regression and its Lasso on products alone: ``_lars_path_solver`` of linear_model/_least_angle.py.

scikit-learn keeps a Cholesky factor of the active atoms. Here it is a basis of their span that is orthonormal in the
sense of the Gram matrix: an atom joins by one step of Gram and Schmidt, and leaves by one reflection. It has one shape,
whichever atoms are active, so that all rows step together.
"""

import torch
from torch import Tensor

from .sparse_codes import join_basis


def _smallest_positive(values: Tensor) -> Tensor:
    """Smallest number above 0 of each row, infinity where there is none; shape (n_samples, 1)."""
    return values.masked_fill((values > 0).logical_not(), torch.inf).amin(dim=1, keepdim=True)


def _leave(basis: Tensor, atom: Tensor, last: Tensor) -> Tensor:
    """Basis without an atom: a reflection brings all of the atom into the last slot in use, which is emptied.

    Parameters
    ----------
    basis : Tensor of shape (n_samples, n_slots, n_components)
    atom : Tensor of shape (n_samples, n_components)
        One at the atom.
    last : Tensor of shape (n_samples, n_slots)
        One at the slot.
    """
    part = torch.bmm(basis, atom.unsqueeze(2)).squeeze(2)
    size = part.square().sum(dim=1, keepdim=True).sqrt()
    mirror = part + torch.where((part * last).sum(dim=1, keepdim=True) < 0, -size, size) * last
    norm = mirror.square().sum(dim=1, keepdim=True)
    weights = mirror * 2.0 / norm.masked_fill(norm == 0, 1.0)
    basis = basis - torch.bmm(weights.unsqueeze(2), torch.bmm(mirror.unsqueeze(1), basis))
    return basis * (1.0 - last).unsqueeze(2) * (1.0 - atom).unsqueeze(1)


def _step(
    state: list[Tensor], gram: Tensor, limits: list[Tensor], max_iter: int, lasso: bool, positive: bool
) -> tuple[list[Tensor], Tensor, Tensor]:
    """One step along the path for every row.

    Parameters
    ----------
    state : list of Tensor
        Of each row: products with the atoms, correlations in the row's own order of atoms, that order, basis of the
        active atoms, their codes, codes a step before, signs (0 where not active), penalty a step before, number of
        steps, number of active atoms, whether the last step ended where a code changed its sign.
    gram : Tensor of shape (n_components, n_components)
    limits : list of Tensor
        As :func:`lars_gram` makes them.
    max_iter : int
    lasso, positive : bool

    Returns
    -------
    state : list of Tensor
    moving : bool Tensor of shape (n_samples, 1)
    code : Tensor of shape (n_samples, n_components)
        Result of the rows that do not move any more.
    """
    xy, cov, order, basis, code, before, signs, last_alpha, n_iter, n_active, dropped = (
        state[0],
        state[1],
        state[2],
        state[3],
        state[4],
        state[5],
        state[6],
        state[7],
        state[8],
        state[9],
        state[10],
    )
    n_features, alpha_min, tolerance, digits, eps, pivot = (
        limits[0],
        limits[1],
        limits[2],
        limits[3],
        limits[4],
        limits[5],
    )
    n_components = gram.shape[0]
    place = torch.arange(n_components, device=gram.device)
    slots = torch.arange(basis.shape[1], device=gram.device)
    # The atom with the largest correlation.
    is_full = n_active >= n_components
    score = (cov if positive else cov.abs()).masked_fill(place < n_active, -torch.inf)
    best = score.argmax(dim=1, keepdim=True)
    largest = cov.gather(1, best)
    level = (largest if positive else largest.abs()).masked_fill(is_full, 0.0)
    alpha = level / n_features
    is_low = alpha <= alpha_min + tolerance
    between = is_low & ((alpha - alpha_min).abs() > tolerance) & (n_iter > 0)
    span = (last_alpha - alpha).masked_fill(between.logical_not(), 1.0)
    result = torch.where(between, before + (last_alpha - alpha_min) / span * (code - before), code)
    finished = is_low | (n_iter >= max_iter) | is_full
    # It joins, unless the last step ended for a change of sign. One that depends on the active atoms does not, and
    # scikit-learn leaves the order of the atoms changed, that of the correlations not.
    adds = (finished | (dropped > 0)).logical_not()
    head = n_active.clamp(max=n_components - 1)
    atom, first = order.gather(1, best), cov.gather(1, head)
    swapped = order.scatter(1, best, order.gather(1, head)).scatter(1, head, atom)
    order = torch.where(adds, swapped, order)
    vector, norm = join_basis(basis, gram, atom)
    diagonal = torch.maximum(norm.abs().sqrt(), eps)
    depends = adds & (diagonal < pivot)
    joins = adds & depends.logical_not()
    cov = torch.where(depends & (place == best), torch.zeros_like(cov), cov)
    cov = torch.where(joins & (place == best), first, cov)
    basis = torch.where((joins & (slots == n_active)).unsqueeze(2), (vector / diagonal).unsqueeze(1), basis)
    sign = torch.ones_like(largest) if positive else torch.sign(largest)
    signs = torch.where(joins & (place == atom), sign, signs)
    n_active = n_active + joins.to(n_active.dtype)
    if lasso:
        finished = finished | ((n_iter > 0) & (last_alpha < alpha) & depends.logical_not())
    goes_on = (finished | depends).logical_not()
    # The direction that makes equal angles with all active atoms, and how far it leads.
    products = torch.bmm(basis, signs.unsqueeze(2))
    direction = torch.bmm(products.transpose(1, 2), basis).squeeze(1)
    squared = (direction * signs).sum(dim=1, keepdim=True)
    speed = squared.masked_fill(squared <= 0, 1.0).rsqrt()
    direction = direction * speed
    toward = torch.mm(direction, gram).gather(1, order)
    toward = torch.round(toward * digits) / digits
    is_active = signs != 0
    is_out = place < n_active
    reach = _smallest_positive(_ratio(level - cov, speed - toward).masked_fill(is_out, 0.0))
    if not positive:
        other = _smallest_positive(_ratio(level + cov, speed + toward).masked_fill(is_out, 0.0))
        reach = torch.minimum(reach, other)
    reach = torch.minimum(reach, level / speed)
    zero = _ratio(-code, direction).masked_fill(is_active.logical_not(), 0.0)
    nearest = _smallest_positive(zero)
    crosses = goes_on & (nearest < reach)
    turned = is_active & crosses & (zero == nearest)
    signs = torch.where(turned, -signs, signs)
    if lasso:
        reach = torch.where(crosses, nearest, reach)
    moved = torch.where(is_active, code + reach * direction, torch.zeros_like(code))
    cov = torch.where(goes_on & is_out.logical_not(), cov - reach * toward, cov)
    before = torch.where(goes_on, code, before)
    code = torch.where(goes_on, moved, code)
    last_alpha = torch.where(goes_on, alpha, last_alpha)
    n_iter = n_iter + goes_on.to(n_iter.dtype)
    dropped = torch.where(goes_on, crosses.to(dropped.dtype), dropped)
    if lasso:
        # The atom whose code came to 0 leaves: it becomes the first that is not active.
        gone = (turned & (turned.to(torch.int64).cumsum(dim=1) == 1)).to(code.dtype)
        n_active = n_active - crosses.to(n_active.dtype)
        last = (slots == n_active).to(code.dtype)
        basis = torch.where(crosses.unsqueeze(2), _leave(basis, gone, last), basis)
        signs = torch.where(crosses & (gone > 0), torch.zeros_like(signs), signs)
        leaver = gone.argmax(dim=1, keepdim=True)
        position = (order == leaver).to(torch.int64).argmax(dim=1, keepdim=True)
        moved_up = torch.where((place >= position) & (place < n_active), order.roll(-1, 1), order)
        moved_up = torch.where(place == n_active, leaver, moved_up)
        order = torch.where(crosses, moved_up, order)
        left = (gone * (xy - torch.mm(code, gram))).sum(dim=1, keepdim=True)
        cov = torch.where(crosses & (place == n_active), left, cov)
    state = [xy, cov, order, basis, code, before, signs, last_alpha, n_iter, n_active, dropped]
    return state, finished.logical_not(), result


def _ratio(numerator: Tensor, denominator: Tensor) -> Tensor:
    """Quotient; 0 where the divisor is 0, where scikit-learn adds a tiny number to it and finds a huge step."""
    is_zero = denominator == 0
    return (numerator / denominator.masked_fill(is_zero, 1.0)).masked_fill(is_zero, 0.0)


def lars_gram(
    gram: Tensor, xy: Tensor, limits: list[Tensor], n_slots: int, max_iter: int, lasso: bool, positive: bool
) -> Tensor:
    """Least angle regression, each row until its penalty is reached.

    Parameters
    ----------
    gram : Tensor of shape (n_components, n_components)
    xy : Tensor of shape (n_samples, n_components)
        Products of rows and atoms.
    limits : list of Tensors of shape (1,)
        Number of features; smallest penalty; how near a penalty must be to be equal, the epsilon of float32; ten to the
        digits that directions are rounded to; smallest pivot, the epsilon of float64; pivot below which an atom depends
        on others.
    n_slots : int
        Atoms that may be active at once.
    max_iter : int
        Steps.
    lasso : bool
        Whether a code that changes its sign leaves.
    positive : bool
        Whether codes may not be negative.

    Returns
    -------
    Tensor of shape (n_samples, n_components)
    """
    n_samples, n_components = xy.shape
    column = torch.zeros_like(xy[:, :1])
    whole = torch.zeros_like(column, dtype=torch.int64)
    state = [
        xy,
        xy.clone(),
        torch.arange(n_components, device=xy.device).repeat(n_samples, 1),
        torch.zeros((n_samples, n_slots, n_components), dtype=xy.dtype, device=xy.device),
        torch.zeros_like(xy),
        torch.zeros_like(xy),
        torch.zeros_like(xy),
        column,
        whole,
        whole.clone(),
        whole.clone(),
    ]
    if not torch.jit.is_scripting():
        if torch.compiler.is_compiling():
            return _walked_in_a_graph(state, gram, limits, max_iter, lasso, positive)
    index = torch.arange(n_samples, device=xy.device)
    finished: list[Tensor] = []
    indices: list[Tensor] = []
    while index.shape[0] > 0:
        state, moving, result = _step(state, gram, limits, max_iter, lasso, positive)
        kept = moving.squeeze(1).nonzero().squeeze(1)
        if kept.shape[0] < index.shape[0]:
            gone = moving.squeeze(1).logical_not().nonzero().squeeze(1)
            finished.append(result.index_select(0, gone))
            indices.append(index.index_select(0, gone))
            index = index.index_select(0, kept)
            state = [part.index_select(0, kept) for part in state]
    if len(finished) == 0:
        return torch.zeros_like(xy)
    return torch.cat(finished).index_select(0, torch.cat(indices).argsort())


def _walked_in_a_graph(
    state: list[Tensor], gram: Tensor, limits: list[Tensor], max_iter: int, lasso: bool, positive: bool
) -> Tensor:
    """All rows stay in the batch; the result of each is kept from the step that finished it."""
    from torch._higher_order_ops import while_loop

    xy = state[0]

    def unfinished(moving: Tensor, result: Tensor, *rest: Tensor) -> Tensor:
        return moving.sum() > 0

    def body(moving: Tensor, result: Tensor, *rest: Tensor) -> tuple[Tensor, ...]:
        new, goes_on, found = _step([xy, *rest], gram, limits, max_iter, lasso, positive)
        is_moving = moving > 0
        result = torch.where(is_moving, found, result)
        return (moving * goes_on.to(moving.dtype), result, *new[1:])

    moving = torch.ones_like(state[8])
    _, result, *_ = while_loop(unfinished, body, (moving, torch.zeros_like(xy), *state[1:]))
    return result

"""How much shots are worth that share their noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["effective_shots"]


def effective_shots(outcomes: npt.NDArray[np.uint64], trajectories: int, bits: int) -> float:
    """Return how many independent shots tell as much about the bits as these shots do.

    Shots that share their errors are alike, so that an average over them varies more: by the
    factor 1 + (m - 1) rho for m shots a trajectory, rho being the share of a bit's variance that
    lies between trajectories. It is estimated from the outcomes (analysis of variance, all bits
    together).

    Parameters
    ----------
    outcomes : ndarray of uint64
        Shot k belongs to trajectory k modulo `trajectories`.
    trajectories : int
        At least 1.
    bits : int
        Bits of an outcome.

    Returns
    -------
    float
        From `trajectories` to the number of shots.

    Examples
    --------
    >>> import numpy as np
    >>> effective_shots(np.array([0, 1, 0, 1], dtype=np.uint64), 2, 1)  # nothing new in the second
    2.0
    >>> effective_shots(np.array([0, 0, 1, 1], dtype=np.uint64), 2, 1)
    4.0
    """
    shots = outcomes.size
    if trajectories >= shots or bits == 0:
        return float(shots)
    group = np.arange(shots) % trajectories
    sizes = np.bincount(group, minlength=trajectories)
    between = within = 0.0
    for bit in range(bits):
        values = ((outcomes >> np.uint64(bit)) & np.uint64(1)).astype(np.float64)
        means = np.bincount(group, weights=values, minlength=trajectories) / sizes
        between += float(sizes @ (means - values.mean()) ** 2)
        within += float(((values - means[group]) ** 2).sum())
    if trajectories == 1:
        return 1.0  # nothing tells how much the next trajectory would differ
    between /= trajectories - 1
    within /= shots - trajectories
    each = (shots - float((sizes**2).sum()) / shots) / (trajectories - 1)
    if between + within == 0.0:
        return float(shots)
    share = (between - within) / (between + (each - 1.0) * within)
    factor = 1.0 + (each - 1.0) * min(max(share, 0.0), 1.0)
    return float(min(max(shots / factor, trajectories), shots))

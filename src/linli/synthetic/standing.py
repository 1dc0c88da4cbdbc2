"""How well a community stands: one hidden figure behind its facilities and its survey's answers."""

import numpy as np
from numpy.typing import NDArray

from linli.synthetic.drawing import stream


def standing(seed: int, is_new: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Of each community, about normal; quarters built new as a whole stand well above the others."""
    drawn = stream(seed, "standing").normal(size=is_new.size)
    return np.where(is_new, np.abs(drawn) + 2.4, drawn)

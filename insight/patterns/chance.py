"""Which of many tested patterns are more than chance."""

import numpy as np

FALSE_ALARMS = 0.05  # of what is kept, the share that may be chance


def survivors(p_values: np.ndarray, *, tests: int, false_alarms: float = FALSE_ALARMS) -> np.ndarray:
    """Which of the p-values stand among `tests` looked at, those not listed counting as 1; bool, same shape.

    Source: Y. Benjamini, Y. Hochberg, "Controlling the False Discovery Rate", JRSS B 57, 1995, p. 293.
    """
    ordered = np.sort(p_values)
    passed = ordered <= false_alarms * np.arange(1, len(ordered) + 1) / max(tests, len(ordered), 1)
    return p_values <= (ordered[passed].max() if passed.any() else -1.0)

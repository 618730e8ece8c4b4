"""How fingers slip: how likely a word is written as another, by kind of slip.

Most slips hit a key beside the right one; letters that get lost, are swapped or are one too many follow. The shares are
round figures, not measured ones: only their order matters for which of two words is likelier.
"""

import math

from rapidfuzz.distance import OSA, Levenshtein

from nlu.perturb import NEIGHBOURS as KEYS

BESIDE, LOST, SWAPPED, ADDED, ELSEWHERE = 0.65, 0.18, 0.08, 0.06, 0.03  # shares of all slips
LETTERS = 26


def log_chance(word: str, *, meant: str) -> float:
    """Log chance that the slips between `meant` and `word` are of the kinds they are; 0 without any."""
    operations = Levenshtein.editops(meant, word)
    swapped = len(operations) - OSA.distance(meant, word)
    kinds = sorted(_log_share(one.tag, meant, word, one.src_pos, one.dest_pos) for one in operations)
    return swapped * math.log(SWAPPED) + sum(kinds[2 * swapped :])


def _log_share(kind: str, meant: str, word: str, at: int, to: int) -> float:
    if kind == "delete":
        return math.log(LOST)
    if kind == "insert":
        return math.log(ADDED / LETTERS)
    near = KEYS.get(meant[at], "")
    return math.log(BESIDE / len(near)) if word[to] in near else math.log(ELSEWHERE / LETTERS)

"""The order in which action units are listed."""

import re


def unit_number(unit: str) -> tuple[bool, list[int], str]:
    """By what units are put in order: by their numbers, what has none (a planted cue) last.

    Examples:
        >>> sorted(["earring", "AU12", "AU9+AU10", "AU4"], key=unit_number)
        ['AU4', 'AU9+AU10', 'AU12', 'earring']
    """
    numbers = [int(number) for number in re.findall(r"AU(\d+)", unit)]
    return not numbers, numbers, unit

"""Where action units show in the face, for readers who do not know their numbers."""

from fer_xai.analysis.unit_order import unit_number

_PLACES = {
    1: "inner brows",
    2: "outer brows",
    4: "brows",
    5: "upper lids",
    6: "cheeks",
    7: "lids",
    9: "nose",
    10: "upper lip",
    12: "corners of the mouth",
    15: "corners of the mouth",
    16: "lower lip",
    17: "chin",
    20: "mouth",
    23: "lips",
    24: "lips",
    25: "lips",
    26: "jaw",
    43: "eyelids",
}


def with_place(unit: str) -> str:
    """A player of known evidence with the places where it shows; what is no action unit names its place itself.

    Examples:
        >>> with_place("AU9+AU10")
        'AU9+AU10 (nose, upper lip)'
        >>> with_place("earring")
        'earring'
    """
    places = dict.fromkeys(_PLACES[number] for number in unit_number(unit)[1] if number in _PLACES)
    return f"{unit} ({', '.join(places)})" if places else unit

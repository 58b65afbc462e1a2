"""Drawn faces, and what they are without some of their action units."""

from collections.abc import Sequence

from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS, expression_name
from fer_xai.synthetic.face import Face
from fer_xai.synthetic.interventions import known_features
from fer_xai.synthetic.picture_plan import Picture


def draw_face(
    expression: str,
    *,
    subject: int = 0,
    number: int = 0,
    seed: int = 0,
    size: int = 256,
    without: str | int | Sequence[str | int] = (),
) -> Face:
    """Draw a face that shows an expression, or the same face without some of its action units.

    Args:
        expression: one of the six.
        subject: number of the person.
        number: another one gives the same person in another pose, light and strength.
        seed: another one gives other people.
        size: side of the picture in pixels.
        without: action units that are at rest, such as `AU12`, 12 or `["AU6", "AU12"]`; the rest of the picture stays.

    Returns:
        `image` uint8 RGB (size, size, 3), `landmarks` (68, 2) in its pixels, `units` with their intensity, 0 to 1.

    Raises:
        UserError: an unknown expression, or an action unit that this face does not show.

    Examples:
        >>> import fer_xai
        >>> smile = fer_xai.draw_face("happiness")
        >>> smile.image.shape, sorted(smile.units)
        ((256, 256, 3), [6, 12, 25])
        >>> sorted(fer_xai.draw_face("happiness", without="AU12").units)
        [6, 25]
    """
    picture = _picture(expression, subject, number, seed)
    names = [without] if isinstance(without, str | int) else list(without)
    absent = known_features(names)
    missing = [name for name in absent if name not in picture.features]
    if missing:
        raise UserError(f"this face does not show {missing[0]}: it shows {', '.join(picture.features)}")
    return picture.draw(size, [name for name in picture.features if name not in absent])


def draw_interventions(
    expression: str, *, subject: int = 0, number: int = 0, seed: int = 0, size: int = 256
) -> dict[str, Face]:
    """Draw a face, the same face without each of its action units in turn, and at rest.

    What a network answers to these tells what it uses: that is the known evidence of drawn faces.

    Args:
        expression: one of the six.
        subject: as for `draw_face`, like the rest.
        number: see there.
        seed: see there.
        size: see there.

    Returns:
        By name: `all`, `without AU6` and so on, `rest`.

    Raises:
        UserError: an unknown expression.

    Examples:
        >>> import fer_xai
        >>> faces = fer_xai.draw_interventions("happiness")
        >>> list(faces)
        ['all', 'without AU6', 'without AU12', 'without AU25', 'rest']
        >>> bool((faces["all"].image != faces["without AU12"].image).any())
        True
    """
    picture = _picture(expression, subject, number, seed)
    shown = {"all": picture.features}
    shown |= {
        f"without {name}": tuple(other for other in picture.features if other != name) for name in picture.features
    }
    return {name: picture.draw(size, features) for name, features in (shown | {"rest": ()}).items()}


def _picture(expression: str, subject: int, number: int, seed: int) -> Picture:
    name = expression_name(expression)
    if name not in EXPRESSIONS:
        raise UserError(f"{name} cannot be drawn: choose one of {', '.join(EXPRESSIONS)}")
    return Picture(seed, subject, number * len(EXPRESSIONS) + EXPRESSIONS.index(name))

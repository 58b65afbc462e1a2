"""Who is who where the names of folders tell: which level of folders is called by people."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fer_xai.data.sources.split_parts import part_of

#: Data sets by their names' letters: a folder that is called by one holds many people.
_DATA_SETS = re.compile(
    r"adfes|afew|affectnet|affwild|akdef|bpd|budfe|cafe|casia|casme|casmeii|celeba|ck|ckp|"
    r"ckplus|cohnkanade|cohnkanadeimages|cremad|dfew|disfa|emotic|emotionet|expw|facesdb|fec|fega|"
    r"fer|ferg|ferplus|ferv|ferwild|gemep|iaser|iemocap|imfdb|isafe|jaffe|kdef|lfw|mafw|mmi|mug|"
    r"nimstim|oulu|oulucasia|paper|pics|radboud|radiate|raf|rafd|rafdb|rafml|ravdess|samm|sfew|"
    r"smic|synthetic|tfeid|utkface|vggface|wsefep"
)
#: What folders are called by that is no person, with or without a number.
_THING = re.compile(
    r"age|aligned|all|annotated|archive|augmented|background|basic|batch|block|blurred|bw|cam|"
    r"camera|capture|class|clip|color|colour|condition|cropped|crops|cross|cv|data|database|"
    r"dataset|day|dir|emotion|emotions|exp|experiment|expr|expression|expressions|face|faces|fold|"
    r"folder|folds|frame|frames|front|frontal|gray|grayscale|grey|group|high|image|images|img|"
    r"imgs|in|intensity|kfold|lab|label|labels|left|level|light|lighting|low|manually|mask|"
    r"masked|medium|mild|mixed|original|originals|other|others|out|output|part|phase|photo|photos|"
    r"pic|pics|picture|pictures|pose|posed|private|processed|profile|public|raw|reject|resized|"
    r"right|round|run|sample|samples|segment|seq|sequence|sequences|series|ses|sess|session|set|"
    r"sets|side|site|size|small|source|split|splits|spontaneous|sset|stage|step|straight|strong|"
    r"subset|synth|take|task|trial|unaligned|unlabeled|version|video|videos|view|visit|wave|weak|"
    r"web|wild|zip"
)
#: Kinds of people; a number behind one of them makes a person (`M01`).
_THING_OR_KIND = re.compile(
    _THING.pattern + r"|"
    r"actors|adult|adults|african|asian|black|boy|boys|caucasian|child|children|chinese|controls|"
    r"european|f|female|females|girl|girls|healthy|indian|japanese|latino|m|male|males|man|"
    r"men|old|participants|patients|people|persons|subjects|w|white|woman|women|young"
)
#: Names of so many letters may be initials.
_INITIALS = 3
#: What people are called by in folders.
_PERSON = re.compile(
    r"([a-z]{1,3}|actor|id|part(icipant)?|patient|person|proband|subj(ect)?|user|volunteer)[ _.-]?\d+", re.IGNORECASE
)


class Place(NamedTuple):
    """Where an image lies.

    Attributes:
        above: the folders above that of the expression, from the top.
        beside: what the name of the expression's folder holds beside the expression: `P01` of `P01_anger`.
        below: the folders below it.
        expression: its word.
    """

    above: tuple[str, ...]
    beside: str
    below: tuple[str, ...]
    expression: str


def subjects_by_folder(places: Sequence[Place]) -> tuple[list[str], str]:
    """Take the subject from the names of folders.

    It is the nearest folder above the expression's that can be called by a person: not by a part of a split, a data
    set, a session and the like, and not the only one of its level unless its name is like that of a person. Else it is
    what stands beside the expression in the name of its folder, or a folder below it, if most of these names come with
    several expressions.

    Args:
        places: one for each image.

    Returns:
        The subjects, empty where unknown; and what was taken for the subject, empty if nothing was.
    """
    subjects, titles = [""] * len(places), []
    for title, names in _levels_above(places):
        people = _people(set(names) - {""})
        if any(name in people and not known for name, known in zip(names, subjects, strict=True)):
            subjects = [known or (name if name in people else "") for name, known in zip(names, subjects, strict=True)]
            titles.append(title)
    for title, names in () if any(subjects) else _levels_below(places):
        people = _people(set(names) - {""})
        if people and _recur(names, places):
            subjects, titles = [name if name in people else "" for name in names], [title]
            break
    return _with_data_sets(subjects, places), " or ".join(titles)


def is_no_person(name: str) -> bool:
    """Whether a folder's name says that it is not called by a person.

    Examples:
        >>> [is_no_person(name) for name in ("train", "session_2", "CK+48", "48x48", "male", "P0001", "M01", "Alice")]
        [True, True, True, True, True, False, False, False]
    """
    plain = name.strip().casefold()
    words = re.findall(r"[^\W\d_]+", plain)
    if part_of(plain) or _is_data_set(plain) or re.fullmatch(r"\d+ ?[x×] ?\d+(px)?", plain):
        return True
    kinds = _THING if re.search(r"\d", plain) else _THING_OR_KIND
    return bool(words) and all(kinds.fullmatch(word) or part_of(word) for word in words)


def _levels_above(places: Sequence[Place]) -> Iterator[tuple[str, list[str]]]:
    """Levels of folders above the expression's, the nearest first: title, and names."""
    for i in range(1, max((len(place.above) for place in places), default=0) + 1):
        title = "the folder above the expression's" if i == 1 else f"the folder {i} levels above the expression's"
        yield title, [place.above[-i] if len(place.above) >= i else "" for place in places]


def _levels_below(places: Sequence[Place]) -> Iterator[tuple[str, list[str]]]:
    """What stands beside the expression, and levels of folders below it: title, and names."""
    yield "the rest of the name of the expression's folder", [place.beside for place in places]
    for i in range(max((len(place.below) for place in places), default=0)):
        yield "the folder below the expression's", [place.below[i] if len(place.below) > i else "" for place in places]


def _people(names: set[str]) -> set[str]:
    """Those names of a level that are of people: where most can be, short ones, too (TR is not for training then)."""
    like = {name for name in names if _PERSON.fullmatch(name.strip()) and not is_no_person(name)}
    can_be = sum(not is_no_person(name) for name in names)
    if len(names) < 2 or 2 * can_be <= len(names):
        return like
    return {name for name in names if len(name) <= _INITIALS or not is_no_person(name)}


def _recur(names: list[str], places: Sequence[Place]) -> bool:
    """Whether most names come with several expressions, as people do."""
    expressions: dict[str, set[str]] = defaultdict(set)
    for name, place in zip(names, places, strict=True):
        if name:
            expressions[name].add(place.expression)
    return 2 * sum(len(words) > 1 for words in expressions.values()) > len(expressions)


def _with_data_sets(names: list[str], places: Sequence[Place]) -> list[str]:
    """People of several data sets are told apart, for they may be called alike."""
    sets = [next((name for name in place.above if _is_data_set(name)), "") for place in places]
    if len(set(sets)) < 2:
        return names
    return [f"{above}/{name}" if above and name else name for above, name in zip(sets, names, strict=True)]


def _is_data_set(name: str) -> bool:
    return bool(_DATA_SETS.fullmatch("".join(re.findall(r"[^\W\d_]+", name.casefold()))))

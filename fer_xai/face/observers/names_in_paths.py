"""What the paths of files tell: what was shown, and who looked."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath, PurePosixPath

from fer_xai.face.observers.file_names import parts_of

#: What a path's words name, a stimulus or an expression, and the other words joined by _; None where nothing is named.
Within = Callable[[str], tuple[str, str] | None]
#: What each file's path names, None for nothing, and its other words from the left.
NamedInPaths = list[tuple[str | None, list[str]]]


def named_in_paths(files: Sequence[Path], within: Within) -> NamedInPaths:
    """What each file's name, or else its folders with its name, speaks of.

    Args:
        files: whose folders count below the one that all of them lie in, which itself may name what all speak of.
        within: finds what is looked for in a name.

    Returns:
        For each file what it names, None where nothing is, and the other words of its path from the left.
    """
    top = os.path.commonpath([file.absolute().parent for file in files])
    named: NamedInPaths = []
    for file in files:
        path = PurePosixPath(*file.absolute().relative_to(top).with_suffix("").parts)
        folders, in_name = parts_of(str(path.parent)), within(file.stem)
        if in_name is not None:
            named.append((in_name[0], [*folders, *parts_of(in_name[1])]))
            continue
        in_path = (within(str(path)) if folders else None) or within(f"{PurePath(top).name}/{path}")
        named.append((in_path[0], parts_of(in_path[1])) if in_path else (None, [*folders, *parts_of(file.stem)]))
    return named


def observers_of(words: Sequence[Sequence[str]], stimuli: Sequence[str | None]) -> list[str] | None:
    """Who files are of, by the words of their paths that speak of nothing else.

    Words that all files share name nobody. Where one word alone, the third for instance, tells apart the files of each
    stimulus, the others are dates, or numbers of recordings or trials, and are passed over.

    Args:
        words: of each file.
        stimuli: of each file, None where its rows tell.

    Returns:
        A name per file; None where some have none, or all have the same, which names nobody.

    Examples:
        >>> observers_of([["P1", "Rec", "3"], ["P2", "Rec", "3"], ["P1", "Rec", "4"]], ["a", "a", "b"])
        ['P1', 'P2', 'P1']
    """
    if len(set(map(len, words))) == 1:
        columns = [list(column) for column in zip(*words, strict=True) if len(set(column)) > 1]
        alone = [column for column in columns if len(set(zip(column, stimuli, strict=True))) == len(words)]
        if alone:
            return min(alone, key=_as_names)
        rest = ["_".join(some) for some in zip(*columns, strict=True)]
    else:
        shared = set(words[0]).intersection(*words[1:])
        own = [[word for word in some if word not in shared] for some in words]
        rest = ["_".join(some) for some in (own if all(own) else words)]
    return rest if rest and all(rest) and len(set(rest)) > 1 else None


def _as_names(column: Sequence[str]) -> tuple[int, bool]:
    """What speaks against a word being the name of an observer: each file has another, or it holds no letter."""
    return len(set(column)), not any(letter.isalpha() for word in column for letter in word)

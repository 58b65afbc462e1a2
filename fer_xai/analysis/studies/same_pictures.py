"""Whether pictures, or trained networks, could be in both of two studies."""

import pandas as pd

from fer_xai.analysis.studies.two_studies import OneStudy, TwoStudies
from fer_xai.analysis.words.sentences import sentence
from fer_xai.errors import UserError
from fer_xai.results.submission.contents import PICTURES
from fer_xai.results.submission.picture_hashes import contents, secret_mark, under_secret


def shared_pictures(two: TwoStudies, secret: str | None) -> tuple[int | None, list[str]]:
    """How many pictures both studies have, and what is to be said of it.

    Args:
        two: the studies.
        secret: that archives list their pictures under; None without one. Two folders need none.

    Returns:
        The number, None where nothing tells; and sentences.

    Raises:
        UserError: a secret that an archive was not made with.
    """
    sentences = _same_networks(two)
    prints = [{run.record.data.get("fingerprint", "") for run in one.study.complete} - {""} for one in two.both]
    if prints[0] & prints[1]:
        return None, [sentence("same_data"), *sentences]
    lists = _lists(two, secret)
    if lists is not None:
        common = len(lists[0] & lists[1])
        said = sentence("common_pictures", common=common, first=len(lists[0]), second=len(lists[1]))
        return common, [said, *sentences]
    names = [{name for run in one.study.complete for name in run.record.data.get("names", ())} for one in two.both]
    return None, [sentence("perhaps_common_pictures", names=sorted(names[0] & names[1])), *sentences]


def _same_networks(two: TwoStudies) -> list[str]:
    prints = [{run.record.training_fingerprint for run in one.study.complete} - {""} for one in two.both]
    common = len(prints[0] & prints[1])
    return [sentence("same_networks", number=common)] if common else []


def _lists(two: TwoStudies, secret: str | None) -> tuple[frozenset[str], frozenset[str]] | None:
    """The pictures of both, in one form; None where one does not tell, or not in this form."""
    if secret is None and any(one.manifest is not None for one in two.both):
        return _listed_both(two)
    first, second = (_under(one, secret) for one in two.both)
    return (first, second) if first and second else None


def _listed_both(two: TwoStudies) -> tuple[frozenset[str], frozenset[str]] | None:
    """Two archives that were made with the same secret can be compared without it."""
    marks = [((one.manifest or {}).get("pictures") or {}).get("secret") for one in two.both]
    if marks[0] is None or marks[0] != marks[1]:
        return None
    return _listed(two.first), _listed(two.second)


def _under(one: OneStudy, secret: str | None) -> frozenset[str]:
    if one.manifest is None:
        own = contents(one.study.complete)
        return own if secret is None or not own else under_secret(own, secret)
    pictures = one.manifest.get("pictures")
    if not pictures:
        return frozenset()
    if secret is None or pictures.get("secret") != secret_mark(secret):
        raise UserError(f"secret: the archive {one.name} was made with another one; agree on one, or leave it out")
    return _listed(one)


def _listed(one: OneStudy) -> frozenset[str]:
    return frozenset(pd.read_csv(one.study.paths.root / PICTURES, dtype=str)["picture"])

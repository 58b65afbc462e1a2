"""What to tell somebody whose crops leave the pictures."""

from collections.abc import Mapping

import pandas as pd

#: A data set whose crops lie inside the pictures by less than this (the median share) seems to be cut out already.
LEAST_INSIDE = 0.9


def cropping_advice(frame: pd.DataFrame, settings: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """A sentence for each data set whose crops leave the pictures so far that it seems to be cut out already.

    Args:
        frame: of prepared faces: columns dataset, inside and, where it is known, cropped; images that are taken whole
            are passed over.
        settings: name of a data set -> its config node, where that is not `data`.
    """
    detected = frame[~frame["cropped"].astype(bool)] if "cropped" in frame.columns else frame
    medians = detected.groupby("dataset", sort=False)["inside"].median()
    return tuple(
        f"half of the crops of {name} lie inside their pictures by {100 * median:.0f} % or less, and what lies outside "
        "is black: if these are faces that are cut out already, set "
        f"{(settings or {}).get(str(name), 'data')}.cropped=true"
        for name, median in medians.items()
        if median < LEAST_INSIDE
    )


def cut_off_faces(frame: pd.DataFrame) -> str:
    """A sentence on faces of which a part lies outside the picture, such as the chin; empty if there is none.

    Args:
        frame: of prepared faces, with the column outside.
    """
    number = int((frame["outside"] > 0).sum())
    if not number:
        return ""
    return (
        f"{number} of {len(frame)} faces have landmarks outside their pictures, such as those of a chin or a jaw that "
        "is cut off (column outside of prepared.csv)"
    )

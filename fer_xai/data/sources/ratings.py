"""The expression of an image from people's ratings of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from fer_xai.data.sources.setting import setting
from fer_xai.data.sources.table_columns import need_column
from fer_xai.errors import UserError


def rated(
    rows: pd.DataFrame, image: str, ratings: Mapping[str, str | None], least: float | None, file: object
) -> tuple[pd.DataFrame, dict[int, str]]:
    """Find the expression with the highest rating of each image.

    Args:
        rows: strings, as `read_rows` gives them; several rows of an image (one for each person who rated it) are
            averaged.
        image: name of the column of the image.
        ratings: columns of ratings with the expressions that they are for.
        least: the highest rating must be at least this; None for any.
        file: where they stand, for messages.

    Returns:
        One row for each image, the first of its rows, with further columns `expression` (the column of ratings that
        won) and `rating` (its rating); and why images are to be left out, by index: the highest rating is shared or
        low, or there is none.

    Raises:
        UserError: a column is missing, or holds something that is no number.
    """
    columns = [need_column(rows, str(name), file, setting("ratings")) for name in ratings]  # type: ignore[arg-type]
    values = pd.DataFrame({name: _numbers(rows[name], file) for name in columns}, index=rows.index)
    values = values.groupby(rows[image].to_numpy()).transform("mean")
    first = ~rows[image].duplicated() | (rows[image] == "")
    rows, values = rows[first], values[first]
    highest = values.max(axis=1)
    best = values.eq(highest, axis=0)
    reasons: dict[int, str] = {}
    for row in values.index:
        winners = [name for name in columns if best.at[row, name]]
        if np.isnan(highest[row]):
            reasons[row] = "no ratings"
        elif len(winners) > 1:
            reasons[row] = f"highest rating is shared: {' and '.join(winners)} {highest[row]:g}"
        elif least is not None and highest[row] < least:
            reasons[row] = f"highest rating below data.min_rating: {winners[0]} {highest[row]:g}"
    words = np.array([*map(str, ratings)], dtype=object)[best.to_numpy().argmax(axis=1)]
    return rows.assign(expression=words, rating=highest), reasons


def _numbers(cells: pd.Series, file: object) -> pd.Series:
    """Ratings as numbers, NaN where empty; fractions may be written with a comma."""
    text = cells.astype(str).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(text, errors="coerce")
    odd = numbers.isna() & ~text.str.casefold().isin(["", "nan", "na", "n/a", "-"])
    if odd.any():
        raise UserError(f"{file}, row {odd.idxmax()}: '{cells[odd].iloc[0]}' in the column '{cells.name}' is no rating")
    return numbers

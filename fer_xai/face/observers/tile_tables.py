"""Tables of what observers did with tiles: their weights, or every trial."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fer_xai.errors import UserError
from fer_xai.face.observers.file_names import StimulusNames
from fer_xai.face.observers.right_answers import RIGHT, WRONG
from fer_xai.face.observers.stimuli import Stimuli, meant_expressions
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.face.observers.tile_weights import tile_weights
from fer_xai.tables.columns import find_column, shown
from fer_xai.tables.numbers import as_numbers
from fer_xai.tables.spreadsheet import read_rows

_WEIGHT = re.compile(r"t(?:ile)?[_ .]?(?P<number>\d+)")


@dataclass(frozen=True)
class TileTables:
    """How tables of tiles are read.

    Attributes:
        grid: of tiles.
        quickest: right answers after more tiles than this do not count; None for a third of the tiles.
        columns: role (observer, stimulus, answer, right, tiles) -> the column's name.
        node: config node of the reference, for messages.
    """

    grid: TileGrid
    quickest: float | None
    columns: Mapping[str, str]
    node: str = "reference.tiles"

    def read(self, file: Path, stimuli: Stimuli) -> pd.DataFrame:
        """The weights that a table holds, or those of its trials.

        A table with a column of uncovered tiles is one of trials; another has a column of weights for each tile, t0, t1
        and so on.

        Args:
            file: csv or spreadsheet.
            stimuli: of the experiment; what each shows tells which answers are right, where no column does.

        Returns:
            A row per observer and stimulus: columns observer, stimulus, expression, and the places of the tiles, from
            0; NaN where there is no weight.

        Raises:
            UserError: the table cannot be read, lacks a column, or does not go with the grid.
        """
        rows = read_rows(file, f"{self.node}.files")
        rows.attrs.clear()
        where = f"{self.node}.files={file}"
        tiles = find_column(rows, self.columns["tiles"])
        if tiles is None and not any(_WEIGHT.fullmatch(str(name).casefold()) for name in rows.columns):
            raise UserError(
                f"{where} has neither a column {self.columns['tiles']} (what was uncovered) nor columns t0, t1 ... "
                f"(weights); it has: {shown([*rows.columns])}"
            )
        who = pd.DataFrame({role: self._column(rows, role, where) for role in ("observer", "stimulus")})
        for line in rows.index[(who == "").any(axis=1)]:
            raise UserError(f"{where}, line {line}: observer or stimulus is empty")
        names = StimulusNames(stimuli.expressions)
        who["stimulus"] = who["stimulus"].map(lambda word: names.find(word) or word)
        shown_by = find_column(rows, "expression")
        if shown_by is not None:
            stimuli = stimuli.with_expressions(
                dict(zip(who["stimulus"], meant_expressions(rows[shown_by], where), strict=True))
            )
        expressions = {name: stimuli.expression_of(name) for name in who["stimulus"].unique()}
        if tiles is None:
            weights = self._once(who, where).join(pd.DataFrame(self._weights(rows, where), index=who.index))
        else:
            right = self._right(rows, who["stimulus"].map(expressions), where)
            weights = self._from_trials(who, self._uncovered(rows[tiles], where), right)
        return weights.assign(expression=weights["stimulus"].map(expressions))

    def _column(self, rows: pd.DataFrame, role: str, where: str) -> "pd.Series[str]":
        name = find_column(rows, self.columns[role])
        if name is None:
            raise UserError(
                f"{where} has no column {self.columns[role]}: name it by {self.node}.{role}_column; it has: "
                f"{shown([*rows.columns])}"
            )
        return rows[name]

    def _weights(self, rows: pd.DataFrame, where: str) -> NDArray[np.float64]:
        numbered = {
            int(match["number"]): name for name in rows.columns if (match := _WEIGHT.fullmatch(str(name).casefold()))
        }
        first = min(numbered)
        if first > 1 or sorted(numbered) != list(range(first, first + len(self.grid))):
            raise UserError(
                f"{where} has {len(numbered)} columns of weights, {numbered[first]} to {numbered[max(numbered)]}: "
                f"{self.grid}; set {self.node}.rows and {self.node}.columns"
            )
        return np.stack(
            [as_numbers(rows[numbered[n]], f"{where}, column {numbered[n]}") for n in sorted(numbered)], axis=1
        )

    def _once(self, who: pd.DataFrame, where: str) -> pd.DataFrame:
        for line, observer, stimulus in who[who.duplicated()].itertuples():
            raise UserError(f"{where}, line {line}: a second row of observer {observer} and stimulus {stimulus}")
        return who

    def _uncovered(self, text: "pd.Series[str]", where: str) -> NDArray[np.bool_]:
        """Which tiles were uncovered, (rows, tiles), whatever stands between their numbers."""
        uncovered = np.zeros((len(text), len(self.grid)), dtype=bool)
        for place, (line, cell) in enumerate(text.items()):
            numbers = [int(number) - self.grid.first for number in re.findall(r"\d+", cell)]
            if any(not 0 <= number < len(self.grid) for number in numbers):
                wrong = next(number for number in numbers if not 0 <= number < len(self.grid)) + self.grid.first
                raise UserError(
                    f"{where}, line {line}: there is no tile {wrong}: {self.grid}; set {self.node}.rows, "
                    f"{self.node}.columns, or {self.node}.first_tile"
                )
            if not numbers and re.search(r"[^\W\d_]", cell):
                raise UserError(f"{where}, line {line}: '{cell}' names no tiles, such as 21-41-3")
            uncovered[place, numbers] = True
        return uncovered

    def _right(self, rows: pd.DataFrame, expression: "pd.Series[str]", where: str) -> NDArray[np.bool_]:
        """Whether each answer is right: by its column, or because it is what the stimulus shows."""
        name = find_column(rows, self.columns["right"])
        if name is None:
            answers = meant_expressions(self._column(rows, "answer", where), where)
            return np.array(answers) == expression.to_numpy()
        words = rows[name].str.casefold()
        for line, word in words[~words.isin(RIGHT | WRONG)].items():
            raise UserError(f"{where}, column {name}, line {line}: '{word}' is neither 1 nor 0")
        return words.isin(RIGHT).to_numpy()

    def _from_trials(self, who: pd.DataFrame, uncovered: NDArray[np.bool_], right: NDArray[np.bool_]) -> pd.DataFrame:
        """Weights from right answers, see `tile_weights`; answers for which nothing was uncovered tell nothing."""
        counts = right & uncovered.any(axis=1)
        rows, weights = [], []
        for key, places in who.reset_index(drop=True).groupby(["observer", "stimulus"], sort=False).indices.items():
            rows.append(key)
            weights.append(tile_weights(uncovered[places][counts[places]], self.quickest))
        return pd.DataFrame(rows, columns=["observer", "stimulus"]).join(pd.DataFrame(np.stack(weights)))

"""The data source `data=synthetic`."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import filelock

from fer_xai.data.cache import cache_dir as cache_folder
from fer_xai.data.cache import writable_folder
from fer_xai.data.face_table import FaceTable
from fer_xai.data.sources.setting import setting
from fer_xai.errors import UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.face.observers.tile_grid import TileGrid
from fer_xai.synthetic.cues.base import cue_named
from fer_xai.synthetic.drawn_files import Job, draw_files, missing
from fer_xai.synthetic.drawn_tables import label_table, landmark_array
from fer_xai.synthetic.export import export_dataset
from fer_xai.synthetic.picture_plan import Picture, pictures, set_name
from fer_xai.synthetic.planted import PlantedCue
from fer_xai.synthetic.tile_study import write_tile_study

#: Smaller pictures than this would be enlarged for the networks.
LEAST_SIZE = 224


class SyntheticSource:
    """Faces drawn by this package: nothing is downloaded, the same settings always give the same pictures.

    Pictures are kept in the cache under their seed, size and the version of the drawing. More people or more pictures
    of each add to those that are there.

    Args:
        subjects: number of people.
        per_expression: pictures of each person and expression.
        seed: another seed gives other people.
        size: side of a picture in pixels, at least 224.
        expressions: of the study: those of the six that are among them are drawn.
        cache_dir: the cache folder; None takes what `fer_xai.data.cache` says.
        workers: processes that draw; None takes one per core.
        cue: name of something planted in the pictures that no expression needs, see `cues`: every face is then there
            with it and without it, and the part of the split chooses, see `PlantedCue`; None for none.
        cue_expression: that it comes with in training.
        cue_rate: share of this expression's faces that have it in training, 0 to 1.
        cue_base_rate: share of all other faces that have it, and of all faces in the test part.
        keep_rest: whether hidden pixels may show the face at rest (`hide: rest`); it is drawn when it is wanted.
        name: of the data set.

    Raises:
        UserError: a number is out of range, or there is no such cue.
    """

    #: All that can be drawn.
    SHOWS: ClassVar[tuple[str, ...]] = EXPRESSIONS

    def __init__(
        self,
        subjects: int = 50,
        per_expression: int = 2,
        seed: int = 0,
        size: int = 256,
        expressions: Sequence[str] = EXPRESSIONS,
        cache_dir: str | None = None,
        workers: int | None = None,
        cue: str | None = None,
        cue_expression: str | None = None,
        cue_rate: float = 0.9,
        cue_base_rate: float = 0.1,
        keep_rest: bool = True,
        name: str = "synthetic",
    ) -> None:
        numbers = {"subjects": (subjects, 1), "per_expression": (per_expression, 1), "seed": (seed, 0)}
        for key, (value, least) in {**numbers, "size": (size, LEAST_SIZE)}.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise UserError(f"data.{key}={value}: a whole number of at least {least} is needed")
        if workers is not None and workers < 1:
            raise UserError(f"{setting('workers')}={workers}: at least 1 is needed, or null for one per core")
        self.subjects, self.per_expression, self.seed, self.size = subjects, per_expression, seed, size
        self.expressions = tuple(expressions)
        self.cache_dir, self.workers, self.name = cache_dir, workers, name
        self.keep_rest = keep_rest
        self.planted = _planted(cue, cue_expression, cue_rate, cue_base_rate, self.expressions)

    def listing(self) -> FaceTable:
        """List the pictures as `read` does, without drawing any and without landmarks.

        Raises:
            UserError: the cache cannot be written.
        """
        folder = self._folder()
        planned = self._planned()
        frame = label_table(planned, self.size, self.planted)
        frame["image"] = [_path(folder, picture).name for picture in planned]
        frame.insert(1, "path", [str(_path(folder, picture)) for picture in planned])
        frame.insert(4, "dataset", self.name)
        return FaceTable(frame)

    def read(self) -> FaceTable:
        """Draw what is not in the cache yet, and list the pictures.

        Returns:
            The table, with true landmarks, and columns `intensity`, one per action unit (AU01 ...), and `drawing`, by
            which each face can be drawn again.

        Raises:
            UserError: the cache cannot be written.
        """
        folder = self._folder()
        planned = self._planned()
        jobs = [Job(picture, _path(folder, picture), self.size) for picture in planned]
        if missing(jobs):
            with filelock.FileLock(folder.with_suffix(".lock")):
                # Another process may have drawn them while this one waited.
                draw_files(missing(jobs), self.workers, "drawing faces")
        return replace(self.listing(), landmarks=landmark_array(planned, self.size))

    def export(self, out: Path, rest: bool = True) -> None:
        """Write the pictures as a table data set; see `export_dataset`."""
        export_dataset(
            out,
            subjects=self.subjects,
            per_expression=self.per_expression,
            seed=self.seed,
            size=self.size,
            expressions=self.expressions,
            workers=self.workers,
            rest=rest,
            planted=self.planted,
        )

    def export_tiles(self, out: Path, grid: TileGrid, observers: int) -> None:
        """Write what an experiment needs that uncovers these faces tile by tile; see `write_tile_study`."""
        write_tile_study(out, self._planned(), self.size, self.seed, grid, observers)

    def _planned(self) -> list[Picture]:
        planned = list(pictures(self.subjects, self.per_expression, self.seed, self.expressions))
        return self.planted.both(planned) if self.planted else planned

    def _folder(self) -> Path:
        folder = cache_folder(self.cache_dir) / "synthetic" / set_name(self.seed, self.size)
        return writable_folder(folder, "cache folder")


def _planted(
    cue: str | None, expression: str | None, rate: float, base_rate: float, expressions: Sequence[str]
) -> PlantedCue | None:
    """The settings of a cue, held against what there is.

    Raises:
        UserError: no such cue, an expression that is not drawn, or a rate that is none.
    """
    for key, value in (("cue_rate", rate), ("cue_base_rate", base_rate)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise UserError(f"{setting(key)}={value}: a share from 0 to 1 is needed")
    there = [name for name in EXPRESSIONS if name in expressions]
    if cue is None:
        if expression is not None:
            key = setting("cue")
            raise UserError(f"{setting('cue_expression')}={expression}: no cue is planted; {key}=NAME plants one")
        return None
    cue_named(cue, setting("cue"))
    if expression not in there:
        said = "null" if expression is None else expression
        raise UserError(
            f"{setting('cue_expression')}={said}: name the expression that the cue comes with: {', '.join(there)}"
        )
    return PlantedCue(cue, expression, float(rate), float(base_rate))


def _path(folder: Path, picture: Picture) -> Path:
    return folder / f"{picture.name}.png"

"""Drawn faces written as an ordinary table data set."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fer_xai.expressions import EXPRESSIONS
from fer_xai.synthetic.drawn_files import Job, draw_files, write_whole
from fer_xai.synthetic.drawn_tables import label_table, landmark_array, landmark_table
from fer_xai.synthetic.picture_plan import pictures
from fer_xai.synthetic.planted import PlantedCue


def export_dataset(
    out: Path,
    *,
    subjects: int,
    per_expression: int,
    seed: int,
    size: int = 256,
    expressions: Sequence[str] = EXPRESSIONS,
    workers: int | None = None,
    rest: bool = True,
    planted: PlantedCue | None = None,
) -> None:
    """Write pictures, labels and landmarks.

    Args:
        out: folder, made if need be: `images/NAME.png`, `labels.csv` (image, expression, subject, intensity, one column
            per action unit such as AU12 with 0 to 1, drawing, by which the face can be drawn again, and with `rest` the
            column rest), `landmarks.csv` (image, x0, y0 ... x67, y67). File names are relative to the folder. The
            tables are written last.
        subjects: number of people.
        per_expression: pictures of each person and expression.
        seed: another seed gives other people.
        size: side of a picture in pixels, at least 224.
        expressions: those of the six that are among them are drawn.
        workers: processes; None takes one per core.
        rest: whether to draw each face at rest as well, as `rest/NAME.png`: the same person, pose, light, background
            and noise, so that the pictures differ by the expression alone.
        planted: a cue; every face is then written with it and without it, and labels.csv has the columns cue and
            shown_in, too.

    Raises:
        UserError: the folder cannot be written.
    """
    planned = list(pictures(subjects, per_expression, seed, expressions))
    planned = planted.both(planned) if planted else planned
    jobs = [Job(picture, out / "images" / f"{picture.name}.png", size) for picture in planned]
    if rest:
        jobs += [Job(picture, out / "rest" / f"{picture.name}.png", size, rest=True) for picture in planned]
    draw_files(jobs, workers, "drawing faces")
    labels = label_table(planned, size, planted)
    if rest:
        labels["rest"] = [f"rest/{picture.name}.png" for picture in planned]
    landmarks = landmark_table(labels["image"].tolist(), landmark_array(planned, size))
    _write_csv(out / "landmarks.csv", landmarks.round(3))
    _write_csv(out / "labels.csv", labels)


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    write_whole(path, table.to_csv(index=False, lineterminator="\n").encode())

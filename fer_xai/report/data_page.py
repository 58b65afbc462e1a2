"""The page of a data set: one file that shows faces and is meant for this machine only."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from fer_xai import __version__
from fer_xai.data.advice import cut_off_faces
from fer_xai.data.face_table import reason_kinds
from fer_xai.files import write_csv, write_json, write_text
from fer_xai.report.data_copies import copies_facts
from fer_xai.report.data_facts import contact_rows, counts_by, doubtful_rows, fold_words, people, summary
from fer_xai.report.data_pictures import face_tile, mean_face_tile, picture_tile, quality_figure
from fer_xai.report.page_templates import page_templates
from fer_xai.report.plots.style import house_style, shorten

if TYPE_CHECKING:
    from fer_xai.data.overview import Overview

#: The page lists so many people, and of each reason so many left-out images, so many of them as pictures; the csv files
#: beside it list all.
_MOST_PEOPLE, _MOST_LEFT_OUT, _MOST_PICTURES = 300, 40, 8


def write_data_page(overview: "Overview", out: Path, per_expression: int, worst: int, seed: int) -> Path:
    """Write `index.html`, `summary.json`, `prepared.csv`, `left_out.csv`, `subjects.csv` and `duplicates.csv`.

    Args:
        overview: the data set.
        out: folder for the files.
        per_expression: faces of each expression on the contact sheet.
        worst: faces for each kind of doubt.
        seed: decides which faces the contact sheet shows.

    Returns:
        The page.

    Raises:
        UserError: a file cannot be written.
    """
    faces = overview.faces
    subjects = counts_by(people(faces.frame), faces.frame, faces.expressions)
    write_csv(out / "prepared.csv", faces.frame.drop(columns="path").assign(fold=overview.folds))
    write_csv(out / "left_out.csv", faces.left_out)
    write_csv(out / "subjects.csv", subjects.rename_axis("subject").reset_index())
    write_csv(out / "duplicates.csv", overview.duplicates.report)
    write_json(out / "summary.json", summary(overview))
    page = out / "index.html"
    write_text(page, render(_facts(overview, subjects, per_expression, worst, seed)))
    return page


def render(facts: dict[str, Any]) -> str:
    """The page as text; whatever comes from data is escaped."""
    return page_templates().get_template("data.html.j2").render(facts)


def _facts(overview: "Overview", subjects: pd.DataFrame, per_expression: int, worst: int, seed: int) -> dict[str, Any]:
    faces, frame = overview.faces, overview.faces.frame
    known = subjects.drop(index="", errors="ignore")
    with house_style():
        quality = quality_figure(frame)
    return {
        "version": __version__,
        "summary": summary(overview),
        "expressions": faces.expressions,
        "datasets": counts_by(frame["dataset"], frame, faces.expressions),
        "folds": _fold_table(overview),
        "people": known.iloc[:_MOST_PEOPLE],
        "more_people": max(0, len(known) - _MOST_PEOPLE),
        "per_person": known["all"].describe() if len(known) else None,
        "fold_words": fold_words(overview),
        "left_out": _left_out(overview),
        "cut_off": cut_off_faces(frame),
        "quality": quality,
        "contact": {
            name: [_tile(overview, row, None) for row in rows]
            for name, rows in contact_rows(overview, per_expression, seed).items()
        },
        "means": {name: (mean_face_tile(face), number) for name, (face, number) in overview.mean_faces.items()},
        "doubts": [
            (heading, unit, [_tile(overview, row, name) for row in rows])
            for heading, name, unit, rows in doubtful_rows(frame, worst)
        ],
        **copies_facts(overview.duplicates, frame, lambda row: _tile(overview, row, None)),
    }


def _fold_table(overview: "Overview") -> pd.DataFrame:
    """Images by fold and expression, with the number of people."""
    faces = overview.faces
    rows = overview.folds >= 0
    frame = faces.frame[rows]
    names = np.array(overview.fold_names, dtype=object)[overview.folds[rows]] if rows.any() else []
    table = counts_by(names, frame, faces.expressions)
    persons = people(frame).groupby(np.asarray(names, dtype=object)).agg(lambda who: len(set(who) - {""}))
    table = table.assign(people=persons.reindex(table.index))
    return table.loc[[name for name in overview.fold_names if name in table.index]]


def _left_out(overview: "Overview") -> list[dict[str, Any]]:
    """The images that were left out by kind of reason, the worst first, with pictures where there is a file."""
    faces = overview.faces
    kinds, unusable = reason_kinds(faces.left_out), faces.unusable
    reasons = []
    for kind, number in summary(overview)["left_out_reasons"].items():
        of_kind = unusable[(reason_kinds(unusable) == kind).to_numpy()]
        tiles = ((row.image, row.reason, picture_tile(Path(row.path))) for row in of_kind.itertuples())
        shown = islice(((image, reason, uri) for image, reason, uri in tiles if uri), _MOST_PICTURES)
        reasons.append(
            {
                "kind": kind,
                "number": number,
                "tiles": [
                    {"image": shorten(Path(image).name, 40), "detail": _detail(reason), "uri": uri}
                    for image, reason, uri in shown
                ],
                "images": [
                    {"image": row.image, "detail": _detail(row.reason)}
                    for row in faces.left_out[(kinds == kind).to_numpy()].iloc[:_MOST_LEFT_OUT].itertuples()
                ],
                "more": max(0, number - _MOST_LEFT_OUT),
            }
        )
    return reasons


def _detail(reason: str) -> str:
    """What a reason says beyond its kind."""
    return reason.partition(":")[2].strip()


def _tile(overview: "Overview", row: int, figure: str | None) -> dict[str, Any]:
    """What is shown of one face: picture, id, person, expression, and the figure that makes it doubtful."""
    faces = overview.faces
    known = faces.frame.loc[row]
    return {
        "uri": face_tile(faces.crops[row], faces.landmarks[row]),
        "image": shorten(Path(known["image"]).name, 40),
        "who": people(faces.frame.loc[[row]]).iloc[0],
        "expression": known["expression"],
        "figure": "" if figure is None else f"{known[figure]:.3g}",
    }

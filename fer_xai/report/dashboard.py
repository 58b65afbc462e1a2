"""A study for Weights & Biases: one run with figures and tables, and the definition of a workspace over all runs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from fer_xai.errors import UserError
from fer_xai.results.files import read_json, write_json
from fer_xai.results.paths import StudyPaths

#: Beginnings of the names of figures that are sent. Examples of single images are never among them.
FIGURES = (
    *("heatmaps", "scores", "accuracies", "confusions", "dendrogram", "distances", "pretraining"),
    *("agreement", "trust", "regions"),
)
#: Tables of `analysis/` that are sent.
TABLES = ("iou", "accuracy", "clusters", "pretraining", "agreement", "trust")


def log_study(study: StudyPaths, settings: Mapping[str, Any]) -> str:
    """Log one run for the study itself: figures, tables, and its answer as summary values; write the workspace.

    The run has an id of its own, so that the same study analysed again goes on in the same run. What is sent is what
    the tables and figures of the report hold: global heatmaps over the mean face of ten people or more, and numbers.

    Args:
        study: an analysed study.
        settings: project, entity, offline, tags: the node `logger.wandb` of the config.

    Returns:
        One line that says where it is.

    Raises:
        UserError: wandb refused.
    """
    import wandb

    name = study.root.resolve().name
    summary = read_json(study.analysis / "summary.json")
    try:
        run = wandb.init(
            project=settings["project"],
            entity=settings.get("entity"),
            group=name,
            job_type="study",
            name=f"{name} (study)",
            id=f"{name}-study".replace(" ", "-"),
            resume="allow",
            mode="offline" if settings.get("offline", True) else "online",
            tags=list(settings.get("tags") or ()),
            dir=study.root,
        )
    except wandb.errors.Error as error:
        raise UserError(f"wandb cannot take the study: {' '.join(str(error).split())}") from error
    try:
        run.log({f"figures/{path.stem}": wandb.Image(str(path), caption=path.stem) for path in _figures(study)})
        run.log(
            {
                f"tables/{table}": wandb.Table(dataframe=_words(pd.read_csv(study.analysis / f"{table}.csv")))
                for table in TABLES
                if (study.analysis / f"{table}.csv").exists()
            }
        )
        run.summary.update(_answers(summary))
    finally:
        run.finish()
    write_json(study.dashboard, {"project": settings["project"], "entity": settings.get("entity"), "name": name})
    place = "kept on this machine, fer-xai sync uploads it" if settings.get("offline", True) else "uploaded"
    return f"wandb: run {name} (study) in project {settings['project']}, {place}{_write_workspace(study, settings)}"


def _answers(summary: Mapping[str, Any]) -> dict[str, float]:
    """The study's answer in figures, flat."""
    metric = summary["metric"]
    answers = {f"{metric}/mean/{key}": summary["mean"][key] for key in ("value", "low", "high")}
    answers |= {f"{metric}/baseline/{name}": item["value"] for name, item in summary["baselines"].items()}
    for place in ("best_network", "worst_network", "best_expression", "worst_expression"):
        if summary.get(place):
            answers[f"{metric}/{place}"] = summary[place]["value"]
    return {key: value for key, value in answers.items() if value is not None}


def _words(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of one type each, as wandb wants them: numbers, or words."""
    return frame.apply(
        lambda column: column if pd.api.types.is_numeric_dtype(column) else column.fillna("").astype(str)
    )


def workspace(project: str, entity: str, name: str, score: str, pictures: list[str]) -> Any:
    """The definition of a workspace: accuracy and IoU by network and pretraining, heatmaps, dendrograms.

    Args:
        project: wandb's project.
        entity: user or team.
        name: of the study, by which its runs are grouped.
        score: key of the runs' mean IoU.
        pictures: keys under which the study's figures are logged.

    Returns:
        A `wandb_workspaces.workspaces.Workspace`.

    Raises:
        UserError: the package wandb-workspaces is not installed.
    """
    try:
        import wandb_workspaces.reports.v2 as panels
        import wandb_workspaces.workspaces as spaces
    except ImportError as error:
        raise UserError("wandb-workspaces is not installed: pip install 'fer_xai[dashboards]'") from error

    def bars(title: str, metric: str) -> list[Any]:
        return [
            panels.BarPlot(title=f"{title} by {what}", metrics=[metric], groupby=panels.Config(key))
            for what, key in (("network", "model.name"), ("pretraining", "pretrained"))
        ]

    def gallery(title: str, *words: str) -> list[Any]:
        keys = [key for key in pictures if key.split("/")[1].startswith(words)]
        return [panels.MediaBrowser(title=title, media_keys=keys)]

    sections = [
        spaces.Section(name="Accuracy", panels=bars("Test accuracy", "test_accuracy"), is_open=True),
        spaces.Section(name="IoU", panels=bars("Mean IoU", score), is_open=True),
        spaces.Section(name="Heatmaps", panels=gallery("Global heatmaps", "heatmaps"), is_open=True),
        spaces.Section(name="Dendrograms", panels=gallery("Dendrograms", "dendrogram", "distances"), is_open=True),
        spaces.Section(
            name="Training",
            panels=[panels.LinePlot(title=key, x="epoch", y=[key]) for key in ("train_loss", "val_loss")],
        ),
    ]
    return spaces.Workspace(entity=entity, project=project, name=f"fer_xai: {name}", sections=sections)


def study_workspace(study: StudyPaths, project: str, entity: str | None) -> Any:
    """The workspace of an analysed study, see `workspace`."""
    summary = read_json(study.analysis / "summary.json")
    score = f"iou/{summary['reference']}/{summary['explainer']}"
    return workspace(
        project, entity or "", study.root.resolve().name, score, [f"figures/{p.stem}" for p in _figures(study)]
    )


def _figures(study: StudyPaths) -> list[Path]:
    paths = (study.report / "figures").glob("*.png")
    return sorted(path for path in paths if path.stem.startswith(FIGURES))


def _write_workspace(study: StudyPaths, settings: Mapping[str, Any]) -> str:
    """Write the definition beside the runs; what is in the way is said and nothing else is lost."""
    try:
        built = study_workspace(study, settings["project"], settings.get("entity"))
        # The package has no public way to write a definition down.
        content = json.loads(built._to_model().model_dump_json(by_alias=True))
    except UserError as error:
        return f"; no workspace: {error}"
    except (AttributeError, ValueError) as error:
        return f"; no workspace: this version of wandb-workspaces cannot write it down ({error})"
    write_json(study.workspace, content)
    return f"; workspace: {study.workspace}"

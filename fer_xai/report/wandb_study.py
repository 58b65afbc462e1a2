"""A study for Weights & Biases: one run with figures and tables, and the definition of a workspace over all runs."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from fer_xai.analysis.analysis_files import read_analysis
from fer_xai.analysis.outputs import Analysis
from fer_xai.errors import UserError
from fer_xai.files import read_json, write_json
from fer_xai.results.paths import StudyPaths
from fer_xai.terminal import quiet_wandb


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

    offline = settings.get("offline", True)
    quiet_wandb(offline)
    name = study.root.resolve().name
    sections = _sections(study)
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
            mode="offline" if offline else "online",
            tags=list(settings.get("tags") or ()),
            dir=study.root,
        )
    except wandb.errors.Error as error:
        raise UserError(f"wandb cannot take the study: {' '.join(str(error).split())}") from error
    try:
        pictures = {figure: study.report / "figures" / f"{figure}.png" for one in sections for figure in one["figures"]}
        run.log({f"figures/{key}": wandb.Image(str(path), caption=key) for key, path in pictures.items()})
        run.log(
            {
                f"tables/{table}": wandb.Table(dataframe=_words(pd.read_csv(study.analysis / f"{table}.csv")))
                for table in (table for one in sections for table in one["tables"])
                if (study.analysis / f"{table}.csv").exists()
            }
        )
        run.summary.update(_answers(summary) | _network_answers(read_analysis(study.analysis)))
    finally:
        run.finish()
    write_json(study.dashboard, {"project": settings["project"], "entity": settings.get("entity"), "name": name})
    place = "kept on this machine, fer-xai sync uploads it" if settings.get("offline", True) else "uploaded"
    return f"wandb: run {name} (study) in project {settings['project']}, {place}{_write_workspace(study, settings)}"


def _answers(summary: Mapping[str, Any]) -> dict[str, float]:
    """The study's answer in figures, flat."""
    metric = summary["metric"]
    answers = {f"{metric}/mean/{key}": summary["mean"][key] for key in ("value", "low", "high")}
    # A constant map has no correlation: not every baseline has a value by every measure.
    answers |= {f"{metric}/baseline/{name}": item.get("value") for name, item in summary["baselines"].items()}
    for place in ("best_network", "worst_network", "best_expression", "worst_expression"):
        if summary.get(place):
            answers[f"{metric}/{place}"] = summary[place]["value"]
    return {key: value for key, value in answers.items() if value is not None}


def _network_answers(analysis: Analysis) -> dict[str, float]:
    """Each network's mean score by the main measure, explainer and reference, with its interval: sorts networks."""
    main = next(iter(analysis.tables.values()))
    answers = {
        f"network/{row.label}/{main.metric}{word}": value
        for row in main.rows
        for word, value in (("", row.mean.value), ("/low", row.mean.low), ("/high", row.mean.high))
    }
    return {key: value for key, value in answers.items() if math.isfinite(value)}


def _words(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of one type each, as wandb wants them: numbers, or words."""
    return frame.apply(
        lambda column: column if pd.api.types.is_numeric_dtype(column) else column.fillna("").astype(str)
    )


def workspace(project: str, entity: str, name: str, sections: Sequence[Mapping[str, Any]]) -> Any:
    """The definition of a workspace: a section for each of the report's that has anything to chart or to show.

    Args:
        project: wandb's project.
        entity: user or team.
        name: of the study, by which its runs are grouped.
        sections: contents of `report/sections.json`.

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

    def shown(section: Mapping[str, Any]) -> list[Any]:
        bars = [
            panels.BarPlot(title=f"{title} by {what}", metrics=[metric], groupby=panels.Config(key))
            for title, metric in section["bars"].items()
            for what, key in (("network", "model.name"), ("pretraining", "pretrained"))
        ]
        keys = [f"figures/{figure}" for figure in section["figures"]]
        return [*bars, *([panels.MediaBrowser(title=section["heading"], media_keys=keys)] if keys else [])]

    parts = [(section["name"], shown(section)) for section in sections]
    curves: list[Any] = [panels.LinePlot(title=key, x="epoch", y=[key]) for key in ("train_loss", "val_loss")]
    return spaces.Workspace(
        entity=entity,
        project=project,
        name=f"fer_xai: {name}",
        sections=[
            *(spaces.Section(name=title, panels=drawn, is_open=True) for title, drawn in parts if drawn),
            spaces.Section(name="Training", panels=curves),
        ],
    )


def study_workspace(study: StudyPaths, project: str, entity: str | None) -> Any:
    """The workspace of an analysed study, see `workspace`."""
    return workspace(project, entity or "", study.root.resolve().name, _sections(study))


def _sections(study: StudyPaths) -> list[dict[str, Any]]:
    """What a logger is sent of each section of the report; nothing without a report."""
    return read_json(study.sections) if study.sections.exists() else []


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

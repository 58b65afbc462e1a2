"""What is written down of a run: its name, its record, and why there may be none."""

import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import torch
from hydra.utils import get_object
from omegaconf import DictConfig

from fer_xai.callbacks.image_selection import checked_target
from fer_xai.config.fingerprint import IN_NAME, config_fingerprint, effective
from fer_xai.config.shared_settings import shared_settings
from fer_xai.errors import UserError
from fer_xai.files import file_name
from fer_xai.metrics.proportion import mean_proportion, person_of_each, proportion
from fer_xai.models.pretrained_weights import ELSEWHERE, pretraining_word
from fer_xai.results.classification import BALANCED
from fer_xai.results.environment import git_revision, versions
from fer_xai.results.paths import RunPaths, StudyPaths
from fer_xai.results.run import RunRecord, setting_words, write_run
from fer_xai.results.run_status import Status
from fer_xai.run.alignment_reference import alignment_facts, is_to_others
from fer_xai.run.elsewhere import is_elsewhere
from fer_xai.run.prepared import PreparedRun

#: What records call the settings of a planted cue -> their keys.
_OF_CUE = {"cue": "cue", "expression": "cue_expression", "rate": "cue_rate", "base_rate": "cue_base_rate"}


def run_name(cfg: DictConfig, fingerprint: str) -> str:
    """Network, pretraining, what else tells it apart, fold, seed, then the beginning of a fingerprint."""
    network, word = file_name(cfg.model.name), file_name(_weights_word(cfg))
    apart = "".join(f"-{file_name(one)}" for one in setting_words(planted_cue(cfg.data), alignment_facts(cfg)))
    return f"{network}-{word}{apart}-fold{cfg.fold}-seed{cfg.seed}-{fingerprint[:IN_NAME]}"


def _weights_word(cfg: DictConfig) -> str:
    """What tables show for the weights that the network starts from, or was trained to elsewhere."""
    return ELSEWHERE if is_elsewhere(cfg) else pretraining_word(cfg.pretrained)


def planted_cue(data: DictConfig) -> dict[str, Any]:
    """The cue that the settings of the data plant: cue, expression, rate, base_rate; empty without one.

    Args:
        data: the node `data`, of one data set or of several.
    """
    for node in (data, *(data.get("sources") or {}).values()):
        if isinstance(node, DictConfig) and all(key in node for key in _OF_CUE.values()) and node.cue:
            planted = {name: node[key] for name, key in _OF_CUE.items()}
            # What is no rate is refused where the data are read.
            return planted if isinstance(planted["rate"], int | float) else {}
    return {}


def record_absence(cfg: DictConfig, study: StudyPaths, status: Status, reason: str, started: str) -> RunRecord:
    """Record why there is no result for these settings; a later success removes the record.

    Args:
        cfg: composed `train` config.
        study: where.
        status: not applicable, unavailable or failed.
        reason: one line.
        started: ISO time.
    """
    paths = absent_paths(cfg, study)
    record = record_without_results(cfg, paths, status, reason, started)
    write_run(paths, record)
    return record


def record_without_results(
    cfg: DictConfig, paths: RunPaths, status: Status, reason: str, started: str = ""
) -> RunRecord:
    """A record that says why there is no result; not written.

    Args:
        cfg: composed `train` config.
        paths: of the run.
        status: any but complete.
        reason: one line.
        started: ISO time.
    """
    return RunRecord(
        name=paths.dir.name,
        status=status,
        reason=" ".join(reason.split()),
        network=cfg.model.name,
        pretrained=_weights_word(cfg),
        fold=cfg.fold,
        seed=cfg.seed,
        planted=planted_cue(cfg.data),
        alignment=alignment_facts(cfg),
        jobs=[cfg.job] if cfg.job else [],
        versions=versions(),
        git_revision=git_revision(),
        started=started,
        finished=now(),
    )


def failed_record(cfg: DictConfig, paths: RunPaths, error: Exception, started: str) -> RunRecord:
    """The record of a run that failed, with the error in one line; not written.

    Args:
        cfg: composed `train` config.
        paths: of the run.
        error: what went wrong; a `UserError` is a mistake of the user's.
        started: ISO time.
    """
    mistake = isinstance(error, UserError)
    reason = str(error) if mistake else f"{type(error).__name__}: {error}"
    return replace(record_without_results(cfg, paths, Status.FAILED, reason, started), mistake=mistake)


def absent_paths(cfg: DictConfig, study: StudyPaths) -> RunPaths:
    """Where settings without a result are recorded: their name follows from the settings alone."""
    return study.run(run_name(cfg, config_fingerprint(cfg)))


def forget_absence(cfg: DictConfig, study: StudyPaths) -> None:
    """Remove the record that says why there is no result for these settings: there is one now."""
    shutil.rmtree(absent_paths(cfg, study).dir, ignore_errors=True)


def now() -> str:
    """The time in UTC, ISO format, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def explainers_that_say(word: str, explainers: DictConfig) -> list[str]:
    """The explainers that say so of themselves.

    Args:
        word: `baseline` (looks at no network) or `true_map` (measured: others are held against it).
        explainers: of the config, by name.
    """
    return [str(name) for name, node in explainers.items() if getattr(get_object(node["_target_"]), word, False)]


def explainer_titles(explainers: DictConfig) -> dict[str, str]:
    """Names for people of the explainers whose classes have one; two of one class keep the config's name behind it.

    Args:
        explainers: of the config, by name.
    """
    titles = {str(name): str(getattr(get_object(node["_target_"]), "title", "")) for name, node in explainers.items()}
    several = [title for title, number in Counter(titles.values()).items() if number > 1]
    return {
        name: _longer(title, name.replace("_", " ")) if title in several else title
        for name, title in titles.items()
        if title
    }


def _longer(title: str, words: str) -> str:
    """A title that others have as well, with the words of the config's name, which may begin with it.

    Examples:
        >>> _longer("LIME", "mine"), _longer("integrated gradients", "integrated gradients from rest")
        ('LIME (mine)', 'integrated gradients from rest')
    """
    return words if words.startswith(title) else f"{title} ({words})"


def complete_record(run: PreparedRun, started: str) -> RunRecord:
    """The record of a run that has all its results; not written.

    Args:
        run: whose callbacks have filled its context.
        started: ISO time.
    """
    cfg, context, weights = run.cfg, run.context, run.weights
    assert context.predictions is not None
    frame = context.faces.frame
    explainers = [name for name in cfg.explainer if name not in context.left_out_explainers]
    planted, alignment = planted_cue(cfg.data), alignment_facts(cfg)
    # The rate in training may differ between the runs of a study: it tells their networks apart.
    same = {f"data.{key}": planted[name] for name, key in _OF_CUE.items() if name != "rate"} if planted else {}
    device = torch.cuda.get_device_name() if context.device.startswith("cuda") else context.device
    return RunRecord(
        name=context.name,
        status=Status.COMPLETE,
        network=context.network,
        pretrained=context.pretrained,
        fold=context.fold,
        seed=cfg.seed,
        explainers=explainers,
        baselines=explainers_that_say("baseline", cfg.explainer),
        explainer_titles=explainer_titles(cfg.explainer),
        true_maps=explainers_that_say("true_map", cfg.explainer),
        left_out_explainers=context.left_out_explainers,
        training_fingerprint=context.training_fingerprint,
        run_fingerprint=context.run_fingerprint,
        data={
            "fingerprint": context.faces.fingerprint,
            "names": sorted(frame["dataset"].unique().tolist()),
            "n_images": len(frame),
            "left_out": len(context.faces.left_out),
            "subjects": int(frame.loc[frame["subject"] != "", ["dataset", "subject"]].drop_duplicates().shape[0]),
            "expressions": {str(k): int(v) for k, v in frame["expression"].value_counts().sort_index().items()},
            "tested": context.split.get("tested"),
            "preparation": {key: effective(cfg[key]) for key in ("prepare", "landmarks")},
        },
        settings={
            # Which part is tested differs between the runs of a study; how it is split must not.
            **{key: value for key, value in context.split.items() if key != "tested"},
            "recipe": cfg.recipe.name,
            "images_per_expression": cfg.callbacks.explain.images_per_expression,
            "target": str(checked_target(cfg.callbacks.explain.target, list(cfg.classes))),
            **shared_settings(cfg, explainers),
            **({"planted cue": same} if same else {}),
        },
        factors={
            **({"weights": weights.source} if weights.source else {}),
            **({"cue rate": f"{planted['rate']:g}"} if planted else {}),
            **({"aligned to": str(alignment["reference"])} if alignment else {}),
        },
        planted=planted,
        alignment=alignment | ({"of_others": is_to_others(cfg)} if alignment else {}),
        validation=context.validation,
        weights=weights.facts() | context.elsewhere,
        versions=versions(),
        git_revision=git_revision(),
        device=device,
        timings=context.timings,
        images=context.images,
        accuracy=accuracy(context.predictions),
        jobs=list(run.jobs),
        started=started,
        finished=now(),
    )


def accuracy(predictions: pd.DataFrame) -> dict[str, float | None]:
    """Share of right predictions, and its mean over the expressions, each with its 95 % interval over people.

    Args:
        predictions: columns image, dataset, subject, true, predicted.

    Returns:
        value, low, high in [0, 1], n, the number of images, and the same figures of the balanced accuracy as `BALANCED`
        names them.
    """
    right = (predictions["true"] == predictions["predicted"]).to_numpy()
    groups = person_of_each(predictions)
    value, low, high = proportion(right, groups)
    balanced = mean_proportion(right, groups, predictions["true"].to_numpy())
    return {"value": value, "low": low, "high": high, "n": len(right), **dict(zip(BALANCED, balanced, strict=True))}

"""The paragraph of methods, filled in from a study: as Markdown and as LaTeX, with the literature that it cites."""

import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from fer_xai import __version__
from fer_xai.analysis.outputs import Analysis
from fer_xai.analysis.words.latex import escaped
from fer_xai.face.canonical import FRAME_SHAPE
from fer_xai.metrics.proportion import SIGNIFICANCE
from fer_xai.report.paper.literature import keys_of, sources
from fer_xai.results.study import Study
from fer_xai.trust.measures import from_plain

_NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")

#: A name for people, and what its literature goes by.
_Named = tuple[str, tuple[str, ...]]


def methods(study: Study, analysis: Analysis) -> dict[str, str]:
    """What a paper says of how the study was made.

    Args:
        study: its runs.
        analysis: of it.

    Returns:
        By ending: `md` and `tex` (both cite by key), `bib`.
    """
    used: set[str] = set()
    facts = method_facts(study, analysis)

    def citing(write: Callable[[list[str]], str]) -> Callable[..., str]:
        def cite(*names: str) -> str:
            keys = list(keys_of(*names))
            used.update(keys)
            return write(keys) if keys else ""

        return cite

    markdown = _render(facts, citing(lambda keys: f" [{'; '.join(f'@{key}' for key in keys)}]"), str)
    latex = _render(facts, citing(lambda keys: rf"~\citep{{{','.join(keys)}}}"), escaped)
    entries = [source.entry for source in sources() if source.key in used]
    return {"md": f"# Methods\n\n{markdown}", "tex": latex.replace(" %", r"~\%"), "bib": "\n".join(entries)}


def method_facts(study: Study, analysis: Analysis) -> dict[str, Any]:
    """What the template of the paragraph is filled with."""
    facts, records = analysis.facts, [run.record for run in study.complete]
    main = next(iter(analysis.tables.values()))
    choices = {
        key: str(value).partition(":")[0]
        for record in records
        for group in record.settings.values()
        if isinstance(group, dict)
        for key, value in group.items()
        if key.endswith("._target_")
    }
    tests = from_plain(facts["trust_tests"])
    names = dict.fromkeys(
        name for record in records for name in record.data.get("names", [record.data.get("name")]) if name
    )
    return {
        "networks": [
            (name, (f"model/{name}",)) for name in dict.fromkeys(network.architecture for network in study.networks)
        ],
        "pretrainings": _pretrainings(study),
        "training": _training(records),
        "expressions": facts["expressions"],
        "data": [(name, (f"data/{name}",)) for name in names],
        "images": max((record.data.get("n_images") or 0 for record in records), default=0),
        "people": max((record.data.get("subjects") or 0 for record in records), default=0),
        "folds": len(study.folds),
        "seeds": len(study.seeds),
        "per_expression": _one([record.settings.get("images_per_expression") for record in records]),
        "target": _one([record.settings.get("target") for record in records]),
        "explainers": [
            (analysis.explainer_title(name), (choices.get(f"explainer.{name}._target_", f"explainer/{name}"),))
            for name in facts["explainers"]
            if name not in facts["baseline_explainers"]
        ],
        "baselines": [analysis.explainer_title(name) for name in facts["baseline_explainers"]],
        "frame": FRAME_SHAPE,
        "landmarks": _landmarks(records, names),
        "tests": [test.title for test in tests.values()],
        "tests_used": [f"trust/{name}" for name in tests],
        "references": [(analysis.reference_title(name), (f"reference/{name}",)) for name in facts["references"]],
        "metrics": [(analysis.described[name].title, (f"metrics/{name}",)) for name in facts["metrics"]],
        "primary": main.metric_title,
        "holds": "; ".join(main.holds),
        "level": SIGNIFICANCE,
        "permanova": not analysis.permanova.empty,
        "below": [label for label, below in analysis.below.items() if below],
        "floor": facts["floor"],
        "blind": len(analysis.blind_maps),
        "version": __version__,
    }


def _render(facts: dict[str, Any], cite: Callable[..., str], escape: Callable[[str], str]) -> str:
    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)
    environment.filters |= {"e": lambda value: escape(str(value)), "spelled": _spelled}
    text = (files(__package__ or "") / "methods.txt.j2").read_text(encoding="utf-8")
    filled = environment.from_string(text).render(facts, cite=cite)
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", filled) if part.strip()) + "\n"


def _spelled(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _landmarks(records: Iterable[Any], names: Iterable[str]) -> _Named | None:
    """Where the landmarks of all runs came from; None where runs differ or do not tell."""
    chosen = [record.data.get("preparation", {}).get("landmarks") for record in records]
    finder = _one([str(node.get("name", "")) for node in chosen if isinstance(node, dict)])
    if not finder:
        return None
    with_landmarks = set(names) <= {"synthetic"}
    if finder == "given" or (finder == "auto" and with_landmarks):
        return "those of the data", ()
    if finder == "auto":
        return "those of the data, found by dlib where they came without", ("landmarks/dlib",)
    return f"found by {finder}", (f"landmarks/{finder}",)


def _pretrainings(study: Study) -> list[str]:
    words = dict.fromkeys(network.pretrained for network in study.networks if network.pretrained)
    return [
        "from scratch" if word == "none" else f"with pretraining {word}"
        for word in sorted(words, key=lambda word: word != "none")
    ]


def _training(records: Iterable[Any]) -> str:
    """Optimizer, learning rate, epochs and batch size, where all runs have the same."""
    settings = [record.settings.get("training", {}) for record in records]
    named = {
        "": "recipe.optimizer._target_",
        "learning rate": "recipe.optimizer.lr",
        "weight decay": "recipe.optimizer.weight_decay",
        "epochs": "recipe.max_epochs",
        "batch size": "recipe.batch_size",
    }
    values = {word: _one([own.get(key) for own in settings if isinstance(own, dict)]) for word, key in named.items()}
    return ", ".join(
        f"{word} {str(value).rpartition('.')[2] if not word else value}".strip()
        for word, value in values.items()
        if value
    )


def _one(values: Iterable[Any]) -> Any:
    """The value, where there is exactly one; else None."""
    known = {value for value in values if value is not None}
    return known.pop() if len(known) == 1 else None

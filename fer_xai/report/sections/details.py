"""How the study was made: settings, versions, devices."""

from typing import Any

from fer_xai import __version__
from fer_xai.analysis.outputs import Analysis
from fer_xai.report.cells import plain_text, settings_text
from fer_xai.report.explainer_names import named
from fer_xai.report.section import Content
from fer_xai.results.study import Study

PLACE = 120
NAME = "How it was made"
HEADING = "How it was made"


def content(study: Study, analysis: Analysis) -> Content:
    """Pairs of a name and its value."""
    return Content(facts={"details": _details(study, analysis)})


def _details(study: Study, analysis: Analysis) -> list[tuple[str, str]]:
    records = [run.record for run in study.complete]
    facts = analysis.facts
    settings = {
        key: dict.fromkeys(_words(r.settings[key]) for r in records if key in r.settings)
        for r in records
        for key in r.settings
    }
    versions = {
        key: dict.fromkeys(r.versions[key] for r in records if key in r.versions) for r in records for key in r.versions
    }
    pairs = [
        ("explainers", ", ".join(named(analysis, name, facts["baseline_explainers"]) for name in facts["explainers"])),
        ("references", ", ".join(analysis.reference_title(name) for name in facts["references"])),
        ("metrics", ", ".join(analysis.described[name].title for name in facts["metrics"])),
        *((f"setting: {key.replace('_', ' ')}", "; ".join(values)) for key, values in settings.items()),
        ("seeds", ", ".join(map(str, study.seeds))),
        ("revision of the code", ", ".join(dict.fromkeys(r.git_revision for r in records if r.git_revision))),
        ("devices", ", ".join(dict.fromkeys(r.device for r in records if r.device))),
        ("versions", ", ".join(f"{key} {' or '.join(values)}" for key, values in versions.items())),
        ("analysed with", f"fer_xai {__version__}"),
    ]
    return [(key, value) for key, value in pairs if value]


def _words(value: Any) -> str:
    return settings_text(value) if isinstance(value, dict) else plain_text(value)

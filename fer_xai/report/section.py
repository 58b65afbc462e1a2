"""What a section of the report is, and where all of them are found.

A section is a module of `fer_xai/report/sections` (or of the folder `report/sections` of a package that names itself by
the entry point `fer_xai.parts`) with its template beside it: `NAME.py` and `NAME.html.j2`. The page, the figures on the
disk and what wandb is sent follow from it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from types import ModuleType
from typing import Any, Protocol

from fer_xai.analysis.outputs import Analysis
from fer_xai.config.own import failure, is_users, kind_of
from fer_xai.config.parts import part_modules
from fer_xai.errors import UserError
from fer_xai.report.plots.style import Drawing
from fer_xai.results.study import Study


@dataclass(frozen=True)
class Content:
    """What a section shows of one study.

    Attributes:
        facts: the names that its template uses.
        figures: all its figures; they are written as files, too.
        heading: above the section, where it depends on the study.
        bars: title of a bar chart -> key of a run's summary in wandb, for the workspace.
        tables: names of tables of `analysis/` that wandb is sent.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Drawing, ...] = ()
    heading: str | None = None
    bars: Mapping[str, str] = field(default_factory=dict)
    tables: tuple[str, ...] = ()


class SectionModule(Protocol):
    """What a module has to hold to be a section.

    Attributes:
        PLACE: sections come by rising numbers.
        NAME: in the list of contents.
        HEADING: above the section.
    """

    PLACE: int
    NAME: str
    HEADING: str

    def content(self, study: Study, analysis: Analysis) -> Content | None:
        """What the section shows; None leaves it out."""
        ...


@dataclass(frozen=True)
class Section:
    """A section with what it shows of one study.

    Attributes:
        module: its module, with the package.
        key: name of its module: its anchor on the page.
        name: in the list of contents.
        heading: above it.
        template: Jinja's, as text.
        content: what it shows.
    """

    module: str
    key: str
    name: str
    heading: str
    template: str
    content: Content


def make_sections(study: Study, analysis: Analysis) -> list[Section]:
    """All sections that have something to show, in the order of the page.

    Raises:
        UserError: a module is no section, or one of another package fails.
    """
    sections = []
    for module in sorted(part_modules("report.sections"), key=_place):
        with own_section(module.__name__):
            content = module.content(study, analysis)
        if content is None:
            continue
        if not isinstance(content, Content):
            given = f"{module.__name__}: `content` gives {kind_of(content)}"
            raise UserError(f"{given}; it has to be a {Content.__module__}.Content or None")
        key = module.__name__.rpartition(".")[2]
        heading, template = content.heading or module.HEADING, _template(module, key)
        sections.append(Section(module.__name__, key, module.NAME, heading, template, content))
    return sections


@contextmanager
def own_section(module: str) -> Iterator[None]:
    """Whatever a section of another package raises becomes a `UserError` that names it; this package's errors stay.

    Args:
        module: of the section, with its package.
    """
    try:
        yield
    except Exception as error:
        if isinstance(error, UserError) or not is_users(module):
            raise
        raise UserError(f"the section of the report {module} failed: {failure(error)}") from error


def _place(module: ModuleType) -> tuple[float, str]:
    missing = [name for name in ("PLACE", "NAME", "HEADING", "content") if not hasattr(module, name)]
    if missing:
        raise UserError(f"{module.__name__} is no section of the report: it has no {missing[0]}")
    if isinstance(module.PLACE, bool) or not isinstance(module.PLACE, int | float):
        raise UserError(f"{module.__name__}: PLACE is {module.PLACE!r:.60}; it has to be a number")
    return module.PLACE, module.__name__


def _template(module: ModuleType, key: str) -> str:
    try:
        return (files(module.__package__ or "") / f"{key}.html.j2").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"{module.__name__} has no template {key}.html.j2 beside it") from error

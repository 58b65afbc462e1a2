"""What the usual programs call the columns of gaze and of clicks, and which columns of a table they are."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fer_xai.errors import UserError
from fer_xai.nearest import plain
from fer_xai.tables.columns import shown

#: How names of columns end that tell what coordinates are of, as Tobii's programs have them (`plain`).
_ENDINGS = {"mcspx": "stimulus", "mcsnorm": "share", "dacspx": "screen", "adcspx": "screen", "rcspx": "screen"}
#: How names of columns of times end, with milliseconds per unit.
_UNITS = {"ms": 1.0, "msec": 1.0, "milliseconds": 1.0, "μs": 1e-3, "us": 1e-3, "s": 1e3, "sec": 1e3, "seconds": 1e3}
#: A unit after the name of a column: `x [px]`, `Duration (ms)`, `onset_s`.
_UNIT = re.compile(rf"[\W_]+(?P<unit>px|pixels?|pix|{'|'.join(_UNITS)})[\W_]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Export:
    """The columns that one program writes.

    Attributes:
        name: what the setting `export` calls it.
        places: columns of coordinates without case and signs (`plain`), `{axis}` for x and y; best first.
        columns: what a column is for -> names likewise, without their unit. See `find_columns`.
        coordinates: of what the places are pixels where a column's name does not tell: `stimulus` or `screen`.
        clock: when its times begin: with the `recording`, or with the `trial`, which is when the stimulus came.
        samples: whether it may write several rows for one fixation.
    """

    name: str
    places: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coordinates: str = "stimulus"
    clock: str = "trial"
    samples: bool = False


#: Tobii Studio (`FixationPointX (MCSpx)`) and Tobii Pro Lab (`Fixation point X`, `Fixation point X [DACS px]`).
TOBII = Export(
    "tobii",
    # What is of the stimulus itself wants nobody to know where on the screen that was.
    ("fixationpoint{axis}mcspx", "fixationpoint{axis}mcsnorm", "fixationpoint{axis}dacspx", "fixationpoint{axis}"),
    {
        "observer": ("participantname", "participant", "recordingname"),
        "stimulus": ("medianame", "presentedmedianame", "presentedstimulusname", "stimulusname"),
        "event": ("gazeeventtype", "eyemovementtype"),
        "index": ("fixationindex", "eyemovementtypeindex"),
        "duration": ("gazeeventduration", "eyemovementeventduration"),
        "onset": ("recordingtimestamp",),
        "left": (
            *("presentedmediapositionxdacspx", "presentedmediapositionxrcspx", "presentedmediapositionx"),
            "mediaposxadcspx",
        ),
        "top": (
            *("presentedmediapositionydacspx", "presentedmediapositionyrcspx", "presentedmediapositiony"),
            "mediaposyadcspx",
        ),
        "wide": ("presentedmediawidth", "mediawidth"),
        "high": ("presentedmediaheight", "mediaheight"),
    },
    coordinates="screen",
    clock="recording",
    samples=True,
)
#: Fixation reports of SR Research's Data Viewer; what was shown is a variable of the experiment's own.
EYELINK = Export(
    "eyelink",
    ("currentfix{axis}",),
    {
        "observer": ("recordingsessionlabel", "sessionname", "datafile"),
        "index": ("currentfixindex",),
        "duration": ("currentfixduration",),
        "onset": ("currentfixstart",),
        "trial": ("trialindex", "triallabel"),
    },
    coordinates="screen",
)
#: Event statistics of SMI's BeGaze.
SMI = Export(
    "smi",
    ("fixationposition{axis}", "visualintakeposition{axis}"),
    {
        "observer": ("participant", "subject"),
        "stimulus": ("stimulus",),
        "event": ("category",),
        "index": ("index",),
        "duration": ("eventduration",),
        "onset": ("eventstarttrialtime",),
        "trial": ("trial",),
    },
    coordinates="screen",
)
#: Tables of nobody's program.
PLAIN = Export(
    "plain",
    (
        *(
            "{axis}",
            "fixation{axis}",
            "fix{axis}",
            "{axis}fixation",
            "fixationpoint{axis}",
            "click{axis}",
            "mouse{axis}",
        ),
        *("gaze{axis}", "{axis}pos", "pos{axis}", "position{axis}", "{axis}coord", "{axis}coordinate"),
        *("coord{axis}", "mean{axis}", "avg{axis}", "center{axis}", "centre{axis}"),
    ),
    {
        "observer": (
            *("observer", "participant", "subject", "viewer", "observerid", "participantid", "subjectid"),
            *("participantname", "observername", "subjectname", "sub", "subj", "ppt", "vp", "sid", "pid"),
        ),
        "stimulus": (
            *("stimulus", "image", "picture", "photo", "photograph", "stimulusname", "imagename", "picturename"),
            *("stimulusid", "imageid", "stim", "img", "stimulusfile", "imagefile", "picturefile", "filename", "file"),
            *("medianame", "media", "item"),
        ),
        "event": ("event", "eventtype", "eyemovementtype", "movementtype"),
        "index": ("fixationindex", "fixindex", "fixationid", "fixationnumber", "fixationno"),
        "duration": (
            *("duration", "durationms", "dur", "fixationduration", "fixduration", "fixdur", "fixationdurationms"),
            *("fixationtime", "dwelltime"),
        ),
        "onset": (
            *("onset", "onsetms", "start", "startms", "starttime", "fixationstart", "fixationonset", "time", "timems"),
            "timestamp",
        ),
        "end": ("end", "endms", "endtime", "fixationend", "stop", "stoptime", "offset", "fixationoffset"),
        "trial": ("trial", "trialindex", "trialnumber", "trialid", "presentation", "repetition"),
        "expression": ("expression", "emotion", "facialexpression", "targetemotion", "targetexpression"),
        "right": ("right", "correct", "iscorrect", "accuracy", "acc"),
        "radius": ("radius", "radiuspx", "bubbleradius"),
        "weight": ("weight", "rating", "importance"),
    },
)
EXPORTS: Mapping[str, Export] = {export.name: export for export in (TOBII, EYELINK, SMI, PLAIN)}


@dataclass(frozen=True)
class Columns:
    """The columns of one table.

    Attributes:
        names: what a column is for -> its name in the table: observer, stimulus, expression, x, y, duration, onset,
            end, event, index, trial, left, top, wide, high (where and how large the stimulus was shown), right, radius,
            weight. What a table does not have is missing.
        coordinates: of what x and y are pixels, `stimulus` or `screen`; or `share`, parts of the stimulus' sides.
        to_ms: milliseconds per unit of its times, None where no name tells.
        export: whose columns they are.
        there: all columns of the table.
    """

    names: Mapping[str, str]
    coordinates: str
    to_ms: float | None
    export: Export
    there: Sequence[str] = ()

    def naming(self, role: str, name: str | None) -> "Columns":
        """The same with another column for a purpose; None: with none."""
        others = {other: column for other, column in self.names.items() if other != role}
        return replace(self, names=others if name is None else {**others, role: name})


def find_columns(
    columns: Iterable[str],
    chosen: Mapping[str, str | None],
    wanted: Collection[str],
    export: str | None,
    where: str,
    empty: Collection[str] = (),
) -> Columns:
    """Find out what the columns of a table are for.

    Args:
        columns: their names.
        chosen: what a column is for -> the name that the user gives it; None where the usual names are looked for.
        wanted: what columns are looked for beside x and y.
        export: name of one of `EXPORTS`, None for the one that most columns are of.
        where: the table and its reference, for messages.
        empty: columns without a single value: others come before them, unless a user names them.

    Raises:
        UserError: a chosen column is not there, or nothing tells the places.
    """
    there = list(columns)
    given = {role: _given(name, _by_name(there), there, role, where) for role, name in chosen.items() if name}
    candidates = EXPORTS.values() if export is None else [EXPORTS[export]]
    for by_name in (_by_name([name for name in there if name not in empty]), _by_name(there)):
        found = [(each, {**_columns_present(each, by_name, wanted), **given}) for each in candidates]
        usable = [(each, names) for each, names in found if {"x", "y"} <= set(names)]
        if usable:
            break
    else:
        raise UserError(
            f"{where}: no columns of the usual names for x and y (there are: {shown(there)}): "
            "set x_column=NAME and y_column=NAME"
        )
    best, names = max(usable, key=lambda pair: len(pair[1]))
    names = {**_columns_present(PLAIN, by_name, wanted), **names}
    ending = next((of for end, of in _ENDINGS.items() if plain(names["x"]).endswith(end)), best.coordinates)
    wanted_names = {role: names[role] for role in ("x", "y", *wanted) if role in names}
    return Columns(wanted_names, ending, _milliseconds(names.get("onset", "")), best, there)


def _by_name(names: Iterable[str]) -> dict[str, str]:
    """Columns by their names without case and signs (`plain`), and by those without their unit."""
    there = list(names)
    return {_without_unit(name): name for name in reversed(there)} | {plain(name): name for name in reversed(there)}


def _without_unit(name: str) -> str:
    unit = _UNIT.search(name, 1)
    return plain(name[: unit.start()] if unit else name)


def _milliseconds(name: str) -> float | None:
    """Milliseconds per unit of a column of times, None where its name tells none."""
    unit = _UNIT.search(name, 1)
    # `startms` has no sign before its unit.
    return _UNITS.get(unit["unit"].casefold() if unit else plain(name)[-2:])


def _given(name: str, by_name: Mapping[str, str], there: list[str], role: str, where: str) -> str:
    if name in there:
        return name
    if plain(name) not in by_name:
        raise UserError(f"{where}: there is no column '{name}' ({role}_column); there are: {shown(there)}")
    return by_name[plain(name)]


def _columns_present(export: Export, by_name: Mapping[str, str], wanted: Collection[str]) -> dict[str, str]:
    names = {}
    for role in wanted:
        name = next((by_name[name] for name in export.columns.get(role, ()) if name in by_name), None)
        if name is not None:
            names[role] = name
    for place in export.places:
        pair = {axis: by_name.get(place.format(axis=axis)) for axis in "xy"}
        if all(pair.values()):
            return {**names, **{axis: name for axis, name in pair.items() if name is not None}}
    return names

"""What the usual programs call the columns of gaze and of clicks, and which columns of a table they are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from fer_xai.errors import UserError
from fer_xai.nearest import plain
from fer_xai.tables.columns import shown

#: How names of columns end that tell what coordinates are of, as Tobii's programs have them (`plain`).
_ENDINGS = {"mcspx": "stimulus", "mcsnorm": "share", "dacspx": "screen", "adcspx": "screen", "rcspx": "screen"}
#: How names of columns of times end, with milliseconds per unit.
_UNITS = {"ms": 1.0, "μs": 1e-3, "us": 1e-3}


@dataclass(frozen=True)
class Export:
    """The columns that one program writes.

    Attributes:
        name: what the setting `export` calls it.
        places: columns of coordinates without case and signs (`plain`), `{axis}` for x and y; best first.
        columns: what a column is for -> names likewise. See `find_columns`.
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
    ("fixationpoint{axis}mcspx", "fixationpoint{axis}dacspx", "fixationpoint{axis}", "fixationpoint{axis}mcsnorm"),
    {
        "observer": ("participantname", "participant", "recordingname"),
        "stimulus": ("medianame", "presentedmedianame", "presentedstimulusname", "stimulusname"),
        "event": ("gazeeventtype", "eyemovementtype"),
        "index": ("fixationindex", "eyemovementtypeindex"),
        "duration": ("gazeeventduration", "gazeeventdurationms", "eyemovementeventduration"),
        "onset": ("recordingtimestamp", "recordingtimestampms", "recordingtimestampμs", "recordingtimestampus"),
        "left": (
            *("presentedmediapositionxdacspx", "presentedmediapositionxrcspx", "presentedmediapositionx"),
            "mediaposxadcspx",
        ),
        "top": (
            *("presentedmediapositionydacspx", "presentedmediapositionyrcspx", "presentedmediapositiony"),
            "mediaposyadcspx",
        ),
        "wide": ("presentedmediawidth", "presentedmediawidthpx", "mediawidth"),
        "high": ("presentedmediaheight", "presentedmediaheightpx", "mediaheight"),
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
        *("gaze{axis}", "{axis}px", "{axis}pos", "pos{axis}", "position{axis}", "{axis}coord", "{axis}coordinate"),
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
        "trial": ("trial", "trialindex", "trialnumber", "trialid", "presentation", "repetition"),
        "right": ("right", "correct", "iscorrect", "accuracy", "acc"),
        "radius": ("radius", "radiuspx", "bubbleradius"),
        "weight": ("weight", "rating", "importance"),
    },
)
EXPORTS: Mapping[str, Export] = {export.name: export for export in (TOBII, EYELINK, PLAIN)}


@dataclass(frozen=True)
class Columns:
    """The columns of one table.

    Attributes:
        names: what a column is for -> its name in the table: observer, stimulus, x, y, duration, onset, event, index,
            trial, left, top, wide, high (where and how large the stimulus was shown), right, radius, weight. What a
            table does not have is missing.
        coordinates: of what x and y are pixels, `stimulus` or `screen`; or `share`, parts of the stimulus' sides.
        to_ms: milliseconds per unit of its times, None where no name tells.
        export: whose columns they are.
    """

    names: Mapping[str, str]
    coordinates: str
    to_ms: float | None
    export: Export


def find_columns(
    columns: Iterable[str], chosen: Mapping[str, str | None], wanted: Collection[str], export: str | None, where: str
) -> Columns:
    """Find out what the columns of a table are for.

    Args:
        columns: their names.
        chosen: what a column is for -> the name that the user gives it; None where the usual names are looked for.
        wanted: what columns are looked for beside x and y.
        export: name of one of `EXPORTS`, None for the one that most columns are of.
        where: the table and its reference, for messages.

    Raises:
        UserError: a chosen column is not there, or nothing tells the places.
    """
    there = list(columns)
    by_name = {plain(name): name for name in reversed(there)}
    given = {role: _given(name, by_name, there, role, where) for role, name in chosen.items() if name is not None}
    candidates = EXPORTS.values() if export is None else [EXPORTS[export]]
    found = [(each, {**_found(each, by_name, wanted), **given}) for each in candidates]
    usable = [(each, names) for each, names in found if {"x", "y"} <= set(names)]
    if not usable:
        raise UserError(
            f"{where}: no columns of the usual names for x and y (there are: {shown(there)}): "
            "set x_column=NAME and y_column=NAME"
        )
    best, names = max(usable, key=lambda pair: len(pair[1]))
    names = {**_found(PLAIN, by_name, wanted), **names}
    ending = next((of for end, of in _ENDINGS.items() if plain(names["x"]).endswith(end)), best.coordinates)
    unit = next((ms for end, ms in _UNITS.items() if plain(names.get("onset", "")).endswith(end)), None)
    return Columns({role: names[role] for role in ("x", "y", *wanted) if role in names}, ending, unit, best)


def _given(name: str, by_name: Mapping[str, str], there: list[str], role: str, where: str) -> str:
    if name in there:
        return name
    if plain(name) not in by_name:
        raise UserError(f"{where}: there is no column '{name}' ({role}_column); there are: {shown(there)}")
    return by_name[plain(name)]


def _found(export: Export, by_name: Mapping[str, str], wanted: Collection[str]) -> dict[str, str]:
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

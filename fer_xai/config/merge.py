"""`data=[ckplus,jaffe]` on the command line: a config that merges data sets, made as it is asked for.

Hydra would merge the two files into one node, the keys of the later one over those of the former. Here a list becomes
one choice, `data=ckplus+jaffe`, of the same form as `conf/data/paper.yaml`: each data set's own file under
`data.sources.NAME`, with its folder from `data.roots.NAME`.
"""

from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from fer_xai.config.paths import conf_dir
from fer_xai.errors import UserError

_TARGET = "fer_xai.data.sources.merged.MergedSource"


def merge_data(arguments: list[str]) -> list[str]:
    """Rewrite the arguments that choose several data sets; all others stay as they are.

    `data=[a,b]` becomes `data=a+b`; a list of one is that data set, and `data.roots.a` its `data.root`. In a sweep over
    data sets with `data.roots`, every choice is one that merges, be it of one alone (`data=a+`): so each finds its
    folder.

    Args:
        arguments: of the command line.

    Returns:
        Arguments for Hydra, to which the new choices are known.

    Raises:
        UserError: a data set named twice, or a folder for one that is not among them.
    """
    place = next((i for i, text in enumerate(arguments) if text.startswith("data=")), None)
    if place is None:
        return arguments
    choices = _choices(arguments[place])
    if choices is None:
        return arguments
    rooted = [text.partition("=")[0].split(".", 2)[2] for text in arguments if text.startswith("data.roots.")]
    if len(choices) == 1 and len(choices[0]) == 1 and not _merges(choices[0][0]):
        name = choices[0][0]
        single = [text.replace(f"data.roots.{name}=", "data.root=", 1) for text in arguments]
        return [*single[:place], f"data={name}", *single[place + 1 :]]
    known = {source for names in choices for name in names if name for source in (_merges(name) or [name])}
    unknown = sorted(set(rooted) - known)
    if unknown:
        raise UserError(f"data.roots.{unknown[0]}: that is none of the data sets chosen ({', '.join(sorted(known))})")
    words = [_choice(names, rooted if len(choices) > 1 else []) for names in choices]
    return [*arguments[:place], f"data={','.join(words)}", *arguments[place + 1 :]]


def _choices(argument: str) -> list[list[str]] | None:
    """The data sets of each choice of a sweep, or of the only one; None where Hydra is to judge the argument.

    `a+` gives a and an empty name.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.core.override_parser.types import ChoiceSweep, QuotedString
    from hydra.errors import HydraException

    try:
        value: Any = OverridesParser.create().parse_override(argument).value()
    except HydraException:
        return None
    values = value.list if isinstance(value, ChoiceSweep) else [value]
    lists = [item if isinstance(item, list) else [item] for item in values]
    if not all(isinstance(name, str | QuotedString) for names in lists for name in names):
        return None
    texts = [[str(name.text if isinstance(name, QuotedString) else name) for name in names] for names in lists]
    return [[part for text in names for part in text.split("+")] for names in texts]


def _choice(names: list[str], rooted: list[str]) -> str:
    """The word that chooses these data sets, made known to Hydra."""
    if len(names) == 1 and (not rooted or _merges(names[0])):
        return names[0]
    names = [name for name in names if name]
    sources = [source for name in names for source in (_merges(name) or [name])]
    twice = sorted({name for name in sources if sources.count(name) > 1})
    if twice:
        raise UserError(f"data=[{','.join(names)}]: {twice[0]} is named twice")
    word = "+".join(names) if len(names) > 1 else f"{names[0]}+"
    node = {
        "defaults": [*(f"{name}@sources.{name}" for name in sources), "_self_"],
        "_target_": _TARGET,
        "name": word,
        "roots": dict.fromkeys([*sources, *rooted]),
        "skip_missing": False,
    }
    ConfigStore.instance().store(group="data", name=word, node=node)
    return word


def _merges(name: str) -> list[str]:
    """The data sets that a shipped choice merges; none where it is a single one."""
    file = conf_dir() / "data" / f"{name}.yaml"
    return list(map(str, OmegaConf.select(OmegaConf.load(file), "roots") or [])) if file.is_file() else []

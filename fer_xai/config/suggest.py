"""What to say of a choice that there is not: `model=resnet_18`, `explainer=grad-cam`."""

from collections.abc import Sequence

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.nearest import nearest, plain


def unknown_choice(group: str, word: str, choices: Sequence[str] = ()) -> str:
    """One line for a word that is no choice of a config group.

    Args:
        group: of configs, such as `model` or `recipe/scheduler`.
        word: what was chosen.
        choices: what could be; none takes those that are shipped.
    """
    choices = choices or sorted(path.stem for path in (conf_dir() / group).glob("*.yaml"))
    choices = [name for name in choices if not name.startswith("_")]
    parts = [part for part in word.split("+") if part]
    if group == "data" and "+" in word and all(part in choices for part in parts):
        return f"data={word}: several data sets are chosen as a list: data=[{','.join(parts)}]"
    near = [f"{group}={name}" for name in nearest(word, choices)]
    if group == "model" and not any(plain(name) == plain(word) for name in choices):
        from fer_xai.config.timm_facts import near_backbones  # timm takes seconds to import

        backbones = [f"model=timm model.backbone={name}" for name in near_backbones(word)]
        near = backbones if len(backbones) == 1 else [*near[:2], *backbones[:1]]
    meant = f"did you mean {' or '.join(near)}? (choices: " if near else "choose among "
    return f"{group}={word}: there is no such choice; {meant}{', '.join(choices)}" + (")" if near else "")

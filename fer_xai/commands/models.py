"""`fer-xai models`: every configured network, with its size and what pretraining it can have."""

import json
from typing import Any

from fer_xai.commands.plain import PlainParser

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "models"
PLACE = 120
HELP = "list every configured network and its pretraining (--json)"


def main(arguments: list[str]) -> int:
    """Print the networks of `conf/model`, and one of timm's backbones if it is named."""
    parser = PlainParser("fer-xai models", description="List every configured network.")
    parser.add_argument("--json", action="store_true", help="for programs: a list of objects")
    parser.add_argument("--backbone", metavar="NAME", help="list also this backbone of timm (model=timm)")
    options = parser.parse_args(arguments)

    from omegaconf import OmegaConf

    from fer_xai.config.shipped_configs import conf_dir
    from fer_xai.config.timm_facts import describe

    configs = {path.stem: OmegaConf.load(path) for path in sorted((conf_dir() / "model").glob("*.yaml"))}
    # A family rather than a network until its backbone is named, and one that a file makes a network.
    family = configs.pop("timm")
    configs.pop("external")
    if options.backbone:
        backbone = describe(options.backbone)
        weights = {key: backbone[key] for key in ("tag", "mean", "std")}
        own = {
            "name": backbone["name"],
            "backbone": backbone["name"],
            "input_size": backbone["input_size"],
            "weights": weights,
        }
        configs["timm"] = OmegaConf.merge(family, own)
    rows = [(_row(config), config.weights.tag) for config in configs.values()]
    if options.json:
        print(json.dumps([row for row, _ in rows], indent=2))
    else:
        _print_table(rows)
    return 0


def _row(model: Any) -> dict[str, Any]:
    """What is said of one network. Built on the meta device, which takes neither memory nor time for its weights."""
    import torch
    from hydra.utils import instantiate
    from omegaconf import OmegaConf

    with torch.device("meta"):
        network = instantiate(OmegaConf.create({"model": model}).model.network)
    return {
        "name": model.name,
        "input_size": model.input_size,
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "layer": model.layer,
        "pretrained": ["none", *(["imagenet"] if model.weights.tag else []), "file"],
    }


def _print_table(rows: list[tuple[dict[str, Any], str | None]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("network", "input", "parameters", "layer", "pretrained"):
        right = title in {"input", "parameters"}
        table.add_column(title, justify="right" if right else "left", no_wrap=title != "pretrained", overflow="fold")
    for row, tag in rows:
        words = [f"imagenet ({tag})" if word == "imagenet" else word for word in row["pretrained"]]
        table.add_row(row["name"], str(row["input_size"]), f"{row['parameters']:,}", row["layer"], ", ".join(words))
    console = Console()
    console.print(table)
    console.print(
        "\npretrained=false (none), true (imagenet), or the path of a file.\n"
        "model=timm model.backbone=NAME takes any image backbone of timm; --backbone NAME lists it here.\n"
        "model=external model.checkpoint=FILE takes a network that was trained elsewhere.",
        soft_wrap=True,
    )

"""`fer-xai masks`: every reference drawn over the canonical face. Imports no torch."""

from pathlib import Path

from fer_xai.commands.plain import PlainParser

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "masks"
PLACE = 130
HELP = "draw every reference over the canonical face (--out FILE)"


def main(arguments: list[str]) -> int:
    """Draw the shipped references, and a folder of mask images if one is given."""
    parser = PlainParser("fer-xai masks", description="Draw every reference over the canonical face into a picture.")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="picture to write: .png, .svg or .pdf")
    parser.add_argument("--images", type=Path, metavar="DIR", help="also a folder of grey PNGs named by expression")
    options = parser.parse_args(arguments)

    from omegaconf import OmegaConf
    from omegaconf.errors import InterpolationResolutionError

    from fer_xai.config.choice_file import read_choice
    from fer_xai.config.own import built
    from fer_xai.config.shipped_configs import conf_dir
    from fer_xai.errors import UserError
    from fer_xai.face.masks import ImagesReference, Reference
    from fer_xai.report.plots.masks_figure import draw_masks

    configs = sorted((conf_dir() / "reference").glob("*.yaml"))
    references = []
    for path in configs:
        node = read_choice(path)
        try:
            # Some need files of the user's, or are drawn anew by the settings of a whole command.
            if not OmegaConf.missing_keys(node):
                references.append(built(f"reference.{path.stem}", node, Reference, "a reference"))
        except (UserError, InterpolationResolutionError):
            continue
    if options.images:
        references.append(ImagesReference(options.images))
    draw_masks(references, options.out)
    print(options.out)
    return 0

"""`fer-xai import-heatmaps`: a study out of heatmaps from any tool. Global ones need no torch."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fer_xai.commands.plain import PlainParser
from fer_xai.errors import UserError
from fer_xai.terminal import say

if TYPE_CHECKING:
    from fer_xai.results.importing.study_of_maps import ImportReport

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "import-heatmaps"
PLACE = 110
HELP = "make a study out of a folder of heatmaps (--source DIR)"

#: Options that mean something for heatmaps of single images alone.
_LOCAL = ("landmarks", "images", "positive", "local_scale", "replicates")


def main(arguments: list[str]) -> int:
    """Import and say what was left out."""
    parser = PlainParser(
        "fer-xai import-heatmaps",
        description="Make a study out of heatmaps: global ones in the canonical face (--source and --pattern), or "
        "those of single images, in pixels of the images (--table).",
    )
    parser.add_argument("--source", type=Path, metavar="DIR", help="folder of images or .npy arrays")
    parser.add_argument(
        "--pattern",
        help="file name of global heatmaps with any of {network} {expression} {fold} {pretrained} {explainer} {seed}, "
        "e.g. '{network}_{expression}_heatmap.png'",
    )
    parser.add_argument(
        "--table",
        type=Path,
        metavar="FILE.csv",
        help="heatmaps of single images: columns heatmap, expression, and any of image, subject, network, explainer, "
        "pretrained, fold, seed, part, x0, y0 ... x67, y67",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="STUDY_DIR", help="folder of the study")
    parser.add_argument("--factors", type=Path, metavar="FILE.csv", help="what each network is")
    parser.add_argument("--landmarks", type=Path, metavar="FILE.csv", help="columns image, x0, y0 ... x67, y67")
    parser.add_argument("--images", type=Path, metavar="DIR", help="the pictures, to find landmarks in")
    parser.add_argument("--positive", action="store_true", default=None, help="drop negative values before averaging")
    parser.add_argument(
        "--local-scale", metavar="HOW", help="weight of each map: mass (one vote each), maximum or none"
    )
    parser.add_argument("--replicates", type=int, metavar="N", help="of the bootstrap over people (200)")
    options = parser.parse_args(arguments)
    report = _global(options) if options.table is None else _local(options)
    done = f"{report.heatmaps} heatmaps of {report.runs} runs in {report.out}"
    for line in (*report.lines, f"{done}; next: fer-xai analyze study_dir={report.out}"):
        # A line each, however long.
        say(line)
    return 0


def _global(options: argparse.Namespace) -> "ImportReport":
    from fer_xai.results.importing.study_of_maps import import_heatmaps

    if options.source is None or options.pattern is None:
        raise UserError(
            "import-heatmaps: give --source and --pattern for global heatmaps, or --table for those of single images; "
            "see fer-xai import-heatmaps --help"
        )
    given = [name for name in _LOCAL if getattr(options, name) is not None]
    if given:
        raise UserError(f"import-heatmaps: --{given[0].replace('_', '-')} is for heatmaps of single images (--table)")
    return import_heatmaps(options.source, options.pattern, options.out, options.factors)


def _local(options: argparse.Namespace) -> "ImportReport":
    from fer_xai.results.importing.local_study import import_local_heatmaps
    from fer_xai.run.map_tests import MapTests

    if options.pattern is not None:
        raise UserError("import-heatmaps: --pattern is for global heatmaps; a --table names its files itself")
    given = {"positive": options.positive, "scale": options.local_scale, "replicates": options.replicates}
    return import_local_heatmaps(
        options.table,
        options.out,
        source=options.source,
        landmarks=options.landmarks,
        images=options.images,
        factors=options.factors,
        tests=MapTests(),
        **{name: value for name, value in given.items() if value is not None},
    )

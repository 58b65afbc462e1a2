"""`fer-xai import-heatmaps`: a study out of a folder of heatmaps from any tool. Imports no torch."""

from pathlib import Path

from fer_xai.commands.plain import PlainParser
from fer_xai.terminal import say


def main(arguments: list[str]) -> int:
    """Import and say what was left out."""
    parser = PlainParser("fer-xai import-heatmaps", description="Make a study out of a folder of heatmap files.")
    parser.add_argument("--source", type=Path, required=True, metavar="DIR", help="folder of images or .npy arrays")
    parser.add_argument(
        "--pattern",
        required=True,
        help="file name with any of {network} {expression} {fold} {pretrained} {explainer} {seed}, "
        "e.g. '{network}_{expression}_heatmap.png'",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="STUDY_DIR", help="folder of the study")
    parser.add_argument("--factors", type=Path, metavar="FILE.csv", help="what each network is")
    options = parser.parse_args(arguments)

    from fer_xai.results.importing.study_of_maps import import_heatmaps

    report = import_heatmaps(options.source, options.pattern, options.out, options.factors)
    done = f"{report.heatmaps} heatmaps of {report.runs} runs in {report.out}"
    for line in (*report.lines, f"{done}; next: fer-xai analyze study_dir={report.out}"):
        # A line each, however long.
        say(line)
    return 0

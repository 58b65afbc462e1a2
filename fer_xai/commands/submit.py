"""`fer-xai submit`: a study as one archive that others can compare theirs with."""

from pathlib import Path

from fer_xai.commands.plain import PlainParser
from fer_xai.terminal import say

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "submit"
PLACE = 90
HELP = "pack a study for others: maps, scores, versions, no face (STUDY_DIR)"


def main(arguments: list[str]) -> int:
    """Pack, check and say what the archive is cited by."""
    parser = PlainParser(
        "fer-xai submit",
        description="Pack a study's global heatmaps, replicates, scores, split hashes and versions into one checked "
        "archive. No picture, no map of a single image or person, no name of either and no path goes into it.",
    )
    parser.add_argument("study_dir", metavar="STUDY_DIR", type=Path, help="an analysed study, e.g. multirun/demo")
    parser.add_argument("--out", type=Path, metavar="FILE.zip", help="the archive (STUDY_DIR.zip beside the study)")
    parser.add_argument(
        "--secret",
        metavar="WORDS",
        help="that two laboratories agreed on: pictures are listed under it, so that they can count those in common; "
        "without it no single picture is listed",
    )
    options = parser.parse_args(arguments)

    from fer_xai.results.submission.pack import FEW_PEOPLE, submit

    folder = options.study_dir.resolve()
    done = submit(options.study_dir, options.out or folder.with_name(f"{folder.name}.zip"), options.secret)
    listed = f"{done.pictures} pictures under the secret" if options.secret is not None else "no list of pictures"
    say(f"{done.runs} runs, {listed}, {done.path.stat().st_size / 1e6:.1f} MB, read again and found sound")
    if done.fewest_people is not None and done.fewest_people < FEW_PEOPLE:
        say(
            f"the maps of some runs rest on {done.fewest_people} people: the heatmap of so few may show the lines of "
            "a face; look at them before you give the archive away"
        )
    say(f"cite it as fer_xai submission {done.identifier}")
    print(done.path)
    return 0

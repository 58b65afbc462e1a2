"""`fer-xai power`: how many people, folds and seeds a difference wants, from how much a study's networks vary."""

from pathlib import Path

from fer_xai.commands.plain import PlainParser
from fer_xai.errors import UserError

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "power"
PLACE = 70
HELP = "how many people, folds and seeds a difference wants (STUDY_DIR)"


def main(arguments: list[str]) -> int:
    """Print the table; write `power.csv` and the figure into the study's `analysis/`.

    Raises:
        UserError: a study that does not tell, or a number out of range.
    """
    parser = PlainParser("fer-xai power", description="How many people, folds and seeds a difference wants.")
    parser.add_argument("study_dir", metavar="STUDY_DIR", type=Path, help="an analysed study, e.g. multirun/twelve")
    parser.add_argument("--difference", type=float, default=0.05, help="between two networks' mean scores (0.05)")
    parser.add_argument("--power", type=float, default=0.8, help="chance to see it that is asked for (0.8)")
    options = parser.parse_args(arguments)
    if not options.difference > 0:
        raise UserError(f"--difference {options.difference:g}: a number above 0 is needed")
    if not 0.05 < options.power < 1:
        raise UserError(f"--power {options.power:g}: a number above 0.05 and below 1 is needed")

    from fer_xai.analysis.power_of_study import study_power
    from fer_xai.files import write_csv
    from fer_xai.report.plots.power_figure import power_figure
    from fer_xai.report.plots.style import house_style
    from fer_xai.results.paths import StudyPaths

    found = study_power(options.study_dir)
    table = found.table(options.difference, options.power)
    folder = StudyPaths(options.study_dir).analysis
    write_csv(folder / "power.csv", table)
    with house_style():
        power_figure(found, options.difference, options.power).write(folder)
    print(f"A difference of {options.difference:g} in {found.measure}, seen with power {options.power:g}")
    print(f"(t test over people and trainings at 0.05; this study: {found.people} people).")
    print(f"{'folds':>6}{'seeds':>7}{'people wanted':>15}{'power here':>12}{'seen here from':>16}")
    for row in table.itertuples(index=False):
        wanted = "none is enough" if row.reason else f"{row.people}"
        mark = "  this study" if row.own_design else ""
        print(f"{row.folds:>6}{row.seeds:>7}{wanted:>15}{row.power:>12.2f}{row.detectable:>16.4f}{mark}")
    if not found.variances.of_trainings(found.folds, found.seeds):
        print("Trainings add nothing to what people vary by here; from so few trainings that may be chance.")
    print(folder / "power.csv")
    return 0

"""`fer-xai status`: how a study stands."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from fer_xai.commands.plain import PlainParser
from fer_xai.errors import UserError

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "status"
PLACE = 80
HELP = "how a study stands: runs done, running, failed, time left (STUDY_DIR)"


def main(arguments: list[str]) -> int:
    """Print the runs of a study, what became of each, and the time that is left.

    Raises:
        UserError: no study there.
    """
    parser = PlainParser("fer-xai status", description="Show how a study stands.")
    parser.add_argument("study_dir", metavar="STUDY_DIR", type=Path, help="the study's folder, e.g. multirun/demo")
    parser.add_argument("--json", action="store_true", help="for programs: runs, and counts by status")
    options = parser.parse_args(arguments)

    from rich.console import Console

    from fer_xai.results.claim import preparers
    from fer_xai.results.paths import StudyPaths
    from fer_xai.results.plan import read_states
    from fer_xai.sweep.study_status import print_states, seconds_left, summary_line
    from fer_xai.terminal import show

    study = StudyPaths(options.study_dir)
    if not (study.plan.exists() or study.runs.is_dir()):
        raise UserError(f"{study.root} is no study: it holds neither plan.json nor runs/; give the folder of a sweep")
    states, preparing = read_states(study), preparers(study)
    if options.json:
        rows = [asdict(replace(state, record=None)) for state in states]
        for row in rows:
            del row["record"]
        counts: dict[str, int] = {}
        for state in states:
            counts[state.status] = counts.get(state.status, 0) + 1
        report = {"runs": rows, "counts": counts, "preparing": [asdict(worker) for worker in preparing]}
        print(json.dumps(report | {"seconds_left": seconds_left(states)}, indent=2))
        return 0
    console = Console()
    print_states(console, states)
    for worker in preparing:
        line = f"preparing data since {worker.started} on {worker.host}, process {worker.pid}"
        show(console, line)
    show(console, summary_line(states))
    return 0

"""The list of a study's runs, so that its state is known without opening each of them."""

from fer_xai.errors import UserError
from fer_xai.results.files import write_json
from fer_xai.results.paths import StudyPaths
from fer_xai.results.run import read_run


def write_plan(study: StudyPaths) -> None:
    """Write `plan.json` from the records of the runs: name, state, reason and both fingerprints of each.

    A run whose record cannot be read is listed as damaged, with what is wrong.

    Args:
        study: the study.

    Raises:
        UserError: the file cannot be written.
    """
    runs = []
    for folder in sorted(path.parent for path in study.runs.glob("*/run.json")):
        try:
            record = read_run(folder)
        except UserError as error:
            runs.append({"name": folder.name, "status": "damaged", "reason": str(error)})
            continue
        keys = ("name", "status", "reason", "training_fingerprint", "run_fingerprint")
        runs.append({key: getattr(record, key) for key in keys})
    write_json(study.plan, {"runs": runs})

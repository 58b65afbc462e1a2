"""`fer-xai data prepare`: faces found, aligned, cut out and kept, before any study needs them. Imports no torch."""

from typing import TYPE_CHECKING, Any

from fer_xai.config.program import run_program

if TYPE_CHECKING:
    from fer_xai.data.preparation.prepared_faces import PreparedFaces

#: What `fer-xai` lists: the words that call it, its place among the others, a line of help.
NAME = "data prepare"
PLACE = 30
HELP = "find, align and cut out faces (Hydra: data=NAME data.root=DIR)"


def main(arguments: list[str]) -> int:
    """Run the program."""
    run_program(task, "data_prepare", arguments, "data prepare")
    return 0


def task(cfg: Any) -> None:
    """Prepare the data set that the config asks for, and say what came of it.

    Raises:
        UserError: data that cannot be read, settings that mean nothing, or no usable image at all.
    """
    import time
    from pathlib import Path

    from fer_xai.config.check import check_config
    from fer_xai.data.cache import writable_folder
    from fer_xai.data.configured_faces import faces_of
    from fer_xai.files import write_csv

    check_config(cfg)
    out = writable_folder(Path(cfg.out), "folder for the lists (out)") if cfg.out else None
    start = time.perf_counter()
    faces = faces_of(cfg, all_there=False)
    if out is not None:
        write_csv(out / "prepared.csv", faces.frame.drop(columns="path"))
        write_csv(out / "left_out.csv", faces.left_out)
    print("\n".join(_lines(faces, time.perf_counter() - start)))
    if out is not None:
        print(f"lists:     {out / 'prepared.csv'}, {out / 'left_out.csv'}")


def _lines(faces: "PreparedFaces", seconds: float) -> list[str]:
    from fer_xai.data.advice import cut_off_faces
    from fer_xai.data.face_table import count_reasons

    counts = faces.frame["expression"].value_counts()
    each = ", ".join(f"{name} {counts.get(name, 0)}" for name in faces.expressions)
    lines = [f"kept:      {len(faces)} ({each})", f"left out:  {len(faces.left_out)}"]
    lines += [f"  {number:>7}  {reason}" for reason, number in count_reasons(faces.left_out).items()]
    lines += [f"note:      {note}" for note in (*faces.warnings, *faces.notes)]
    cut_off = cut_off_faces(faces.frame)
    lines += [f"cut off:   {cut_off}"] if cut_off else []
    missing = [name for name in faces.expressions if name not in counts.index]
    if missing:
        lines.append(f"missing:   no usable image of {', '.join(missing)}: leave it out of `classes` to train")
    return [*lines, f"cache:     {faces.crops.path.parent}", f"time:      {seconds:.1f} s"]

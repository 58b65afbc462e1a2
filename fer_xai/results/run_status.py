"""What becomes of a run, in words: the one place where they stand."""

from enum import StrEnum


class Status(StrEnum):
    """How a run stands, in the order of its life."""

    PLANNED = "planned"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    DAMAGED = "damaged"
    UNAVAILABLE = "unavailable"
    NOT_APPLICABLE = "not applicable"
    SET_ASIDE = "set aside"
    WEIGHTS = "weights"
    COMPLETE = "complete"


#: What the record of a run may say; the others follow from what lies around it.
RECORDED = (
    *(Status.COMPLETE, Status.NOT_APPLICABLE, Status.UNAVAILABLE),
    *(Status.FAILED, Status.RUNNING, Status.WEIGHTS),
)
#: The same command will do these runs.
AHEAD = frozenset({Status.PLANNED, Status.RUNNING, Status.INTERRUPTED})
#: Runs that cannot be done as they were asked for.
ABSENT = frozenset({Status.NOT_APPLICABLE, Status.UNAVAILABLE})
#: Ends of a run that a command which does not ask for it has nothing to do with.
WITHOUT_RESULT = ABSENT | {Status.FAILED}

"""What an answer in a line is: its question, its statements, and how sure each of them is."""

from dataclasses import dataclass

#: How sure a statement is: a named test decides it; it was tested and is open; nothing was tested; it was counted.
TESTED, UNSURE, NOT_TESTED, COUNTED = "tested", "unclear", "not tested", "counted"


@dataclass(frozen=True)
class Statement:
    """A sentence, and how sure it is.

    Attributes:
        text: one sentence.
        sure: `TESTED`, `UNSURE`, `NOT_TESTED` or `COUNTED`.
    """

    text: str
    sure: str


@dataclass(frozen=True)
class Answer:
    """One of the five lines.

    Attributes:
        question: that it answers.
        statements: at least one.
    """

    question: str
    statements: tuple[Statement, ...]

    @property
    def line(self) -> str:
        """The answer as text, the marks in brackets."""
        return " ".join([self.question, *(f"{item.text} [{item.sure}]" for item in self.statements)])

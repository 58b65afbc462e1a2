"""Words by which tables say whether an answer was right, without case."""

RIGHT = frozenset({"1", "1.0", "true", "yes", "right", "correct"})
WRONG = frozenset({"0", "0.0", "false", "no", "wrong", "incorrect"})

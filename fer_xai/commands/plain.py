"""Plain commands: `--option VALUE`, with errors in one line."""

import argparse
from typing import NoReturn

from fer_xai.errors import UserError


class PlainParser(argparse.ArgumentParser):
    """An argument parser whose errors are those of the other commands: one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage.

        Raises:
            UserError: always.
        """
        raise UserError(f"{self.prog.removeprefix('fer-xai ')}: {message}; see {self.prog} --help")

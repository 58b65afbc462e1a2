"""Paths and patterns reach Hydra as they were written."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from fer_xai.config.quoting import quote_paths


@pytest.mark.parametrize("path", ["/my faces/ö", "/x (2)/y", "/it's/a", "C:\\faces é", "/a[1]/{b}", "/plain/path"])
def test_paths_are_read_as_they_are(path: str) -> None:
    (argument,) = quote_paths([f"data.root={path}"])
    assert OverridesParser.create().parse_override(argument).value() == path


def test_what_hydra_refuses_for_other_reasons_stays() -> None:
    arguments = ["data=[a", "data.words={smile:happiness", "fold=0,", "--multirun", 'data.root="/ö"']
    assert quote_paths(arguments) == arguments


@pytest.mark.parametrize("value", [r"(.+)_\d+", "{:03d}.jpg", r"^([A-Z]{2})\.\d+$", r"it's_(\d+)"])
def test_patterns_need_no_quotes_of_their_own(value: str) -> None:
    (argument,) = quote_paths([f"data.subject_regex={value}"])
    assert OverridesParser.create().parse_override(argument).value() == value

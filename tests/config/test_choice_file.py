"""A choice's file by itself says what it says within a command."""

from fer_xai.config.choice_file import read_choice
from fer_xai.config.shipped_configs import conf_dir


def test_what_a_choice_takes_over_from_another_file_is_there():
    reference = conf_dir() / "reference"
    shuffled, masks = (read_choice(reference / f"{name}.yaml") for name in ("shuffled", "friesen_ekman"))
    assert "defaults" not in shuffled
    assert shuffled.of == masks
    assert shuffled.name == "shuffled"


def test_a_file_that_lists_others_stays_a_list():
    assert list(read_choice(conf_dir() / "metrics" / "default.yaml"))

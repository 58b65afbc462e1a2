import pytest
from omegaconf import OmegaConf

from fer_xai.config.check import check_config
from fer_xai.errors import UserError


class Thing:
    def __init__(self, size: int, name: str = "x", parts: list[int] | None = None, other: object = None) -> None:
        self.size = size


TARGET = f"{__name__}.Thing"


def check(**keys):
    check_config(OmegaConf.create({"group": {"thing": {"_target_": TARGET, **keys}}}))


@pytest.mark.parametrize("keys", [{"size": 3}, {"size": 3, "parts": [1, 2]}, {"size": 3, "other": {"a": 1}}])
def test_what_fits_the_signature_passes(keys):
    check(**keys)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"size": "big"}, r"group\.thing\.size=big: .*Integer"),
        ({"size": 3, "parts": ["a"]}, r"group\.thing\.parts"),
        ({"size": 3, "sise": 3}, r"unknown key group\.thing\.sise; .* takes size, name, parts, other"),
        ({"size": "???"}, r"group\.thing\.size must be set"),
    ],
)
def test_what_does_not_fit_names_the_key(keys, message):
    with pytest.raises(UserError, match=message):
        check(**keys)


def test_target_that_does_not_exist_is_one_line():
    with pytest.raises(UserError, match=r"group\._target_=fer_xai\.nothing\.Here cannot be imported"):
        check_config(OmegaConf.create({"group": {"_target_": "fer_xai.nothing.Here"}}))


def test_a_value_given_by_interpolation_is_checked_where_it_is_used():
    cfg = OmegaConf.create({"big": "x", "thing": {"_target_": TARGET, "size": "${big}"}})
    with pytest.raises(UserError, match=r"thing\.size=x"):
        check_config(cfg)


def test_a_partial_may_leave_arguments_open():
    check_config(OmegaConf.create({"thing": {"_target_": TARGET, "_partial_": True, "name": "y"}}))


def test_keys_may_be_numbers():
    check_config(OmegaConf.create({"thing": {"_target_": TARGET, "size": 1, "other": {1: {"name": "AU1"}}}}))

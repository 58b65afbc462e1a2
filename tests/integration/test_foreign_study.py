"""A study that somebody else has made: nothing in it runs, whatever is in the place of its files."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from helpers.same_study import assert_same, strays
from safetensors.torch import load_file, save_file

from fer_xai.cli import run
from fer_xai.results.stamps import stamp
from fer_xai.run.trained_network import read_state


class Trap:
    """Makes a file when it is unpickled as code."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable, tuple]:
        return Path.touch, (self.mark,)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Folder of the study that the first test here makes."""
    return tmp_path_factory.mktemp("once") / "study"


@pytest.fixture
def study(tiny_run, once, tmp_path):
    """The trained network of a finished study without runs, the command that made it, and what a trap would make."""
    told = ["train", *tiny_run, "model=songnet", "logger=none"]
    if not once.exists():
        assert run([*told, f"hydra.run.dir={once}"]) == 0
    copy = tmp_path / "study"
    shutil.copytree(once, copy)
    shutil.rmtree(copy / "runs")
    (network,) = (copy / "trained").iterdir()
    return network, [*told, f"hydra.run.dir={copy}"], tmp_path / "sprung"


def state(network: Path) -> dict:
    found = read_state(network / "last.ckpt")
    assert found is not None
    return found


def unfinished(network: Path) -> Path:
    (network / "record.json").unlink()
    return network / "last.ckpt"


def tell(network: Path, **changes: object) -> None:
    record = network / "record.json"
    record.write_text(json.dumps(json.loads(record.read_text(encoding="utf-8")) | changes), encoding="utf-8")


def beside_the_state(network: Path, trap: Trap) -> None:
    torch.save(state(network) | {"more": trap}, unfinished(network))


def in_place_of_a_rate(network: Path, trap: Trap) -> None:
    content = state(network)
    content["optimizer_states"][0]["param_groups"][0]["lr"] = trap
    torch.save(content, unfinished(network))


def in_an_older_form(network: Path, trap: Trap) -> None:
    torch.save(state(network) | {"more": trap}, unfinished(network), _use_new_zipfile_serialization=False)


def as_a_plain_pickle(network: Path, trap: Trap) -> None:
    unfinished(network).write_bytes(pickle.dumps(trap))


def in_place_of_the_best(network: Path, trap: Trap) -> None:
    unfinished(network)
    torch.save({"state_dict": trap}, network / "best.safetensors")


def in_place_of_the_weights(network: Path, trap: Trap) -> None:
    torch.save({"state_dict": trap}, network / "best.safetensors")
    tell(network, stamp=stamp(network / "best.safetensors"))


def named_beside(network: Path, trap: Trap) -> None:
    torch.save({"state_dict": trap}, network / "best.ckpt")
    tell(network, checkpoint="best.ckpt", stamp=stamp(network / "best.ckpt"))


def named_outside(network: Path, trap: Trap) -> None:
    evil = network.parents[2] / "evil.ckpt"
    torch.save({"state_dict": trap}, evil)
    tell(network, checkpoint="../../../evil.ckpt", stamp=stamp(evil))


def named_absolutely(network: Path, trap: Trap) -> None:
    evil = network.parents[2] / "evil.safetensors"
    save_file({"x": torch.zeros(1)}, evil)
    tell(network, checkpoint=str(evil), stamp=stamp(evil))


def weights_of_another_network(network: Path, trap: Trap) -> None:
    weights = load_file(network / "best.safetensors")
    save_file({name: tensor.flatten() for name, tensor in weights.items()}, network / "best.safetensors")
    tell(network, stamp=stamp(network / "best.safetensors"))


def state_of_another_network(network: Path, trap: Trap) -> None:
    content = state(network)
    content["state_dict"] = {name: tensor.flatten() for name, tensor in content["state_dict"].items()}
    torch.save(content, unfinished(network))


def no_state_at_all(network: Path, trap: Trap) -> None:
    torch.save({"state_dict": {}, "callbacks": ["x"]}, unfinished(network))


def of_an_earlier_version(network: Path, trap: Trap) -> None:
    """Its callback would delete the file that its state calls the best so far, wherever that is."""
    content = state(network)
    victim = str(network.parents[2] / "victim")
    kept = {"best_model_path": victim, "best_k_models": {victim: torch.tensor(9.0)}, "dirpath": str(network)}
    content["callbacks"] = {"ModelCheckpoint{'monitor': 'val_loss', 'mode': 'min'}": kept}
    torch.save(content, unfinished(network))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (beside_the_state, "training starts anew"),
        pytest.param(in_place_of_a_rate, "training starts anew", marks=pytest.mark.slow),
        pytest.param(in_an_older_form, "training starts anew", marks=pytest.mark.slow),
        pytest.param(as_a_plain_pickle, "training starts anew", marks=pytest.mark.slow),
        pytest.param(in_place_of_the_best, "training starts anew", marks=pytest.mark.slow),
        pytest.param(state_of_another_network, "training starts anew", marks=pytest.mark.slow),
        pytest.param(no_state_at_all, "training starts anew", marks=pytest.mark.slow),
        (of_an_earlier_version, "training starts anew"),
        (in_place_of_the_weights, "it is trained again"),
        pytest.param(named_beside, "it is trained again", marks=pytest.mark.slow),
        (named_outside, "it is trained again"),
        pytest.param(named_absolutely, "it is trained again", marks=pytest.mark.slow),
        pytest.param(weights_of_another_network, "it is trained again", marks=pytest.mark.slow),
    ],
)
def test_code_in_a_study_is_not_run_and_its_network_trained_anew(study, once, capsys, change, told):
    network, command, sprung = study
    victim = network.parents[2] / "victim"
    victim.touch()
    change(network, Trap(sprung))
    capsys.readouterr()
    assert run(command) == 0
    assert not sprung.exists()
    assert victim.exists()
    assert capsys.readouterr().err.count(told) == 1
    folder = network.parents[1]
    (log,) = folder.glob("runs/*/log.txt")
    assert log.read_text(encoding="utf-8").count(told) == 1
    (network / "best.ckpt").unlink(missing_ok=True)
    assert_same(once, folder)
    assert strays(folder) == []


def test_files_that_nobody_asked_for_are_not_read(study, once, capsys):
    network, command, sprung = study
    extra = [network / name for name in ("best.ckpt", "weights.pkl", "hpc_ckpt_1.ckpt")]
    extra += [network.parents[1] / "hpc_ckpt_1.ckpt", network.parents[1] / "model.pt"]
    for path in extra:
        torch.save({"state_dict": Trap(sprung)}, path)
    before = (network / "best.safetensors").stat().st_mtime_ns
    capsys.readouterr()
    assert run(command) == 0
    assert not sprung.exists()
    assert "again" not in capsys.readouterr().err
    assert (network / "best.safetensors").stat().st_mtime_ns == before
    for path in extra:
        path.unlink()
    assert_same(once, network.parents[1])


def test_weights_given_to_a_run_are_not_run_either(tiny_run, tmp_path, capsys):
    torch.save({"state_dict": Trap(tmp_path / "sprung")}, tmp_path / "weights.pt")
    assert run(["train", *tiny_run, f"pretrained={tmp_path}/weights.pt", f"hydra.run.dir={tmp_path}/study"]) == 2
    assert "its pickle holds code (" in capsys.readouterr().err
    assert not (tmp_path / "sprung").exists()

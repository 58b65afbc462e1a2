"""Runs whose first weights are not there."""

from omegaconf import OmegaConf

from fer_xai.results.plan import Job
from fer_xai.sweep.missing_weights import missing_weights


def test_every_run_is_asked_for_its_own_file(tmp_path):
    for fold in (0, 2):
        (tmp_path / f"fold{fold}.safetensors").touch()

    def compose(overrides):
        said = dict(text.split("=", 1) for text in overrides)
        return OmegaConf.create({"fold": int(said["fold"]), "pretrained": said.get("pretrained", False)})

    own = f"pretrained={tmp_path}/fold${{fold}}.safetensors"
    jobs = [Job(f"own {fold}", (own, f"fold={fold}")) for fold in range(4)]
    jobs += [Job(f"none {fold}", (f"fold={fold}",)) for fold in range(2)]
    jobs += [Job(f"same {fold}", (f"pretrained={tmp_path}/gone.pt", f"fold={fold}")) for fold in range(2)]
    missing = missing_weights(jobs, compose)
    assert set(missing) == {"own 1", "own 3", "same 0", "same 1"}
    assert str(missing["own 3"]).startswith(f"pretrained={tmp_path}/fold3.safetensors: no such file")

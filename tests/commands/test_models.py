import json

import pytest

from fer_xai.cli import run
from fer_xai.config.shipped_configs import conf_dir

NAMES = sorted(path.stem for path in (conf_dir() / "model").glob("*.yaml") if path.stem not in {"timm", "external"})


def test_json_lists_every_configured_network_and_the_named_backbone(capsys):
    assert run(["models", "--json", "--backbone", "resnet18"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == [*NAMES, "resnet18"]
    assert all(list(row) == ["name", "input_size", "parameters", "layer", "pretrained"] for row in rows)
    found = {row["name"]: row for row in rows}
    assert found["silnet"] == {
        "name": "silnet",
        "input_size": 150,
        "parameters": 184_852_038,
        "layer": "features",
        "pretrained": ["none", "file"],
    }
    assert found["resnet50"]["pretrained"] == ["none", "imagenet", "file"]
    # 11.69 million with a classifier of 1,000 classes, less that, with one of six: 512 values each.
    assert found["resnet18"]["parameters"] == 11_689_512 - 1000 * 513 + 6 * 513
    assert found["resnet18"]["input_size"] == 224


def test_table_shows_every_network(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    assert run(["models"]) == 0
    out = capsys.readouterr().out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert set(NAMES) <= set(lines)
    assert "88,718,726" in lines["alexnet"]
    assert "imagenet (resnet50.tv_in1k), file" in lines["resnet50"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--backbone", "vit_tony"], "timm has no backbone 'vit_tony'"), (["--jsn"], "unrecognized arguments: --jsn")],
)
def test_a_mistake_is_one_line(capsys, arguments, message):
    assert run(["models", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1

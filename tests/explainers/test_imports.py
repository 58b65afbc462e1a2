"""What explaining loads: nothing heavy that the chosen explainer does not need."""

import json
import subprocess
import sys

import pytest

HEAVY = ("cv2", "pandas", "captum", "pytorch_grad_cam", "matplotlib", "skimage", "lightning", "pytorch_lightning")

EXPLAIN = """
import importlib, json, sys
import torch
from fer_xai.explainers.base import Question
from fer_xai.models.songnet import SongNet
question = Question(torch.rand(1, 3, 16, 16), torch.tensor([0]))
for path in sys.argv[1].split():
    module, name = path.split(".")
    explainer = getattr(importlib.import_module(f"fer_xai.explainers.{module}"), name)()
    assert explainer.explain(SongNet(16), "features", question).isfinite().all()
print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""


@pytest.mark.parametrize(
    ("explainers", "needed"),
    [
        ("cam.GradCAM cam.EigenCAM cam_passes.ScoreCAM cam_passes.AblationCAM input_gradients.SmoothGrad", set()),
        pytest.param(
            "integrated_gradients.IntegratedGradients deep_lift.DeepLift",
            {"captum", "matplotlib"},  # captum's own
            marks=pytest.mark.slow,
        ),
    ],
)
def test_explaining_loads_no_more_than_it_needs(explainers, needed):
    command = [sys.executable, "-c", EXPLAIN, explainers, *HEAVY]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) <= needed

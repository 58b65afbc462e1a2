"""What perturbation explainers load: only regions of the face, which are filled by OpenCV, need it."""

import json
import subprocess
import sys

EXPLAIN = """
import json, sys
import torch
from fer_xai.explainers.base import Question
from fer_xai.explainers.baseline_maps import CentredGaussian, Edges, UniformNoise
from fer_xai.explainers.kernelshap import KernelSHAP
from fer_xai.explainers.lime import LIME
from fer_xai.explainers.occlusion import Occlusion
from fer_xai.explainers.rise import RISE
from fer_xai.models.songnet import SongNet
blocks = torch.rand(1, 3, 2, 2).repeat_interleave(8, 2).repeat_interleave(8, 3)
question, network = Question(blocks, torch.tensor([0])), SongNet(16)
sampled = [LIME(samples=4), KernelSHAP(samples=4, exact_up_to=1), RISE(samples=4)]
for explainer in [*sampled, Occlusion(0.5, 0.5), UniformNoise(), CentredGaussian(), Edges()]:
    assert explainer.explain(network, "features", question).isfinite().all()
print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
"""


def test_explaining_by_perturbation_loads_nothing_heavy():
    heavy = ("cv2", "pandas", "captum", "pytorch_grad_cam", "matplotlib", "sklearn", "pytorch_lightning")
    command = [sys.executable, "-c", EXPLAIN, *heavy]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []

"""False-discovery control over the contrasts of pretraining: which p-values stand together."""

import numpy as np
from scipy.stats import false_discovery_control

from fer_xai.analysis.pretraining_contrasts import contrast_table
from fer_xai.scoring.score_tables import MEAN


def _row(explainer: str, metric: str, network: str, p: float, p_same: float = np.nan) -> dict[str, object]:
    words = {"explainer": explainer, "metric": metric, "network": network, "pretrained": "faces", "expression": None}
    return {**words, "p": p, "p_same": p_same}


def test_means_over_networks_are_a_family_over_explainers_and_measures() -> None:
    rows = [
        _row("gradcam", "ncc", MEAN, 0.01, 0.2),
        _row("gradcam", "iou", MEAN, 0.04),
        _row("lime", "ncc", MEAN, 0.03, 0.01),
        _row("gradcam", "ncc", "net", 0.04, 0.04),
        _row("lime", "ncc", "net", np.nan),
    ]
    table = contrast_table(rows)
    np.testing.assert_allclose(table["q"][:3], false_discovery_control([0.01, 0.04, 0.03]))
    np.testing.assert_allclose(table["q_same"].to_numpy()[[0, 2]], false_discovery_control([0.2, 0.01]))
    assert table["q"][3] == table["q_same"][3] == 0.04
    assert table[["q", "q_same"]].isna().to_numpy().tolist()[4] == [True, True]

"""What is said of each network and its explainers by known evidence, from made-up tables, to the letter."""

from types import SimpleNamespace

import pandas as pd

from fer_xai.analysis.words.network_evidence import ALL, evidence_sentences, network_evidence

LABELS = ["net (identity)", "net (none)"]
#: Explainer -> its rank correlation with bounds, and the bounds of its difference from the best baseline.
FIGURES = {
    "saliency": ((0.53, 0.45, 0.61), (0.2, 0.6)),
    "gradcam": ((0.01, -0.1, 0.1), (-0.4, -0.05)),
    "occlusion": ((0.2, 0.1, 0.3), (-0.1, 0.3)),
    "lime": ((-0.2, -0.3, -0.1), (-0.1, 0.1)),
    "rise": ((0.1, -0.1, 0.3), (0.05, 0.4)),
}


def analysis_of(figures=FIGURES, labels=LABELS, units=True):
    trust, against, used = [], [], []
    for label in ["", *labels]:
        place = {"network": label, "label": label, "expression": "", "answers": "all"}
        place |= {"test": "known_evidence", "measure": "rank_correlation"}
        for name, (own, difference) in figures.items():
            chance = {"chance": 0.12, "chance_of": "edges"}
            bounds = dict(zip(("value", "low", "high"), own, strict=True))
            trust.append(place | chance | {"explainer": name} | bounds)
            low, high = difference
            against.append(place | {"explainer": name, "against": "edges", "low": low, "high": high})
        used += [
            {"label": label, "fold": None, "expression": expression, "unit": unit, "n": 8} | values
            for expression, unit, values in (
                ("anger", "AU4", {"value": 5.0, "low": 4.0, "high": 6.0}),
                ("anger", "AU7", {"value": 1.0, "low": 0.5, "high": 2.0}),
                ("disgust", "AU9+AU10", {"value": 3.0, "low": 2.0, "high": 4.0}),
                ("fear", "AU1", {"value": 1.0, "low": -1.0, "high": 3.0}),
            )
        ]
    return SimpleNamespace(
        explainer_title=str,
        labels=list(labels),
        facts={"expressions": ["anger", "disgust", "fear"], "true_map_explainers": ["truth"]},
        trust=pd.DataFrame(trust),
        trust_against=pd.DataFrame(against),
        action_units=pd.DataFrame(used) if units else pd.DataFrame(),
    )


def test_each_network_has_what_it_uses_and_who_agrees_then_all_together():
    sentences = evidence_sentences(network_evidence(analysis_of()))
    assert len(sentences) == 3
    assert sentences[1] == (
        "By intervention, net (none) names anger by AU4 (brows) and disgust by AU9+AU10 (nose, upper lip) above all; "
        "by which action unit above all it names fear is unclear (95 % intervals over people, this training held "
        "fixed). Of its explainers, saliency (0.53) agrees with what net (none) uses; gradcam (0.01) and lime (-0.20) "
        "do not; unclear: occlusion (0.20) and rise (0.10). In brackets: rank correlation, judged by 95 % intervals "
        "over people, this training held fixed; the best baseline, edges, has 0.12."
    )
    assert sentences[2].startswith("Of what the networks use, saliency tells more than every baseline")


def test_without_agreement_none_is_claimed():
    figures = {"gradcam": FIGURES["gradcam"]}
    sentences = evidence_sentences(network_evidence(analysis_of(figures, units=False)))
    assert sentences[0] == (
        "No explainer is shown to agree with what net (identity) uses; gradcam (0.01) does not. In brackets: rank "
        "correlation, judged by 95 % intervals over people, this training held fixed; the best baseline, "
        "edges, has 0.12."
    )


def test_true_map_takes_no_part():
    answers = network_evidence(analysis_of(FIGURES | {"truth": ((1.0, 1.0, 1.0), (0.5, 0.6))}))
    assert [answer["network"] for answer in answers] == [ALL, *LABELS]
    assert set(answers[1]["explainers"]) == set(FIGURES)
    assert answers[1]["explainers"]["saliency"] == {
        "value": 0.53,
        "low": 0.45,
        "high": 0.61,
        "answer": "agrees",
        "title": "saliency",
    }
    assert answers[1]["uses"] == {"anger": "AU4", "disgust": "AU9+AU10", "fear": None}


def test_many_networks_are_left_to_the_sections():
    answers = network_evidence(analysis_of(labels=[f"net{number}" for number in range(7)]))
    assert len(answers) == 8
    assert len(evidence_sentences(answers)) == 1


def test_study_without_known_evidence_says_nothing():
    nothing = SimpleNamespace(
        labels=LABELS, facts={}, trust=pd.DataFrame(), trust_against=pd.DataFrame(), action_units=pd.DataFrame()
    )
    assert network_evidence(nothing) == []
    assert evidence_sentences([]) == []

"""Explaining and averaging, on made-up faces whose answer is arithmetic."""

import io
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import pytorch_lightning as pl
import torch
from helpers.testing_run import SIZE, Brightness, context_for, made_up_faces
from rich.console import Console
from rich.progress import Progress
from torch import nn

from fer_xai.callbacks.context import RunContext
from fer_xai.callbacks.explain import Explain
from fer_xai.callbacks.image_selection import expressions_to_explain, select_images, why_fewer
from fer_xai.callbacks.predictions import Predictions
from fer_xai.callbacks.stage_progress import shown
from fer_xai.data.datamodule import FacesDataset
from fer_xai.data.face_table import no_rows
from fer_xai.data.preparation.prepared_faces import PreparedFaces
from fer_xai.errors import NotApplicableError, UserError
from fer_xai.expressions import EXPRESSIONS
from fer_xai.models.module import ExpressionModule
from fer_xai.models.network import Network


class ClassNumber:
    """Explains every pixel by the number of the class, minus two."""

    local_scale = "none"
    positive = True

    def explain(self, network, layer, question):
        return (question.classes.float() - 2)[:, None, None].expand(-1, 7, 7)


@pytest.fixture
def module() -> ExpressionModule:
    network = Network(nn.Identity(), Brightness())
    network.register_parameter("unused", nn.Parameter(torch.zeros(1)))
    return ExpressionModule(network, input_size=SIZE, optimizer=torch.optim.SGD)


def run_test(faces: PreparedFaces, module: ExpressionModule, context: RunContext, explain: Explain) -> RunContext:
    trainer = pl.Trainer(
        accelerator="cpu",
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[Predictions(context), explain],
    )
    rows = np.arange(len(faces))
    trainer.test(module, torch.utils.data.DataLoader(FacesDataset(faces, rows), batch_size=7), verbose=False)
    return context


def test_global_heatmap_of_constant_maps_is_the_constant(module, tmp_path):
    faces = made_up_faces()
    context = context_for(faces, tmp_path)
    explain = Explain(
        {"number": ClassNumber()}, "features", context, images_per_expression=8, batch_size=5, replicates=9
    )
    run_test(faces, module, context, explain)
    assert context.images == dict.fromkeys(EXPRESSIONS, 8)
    maps = context.heatmaps.sel(explainer="number")
    for number, expression in enumerate(EXPRESSIONS):
        one = maps.sel(expression=expression)
        valid = one["count"].values > 0
        assert valid.mean() > 0.9
        assert set(np.unique(one["count"].values)) <= {0, 8}
        np.testing.assert_allclose(one["mean"].values[valid], max(number - 2, 0), atol=1e-6)
        np.testing.assert_allclose(one["std"].values[valid], 0, atol=1e-5)
    assert context.replicates["mean"].sizes["replicate"] == 9


class PersonNumber(ClassNumber):
    """Explains every pixel by the number of the person, plus one."""

    def explain(self, network, layer, question):
        person = torch.div(question.index, len(EXPRESSIONS), rounding_mode="floor")
        return (person.float() + 1)[:, None, None].expand(-1, 7, 7)


class Blind(ClassNumber):
    """Looks at no network."""

    baseline = True


def test_every_person_s_map_is_kept_by_itself(module, tmp_path):
    faces = made_up_faces(4)
    # One face says fear, and is taken for the surprise that it shows.
    wrong = faces.frame["image"] == "2_surprise"
    faces.frame.loc[wrong, "expression"] = "fear"
    context = context_for(faces, tmp_path)
    explain = Explain({"p": PersonNumber(), "b": Blind()}, "features", context, batch_size=5, replicates=2)
    kept = run_test(faces, module, context, explain).people
    assert kept["explainer"].values.tolist() == ["p"]
    rows = list(zip(*(kept[key].values for key in ("expression", "person", "answer")), strict=True))
    assert len(rows) == 24
    assert ("surprise", "made_up/p2", "wrong") in rows
    assert sum(answer == "right" for _, _, answer in rows) == 23
    maps = (kept["mean"].astype(float) * kept["scale"]).sel(explainer="p")
    for place, (_, person, _) in enumerate(rows):
        assert float(np.nanmin(maps[place])) == float(np.nanmax(maps[place])) == int(person[-1]) + 1
    # Together they are the global heatmap.
    own = kept["expression"].values == "surprise"
    count = kept["count"].sel(explainer="p").values[own].astype(float)
    mean = np.nansum(maps.values[own] * count, 0) / count.sum(0)
    whole = context.heatmaps.sel(explainer="p", expression="surprise")
    centre = np.s_[80:120, 80:120]
    np.testing.assert_allclose(mean[20:30, 20:30], 2.5, rtol=1e-3)
    np.testing.assert_allclose(whole["mean"].values[centre], 2.5, rtol=1e-6)


def test_maps_of_people_are_not_kept_where_that_is_off(module, tmp_path):
    assert explained(tmp_path, module, {"number": ClassNumber()}, people=False).people is None


def test_predictions_are_those_of_the_network_in_the_order_of_the_data(module, tmp_path):
    faces = made_up_faces(3)
    context = context_for(faces, tmp_path)
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, callbacks=[Predictions(context)])
    twice = np.concatenate([np.arange(len(faces)), [0]])  # as a sampler that fills its last batch would
    trainer.test(module, torch.utils.data.DataLoader(FacesDataset(faces, twice), batch_size=4), verbose=False)
    table = context.predictions
    assert table["image"].tolist() == faces.frame["image"].tolist()
    assert (table["true"] == table["predicted"]).all()
    assert set(table["fold"]) == {1}
    np.testing.assert_allclose(table[[f"p_{e}" for e in EXPRESSIONS]].sum(axis=1), 1, atol=1e-6)


def test_predictions_keep_the_columns_by_which_people_are_grouped(module, tmp_path):
    faces = made_up_faces(2)
    people = faces.frame["subject"].eq("p0")
    faces.frame["sex"] = np.where(people, "female", None)
    faces.frame["glasses"], faces.frame["content"] = "no", "abc"
    context = context_for(faces, tmp_path)
    callback = Predictions(context, groups=["glasses"])
    trainer = pl.Trainer(accelerator="cpu", logger=False, enable_progress_bar=False, callbacks=[callback])
    trainer.test(module, torch.utils.data.DataLoader(FacesDataset(faces, np.arange(12))), verbose=False)
    assert context.predictions.columns[-2:].tolist() == ["sex", "glasses"]
    assert context.predictions["sex"].tolist() == ["female"] * 6 + [""] * 6
    with pytest.raises(UserError, match="groups=beard: the data bring no such column"):
        Predictions(context, groups="beard")


def test_mean_face_needs_ten_people(module, tmp_path):
    few, many = made_up_faces(9), made_up_faces(10)
    for faces, there in ((few, False), (many, True)):
        context = context_for(faces, tmp_path)
        run_test(faces, module, context, Explain({"number": ClassNumber()}, "features", context, replicates=1))
        assert ("mean_face" in context.heatmaps) is there
    face = context.heatmaps["mean_face"]
    assert face.shape == (275, 224, 3)
    # The mean brightness of the six expressions: (0 + 40 + ... + 200) / 6 / 255.
    assert float(face[100, 112, 0]) == pytest.approx(100 / 255, abs=1e-5)


def test_unknown_people_are_in_the_mean_face_only_if_counted(module, tmp_path):
    """They may all be one person: nine known people and any number of unknown images make no mean face."""
    faces = made_up_faces(12)
    faces.frame.loc[faces.frame["subject"].isin(["p9", "p10", "p11"]), "subject"] = ""
    for counted in (False, True):
        context = context_for(faces, tmp_path)
        explain = Explain({"number": ClassNumber()}, "features", context, replicates=1, count_unknown=counted)
        run_test(faces, module, context, explain)
        assert ("mean_face" in context.heatmaps) is counted
    assert context.heatmaps["mean_face"].attrs["people"] == 9 + 3 * 6


def test_everybody_has_the_same_share_in_the_mean_face(module, tmp_path):
    """Nine people of one bright image each, and one of six dark to bright: each counts a tenth."""
    faces = made_up_faces(10)
    bright = (faces.frame["expression"] == "surprise") | (faces.frame["subject"] == "p0")
    rows = np.flatnonzero(bright)
    fewer = PreparedFaces(
        faces.frame.iloc[rows].reset_index(drop=True),
        faces.crops[rows],
        faces.landmarks[rows],
        no_rows(),
        "0" * 64,
        EXPRESSIONS,
    )
    context = context_for(fewer, tmp_path)
    run_test(fewer, module, context, Explain({"number": ClassNumber()}, "features", context, replicates=1))
    expected = (9 * 200 + 100) / 10 / 255
    assert float(context.heatmaps["mean_face"][100, 112, 0]) == pytest.approx(expected, abs=1e-5)


def test_the_mean_face_is_empty_where_few_people_are_seen(module, tmp_path):
    """Half of twelve people, cut off below the nose: what only six have is of fewer than ten, and is not shown."""
    for cut_off, there in ((1, True), (3, False), (8, False)):
        faces = made_up_faces(12)
        rows = faces.frame["subject"].isin([f"p{i}" for i in range(cut_off)]).to_numpy()
        faces.landmarks[rows] *= (1, 2)
        context = context_for(faces, tmp_path)
        run_test(faces, module, context, Explain({"number": ClassNumber()}, "features", context, replicates=1))
        face = context.heatmaps["mean_face"].to_numpy()
        assert np.isfinite(face[60, 112]).all()
        assert np.isfinite(face[230, 112]).all() == there
        assert np.isnan(face[230, 112]).all() == (not there)


def table_of(predicted: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"image": [f"i{n}" for n in range(len(predicted))], "predicted": predicted, **columns})


def test_choice_takes_predicted_classes_at_most_so_many_whatever_the_order():
    table = table_of(["anger"] * 25 + ["fear"] * 5)
    chosen = select_images(table, 10, 3, EXPRESSIONS)
    assert chosen["explained"].value_counts().to_dict() == {"anger": 10, "fear": 5}
    assert set(chosen["against"]) == {""}
    shuffled = select_images(table.sample(frac=1, random_state=1), 10, 3, EXPRESSIONS)
    assert set(shuffled["image"]) == set(chosen["image"])
    assert set(select_images(table, 10, 4, EXPRESSIONS)["image"]) != set(chosen["image"])
    # Another selection of expressions leaves the choice within each as it is.
    fear = select_images(table, 3, 3, EXPRESSIONS, ["fear"])
    assert (
        fear["image"].tolist() == select_images(table, 3, 3, EXPRESSIONS).query("explained == 'fear'")["image"].tolist()
    )


def test_networks_that_name_images_alike_are_explained_on_the_same_ones():
    """A network that errs elsewhere chooses the same images but those that it does not name so."""
    one = table_of(["anger"] * 25 + ["fear"] * 25)
    other = one.assign(predicted=["fear", *one["predicted"][1:-1], "anger"])
    first, second = (set(select_images(table, 8, 3, EXPRESSIONS)["image"]) for table in (one, other))
    assert len(first) == len(second) == 16
    assert len(first - second) <= 2
    # More images are those and others.
    assert first < set(select_images(one, 12, 3, EXPRESSIONS)["image"])


def test_choice_by_truth_and_by_contrast():
    scores = np.full((3, 6), 0.05)
    scores[[0, 1, 2], [0, 2, 2]] = 0.5  # predicted: anger, fear, fear
    scores[[0, 1, 2], [4, 5, 0]] = 0.3  # next: sadness, surprise, anger
    columns = {f"p_{name}": scores[:, number] for number, name in enumerate(EXPRESSIONS)}
    table = table_of(["anger", "fear", "fear"], true=["fear", "fear", "surprise"], **columns)
    by_truth = select_images(table, 9, 0, EXPRESSIONS, target="true")
    pd.testing.assert_frame_equal(select_images(table, 9, 0, EXPRESSIONS, target=True), by_truth)
    assert by_truth.set_index("image")["explained"].to_dict() == {"i0": "fear", "i1": "fear", "i2": "surprise"}
    next_best = select_images(table, 9, 0, EXPRESSIONS, target="contrast").set_index("image")
    assert next_best["explained"].to_dict() == {"i0": "anger", "i1": "fear", "i2": "fear"}
    assert next_best["against"].to_dict() == {"i0": "sadness", "i1": "surprise", "i2": "anger"}
    pair = select_images(table, 9, 0, EXPRESSIONS, target=["fear", "surprise"]).set_index("image")
    assert pair[["explained", "against"]].to_numpy().tolist() == [["fear", "surprise"]] * 2


@pytest.mark.parametrize("target", ["guessed", False, ["fear"], ["fear", "fear"], ["fear", "envy"]])
def test_target_that_means_nothing_is_refused(target):
    with pytest.raises(UserError, match=r"callbacks\.explain\.target=.*choose predicted, true, contrast"):
        select_images(table_of(["fear"]), 1, 0, EXPRESSIONS, target=target)


def test_expressions_are_a_word_or_a_list():
    assert expressions_to_explain("fear", EXPRESSIONS) == ("fear",)
    assert expressions_to_explain(["surprise", "anger"], EXPRESSIONS) == ("anger", "surprise")
    assert expressions_to_explain(None, EXPRESSIONS) == EXPRESSIONS
    with pytest.raises(UserError, match="expressions=3: choose among anger"):
        expressions_to_explain(3, EXPRESSIONS)
    with pytest.raises(UserError, match="expressions=envy: choose among anger"):
        expressions_to_explain("envy", EXPRESSIONS)


class OneSided(ClassNumber):
    """Fits no network."""

    def explain(self, network, layer, question):
        raise NotApplicableError("only for networks of one layer")


class Contrast(ClassNumber):
    """A slope that rises to the lower right, and falls for the first person; higher by the class that is against."""

    def explain(self, network, layer, question):
        direction = torch.where(question.index < len(EXPRESSIONS), -1.0, 1.0)
        slope = torch.arange(49.0).view(1, 7, 7) * direction[:, None, None]
        return slope + 100 + question.against[:, None, None]


def explained(tmp_path, module, explainers, number=4, **settings):
    faces = made_up_faces(number)
    context = context_for(faces, tmp_path)
    explain = Explain(explainers, "features", context, batch_size=5, replicates=3, **settings)
    return run_test(faces, module, context, explain)


def test_explainer_that_does_not_fit_is_left_out_and_the_others_go_on(module, tmp_path):
    context = explained(tmp_path, module, {"odd": OneSided(), "number": ClassNumber()})
    assert context.heatmaps["explainer"].values.tolist() == ["number"]
    assert context.left_out_explainers == {"odd": "only for networks of one layer"}
    with pytest.raises(NotApplicableError):
        explained(tmp_path, module, {"odd": OneSided()})


@pytest.mark.parametrize("error", [torch.cuda.OutOfMemoryError("CUDA"), torch.linalg.LinAlgError("ill-conditioned")])
def test_explainer_that_the_device_or_a_matrix_fails_is_left_out_and_the_others_go_on(module, tmp_path, error):
    class Failing(ClassNumber):
        def explain(self, network, layer, question):
            raise error

    context = explained(tmp_path, module, {"failing": Failing(), "number": ClassNumber()})
    assert context.heatmaps["explainer"].values.tolist() == ["number"]
    (why,) = context.left_out_explainers.values()
    assert "batch_size" in why or "ill-conditioned" in why


def test_maps_that_say_nothing_are_kept_and_counted(module, tmp_path):
    """The ReLU leaves nothing of the classes 0 to 2, whose maps are -2, -1 and 0 everywhere."""
    maps = explained(tmp_path, module, {"number": ClassNumber()}).heatmaps.sel(explainer="number")
    assert maps["images"].values.tolist() == [4] * 6
    assert maps["empty"].values.tolist() == [4, 4, 4, 0, 0, 0]
    assert maps["not_finite"].values.tolist() == [0] * 6
    assert maps["grid"].values.tolist() == [[7, 7]] * 6


def test_only_the_expressions_that_are_asked_for_are_explained(module, tmp_path):
    context = explained(tmp_path, module, {"number": ClassNumber()}, expressions=["surprise", "happiness"])
    assert context.heatmaps["expression"].values.tolist() == ["happiness", "surprise"]
    assert context.images == {"happiness": 4, "surprise": 4}
    means = [
        np.nanmax(context.heatmaps["mean"].sel(explainer="number", expression=e)) for e in ("happiness", "surprise")
    ]
    assert means == [1, 3]
    assert context.replicates["mean"].sizes["expression"] == 2


def test_examples_are_the_most_and_least_like_the_mean(module, tmp_path):
    context = explained(tmp_path, module, {"c": Contrast()}, number=6, target="contrast", examples=1)
    examples = context.examples.sel(explainer="c", expression="fear")
    assert examples["ncc"].sel(kind="most").item() == pytest.approx(1, abs=1e-4)
    assert examples["ncc"].sel(kind="least").item() == pytest.approx(-1, abs=1e-4)
    assert examples["image"].sel(kind="least").item() == "0_fear"
    assert examples["image"].sel(kind="most").item() in {f"{person}_fear" for person in range(1, 6)}
    assert np.isfinite(examples["heatmap"]).mean() > 0.9
    assert "face" not in examples


def test_examples_hold_their_faces_only_where_these_may_be_shown(module, tmp_path):
    context = explained(
        tmp_path, module, {"c": Contrast()}, number=6, target="contrast", show_faces=True, examples=None
    )
    examples = context.examples.sel(explainer="c", expression="fear")
    assert examples.sizes["rank"] == 3
    assert examples["face"].dtype == np.uint8
    # Faces of fear are of brightness 80 all over.
    assert np.unique(examples["face"].sel(kind="most")[0, 100:150, 60:160]).tolist() == [80]


def named(*pairs: str) -> pd.DataFrame:
    """Predictions of images, each given as the letters of its true and its predicted class."""
    table = pd.DataFrame([list(pair) for pair in pairs], columns=["true", "predicted"])
    return table.assign(image=[f"{number}.png" for number in range(len(pairs))])


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "predicted",
            [
                "5 of 9 test images are explained",
                "a: 2 of the 5 test images that the network names so are explained "
                "(callbacks.explain.images_per_expression=2)",
                "b: 1 explained, for the network names no more test images so (3 show it)",
                "c: none explained, for the network names no test image so (1 show it)",
                "d: 2 of the 3 test images that the network names so are explained "
                "(callbacks.explain.images_per_expression=2)",
            ],
        ),
        (
            "true",
            [
                "7 of 9 test images are explained",
                "a: 2 of the 3 test images that show it are explained (callbacks.explain.images_per_expression=2)",
                "b: 2 of the 3 test images that show it are explained (callbacks.explain.images_per_expression=2)",
            ],
        ),
        (
            ["b", "d"],
            [
                "3 of 9 test images are explained",
                "a: none is explained, for callbacks.explain.target is the pair b and d",
                "b: 1 explained, for the network names no more test images so (3 show it)",
                "c: none is explained, for callbacks.explain.target is the pair b and d",
                "d: 2 of the 3 test images that the network names so are explained "
                "(callbacks.explain.images_per_expression=2)",
            ],
        ),
    ],
)
def test_why_no_more_images_are_explained(target, expected):
    predictions = named("aa", "aa", "ad", "ba", "ba", "bb", "ca", "dd", "dd")
    chosen = select_images(predictions, 2, 0, "abcd", target=target)
    assert why_fewer(predictions, chosen, 2, "abcd", target=target) == expected


def test_progress_is_shown_in_the_display_of_training_and_nowhere_without_one():
    display = Progress(console=Console(file=io.StringIO()), auto_refresh=False)
    bar = SimpleNamespace(progress=display)
    with shown(SimpleNamespace(progress_bar_callback=bar), "Explaining", 6) as tell:  # type: ignore[arg-type]
        tell("lime [b]", 0)
        assert display.tasks[0].description == r"Explaining: lime \[b]"
        tell("lime", 4)
        assert (display.tasks[0].completed, display.tasks[0].total) == (4, 6)
    assert display.tasks[0].description == "Explaining"
    for bar in (None, SimpleNamespace(progress=None), SimpleNamespace()):
        with shown(SimpleNamespace(progress_bar_callback=bar), "Explaining", 6) as tell:  # type: ignore[arg-type]
            tell("lime", 1)

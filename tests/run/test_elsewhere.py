"""Networks that were trained elsewhere: tested and explained as they are, with their classes by name."""

import numpy as np
import pandas as pd
import pytest
import torch
from helpers.made_up_run import composed, prepared_run
from helpers.testing_run import SIZE, made_up_faces
from omegaconf import DictConfig, OmegaConf
from safetensors.torch import save_file

from fer_xai.config.schema import register
from fer_xai.config.settle import settle
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.data.splits.base import TEST, Parts
from fer_xai.errors import UserError
from fer_xai.models.songnet import SongNet
from fer_xai.run.check_class_order import order_sentence
from fer_xai.run.check_run import check_training
from fer_xai.run.elsewhere import check_elsewhere, class_places
from fer_xai.run.fit import fit_and_test
from fer_xai.run.seen_elsewhere import SeenElsewhere

NODE = ("model=external", "model.network._target_=fer_xai.models.songnet.SongNet", "++model.network.input_size=32")
CENTRED = ("model.weights.mean=[0.5,0.5,0.5]", "model.weights.std=[0.5,0.5,0.5]")


def elsewhere(tmp_path, *overrides: str):
    if not (tmp_path / "net.safetensors").exists():
        save_file(SongNet(input_size=32).state_dict(), tmp_path / "net.safetensors")
    return composed(tmp_path, *NODE, *CENTRED, f"model.checkpoint={tmp_path / 'net.safetensors'}", *overrides)


def test_checkpoint_of_a_run_gives_its_predictions_and_heatmaps(tmp_path):
    run = prepared_run(tmp_path)
    fit_and_test(run)
    kept = run.context.trained / "best.safetensors"
    again = prepared_run(tmp_path / "again", *NODE, *CENTRED, f"model.checkpoint={kept}")
    fit_and_test(again)
    probabilities = [
        table.filter(like="p_").to_numpy() for table in (run.context.predictions, again.context.predictions)
    ]
    np.testing.assert_allclose(*probabilities, rtol=0, atol=1e-6)
    for name in ("mean", "std", "count"):
        np.testing.assert_allclose(run.context.heatmaps[name], again.context.heatmaps[name], rtol=0, atol=1e-6)
    assert "fit" not in again.context.timings
    assert not (again.context.trained / "record.json").exists()
    assert (again.context.network, again.context.pretrained) == ("best", "elsewhere")


class Brightness(torch.nn.Module):
    """Names the class whose number the brightness of a made-up face is, in an order of its own."""

    def __init__(self, classes: int, order: tuple[int, ...] = ()) -> None:
        super().__init__()
        self.seen = torch.nn.Identity()
        self.levels = torch.nn.Parameter(torch.tensor([40.0 * place for place in order]))

    def forward(self, images):
        level = self.seen(images).mean(dim=(1, 2, 3)) * 255
        return -(((level[:, None] - self.levels) / 20) ** 2)


#: By number of the expression that each output stands for; 9 is none of them.
ORDER = (9, 3, 4, 5, 0, 2, 1)
RIGHT = "[neutral,happy,sad,surprise,angry,fear,disgust]"
WRONG = "[neutral,angry,disgust,fear,happy,sad,surprise]"


@pytest.mark.parametrize("said", [RIGHT, WRONG])
def test_order_of_the_outputs_is_taken_by_name_and_a_wrong_one_is_noticed(tmp_path, capsys, said):
    torch.save({"levels": torch.tensor([40.0 * place for place in ORDER])}, tmp_path / "net.pt")
    run = prepared_run(
        tmp_path,
        *("model=external", f"model.checkpoint={tmp_path / 'net.pt'}", f"model.classes={said}", "model.input_size=56"),
        f"model.network._target_={__name__}.Brightness",
        f"++model.network.order=[{','.join(map(str, ORDER))}]",
        *("model.weights.mean=[0,0,0]", "model.weights.std=[1,1,1]", "model.layer=seen", "explainer=noise"),
    )
    # Two people are too few to say so.
    run.context.parts = Parts.of(np.full(len(run.context.faces), TEST, dtype=object))
    fit_and_test(run)
    predictions = run.context.predictions
    right = (predictions["true"] == predictions["predicted"]).mean()
    told = run.context.elsewhere.get("class_order", "")
    if said == RIGHT:
        assert right == 1
        assert told == ""
    else:
        assert right == 0
        found = RIGHT.replace("happy", "happiness").replace("sad,", "sadness,").replace("angry", "anger")
        assert f"the class order looks wrong: with model.classes={found} the accuracy is 1.00" in told
        assert told in " ".join(capsys.readouterr().err.split())


def made_up(true: np.ndarray, given: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    people = [f"p{number // 6}" for number in range(len(true))]
    frame = pd.DataFrame({"image": [str(i) for i in range(len(true))], "subject": people, "true": true})
    return frame.assign(predicted=given), given


NAMES = np.array(["anger", "disgust", "fear"])


def test_no_order_is_said_to_fit_answers_that_are_chance():
    rng = np.random.default_rng(0)
    for _ in range(40):
        true, given = NAMES[rng.integers(0, 3, 120)], NAMES[rng.integers(0, 3, 120)]
        assert order_sentence(*made_up(true, given), list(NAMES)) == ""


def test_order_is_found_where_answers_are_turned_round():
    true = NAMES[np.random.default_rng(1).integers(0, 3, 120)]
    given = np.where(true == "anger", "fear", np.where(true == "fear", "disgust", "anger"))
    assert "model.classes=[disgust,fear,anger]" in order_sentence(*made_up(true, given), list(NAMES))


def places(tmp_path, *overrides: str) -> list[int]:
    cfg = elsewhere(tmp_path, *overrides)
    settle(cfg)
    check_elsewhere(cfg)
    return class_places(cfg)


def test_classes_are_matched_as_words_of_data_are(tmp_path):
    assert places(tmp_path) == [0, 1, 2, 3, 4, 5]
    told = "model.classes=[Neutral,HAPPY,sad,Surprised,fear,disgust,Anger,contempt,bored]"
    assert places(tmp_path, told) == [6, 5, 4, 1, 2, 3]
    assert places(tmp_path, told, "classes=[bored,neutral]") == [0, 8]


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.classes=[happy,sad]"], r"has no anger, disgust, .* classes=\[happiness,sadness\]"),
        (["model.classes=[happy,joy,sad]"], "'happy' and 'joy' are both happiness"),
        (["model.classes=happy"], "it is a list of words"),
        (["pretrained=true"], "set pretrained=false"),
        (["task=identity"], "set task=expression"),
        (["model.trained_on=nowhere.csv"], "nowhere.csv: no such file"),
        (["model.checkpoint=nowhere.pt"], "nowhere.pt: no such file"),
        (["model.checkpoint=null", "model.classes=[happy]"], "trained elsewhere"),
    ],
)
def test_mistakes_are_one_line(tmp_path, overrides, message):
    with pytest.raises(UserError, match=message):
        places(tmp_path, *overrides)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model.classes=[neutral,anger,disgust,fear,happy,sad,surprise]"], "model.classes has to name all outputs"),
        (["model.network._target_=fer_xai.models.weinet.WeiNet"], "is of another network"),
    ],
)
def test_weights_of_another_network_are_one_line(tmp_path, overrides, message):
    save_file(SongNet(input_size=32).state_dict(), tmp_path / "net.safetensors")
    checkpoint = f"model.checkpoint={tmp_path / 'net.safetensors'}"
    with pytest.raises(UserError, match=message):
        prepared_run(tmp_path, *NODE, *CENTRED, checkpoint, *overrides)


def external_model(**said) -> DictConfig:
    register()
    shipped = OmegaConf.load(conf_dir() / "model" / "external.yaml")
    return OmegaConf.merge({"model": shipped}, {"model": said}).model


@pytest.mark.parametrize(("key", "message"), [("input_size", "pixels, e.g. 224"), ("weights.mean", "subtracted")])
def test_what_nobody_can_know_has_to_be_told(key, message):
    with pytest.raises(Exception, match=message):
        OmegaConf.select(external_model(checkpoint="x.pt"), key)


def test_a_file_has_to_be_named():
    with pytest.raises(Exception, match=r"model\.checkpoint must be set to the file"):
        OmegaConf.select(external_model(), "name")


def test_timm_s_own_description_is_taken_where_it_is_known():
    model = external_model(checkpoint="a/enet_b0.pt", backbone="resnet18.a1_in1k")
    assert (model.name, model.input_size) == ("enet_b0", 224)
    assert list(model.weights.mean) == [0.485, 0.456, 0.406]


def test_made_up_faces_are_what_brightness_knows():
    """The network above is right by arithmetic."""
    faces = made_up_faces(1)
    levels = torch.from_numpy(faces.crops.copy()).float().permute(0, 3, 1, 2) / 255
    assert Brightness(6, (0, 1, 2, 3, 4, 5))(levels).argmax(dim=1).tolist() == [0, 1, 2, 3, 4, 5]
    assert levels.shape[-1] == SIZE


def seen(copies: list[int], listed: int | None = 9) -> SeenElsewhere:
    return SeenElsewhere("net", listed, listed or 0, np.array(copies, dtype=np.int64))


def test_copies_of_training_images_are_left_out_of_the_test_and_counted():
    parts = Parts.of(np.array([TEST] * 4, dtype=object))
    left = seen([1, 2]).left_out_of(parts, 4)
    assert left.test.tolist() == [0, 3]
    assert "9 listed images, of which 9 could be looked at: 2 tested images are the same" in left.notes[0]
    assert seen([1, 2]).facts()["tested_copies"] == 2
    with pytest.raises(UserError, match="all 4 tested images are among those that net was trained on"):
        seen([0, 1, 2, 3]).left_out_of(parts, 4)


def test_an_unknown_training_is_told():
    parts = Parts.of(np.array([TEST] * 2, dtype=object))
    told = seen([], None)
    assert told.left_out_of(parts, 2).test.tolist() == [0, 1]
    assert "people and images tested here may have been seen" in told.facts()["trained_elsewhere"]


def test_only_networks_of_elsewhere_are_tested_on_everything(tmp_path):
    with pytest.raises(UserError, match="split=all tests all images"):
        check_training(composed(tmp_path), Parts.of(np.array([TEST] * 2, dtype=object)))

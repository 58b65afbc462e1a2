"""What a recipe can switch on: augmentation, a frozen backbone for the first epochs, class weights."""

import functools

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from fer_xai.config.schema import register
from fer_xai.config.shipped_configs import conf_dir
from fer_xai.models.augment import Augment
from fer_xai.models.module import ExpressionModule, balanced_weights
from fer_xai.models.songnet import SongNet

CROPS = torch.arange(2 * 3 * 20 * 20).remainder(251).to(torch.uint8).view(2, 3, 20, 20)


def test_no_strength_changes_nothing():
    assert torch.equal(Augment(0.0, 0.0, 0.0, 0.0)(CROPS), CROPS)


def test_certain_flip_is_the_mirror():
    assert torch.equal(Augment(1.0, 0.0, 0.0, 0.0)(CROPS), CROPS.flip(-1))


def test_translation_moves_by_whole_pixels_within_its_share():
    """A dot in the middle of 21 x 21 moves by at most one pixel at 5 %, and does move."""
    dot = torch.zeros(64, 3, 21, 21, dtype=torch.uint8)
    dot[:, :, 10, 10] = 255
    torch.manual_seed(0)
    moved = Augment(0.0, 0.0, 0.05, 0.0)(dot)
    places = {divmod(int(image[0].argmax()), 21) for image in moved}
    assert {(y, x) for y in (9, 10, 11) for x in (9, 10, 11)} == places


def test_rotation_stays_within_its_turns():
    """A dot 40 pixels above the middle: a turn by at most 0.03 moves it by at most 40 sin(10.8 degrees) = 7.5."""
    dot = torch.zeros(64, 3, 101, 101, dtype=torch.uint8)
    dot[:, :, 9:12, 49:52] = 255
    torch.manual_seed(0)
    columns = [int(image[0].amax(0).float().argmax()) - 50 for image in Augment(0.0, 0.03, 0.0, 0.0)(dot)]
    assert max(map(abs, columns)) <= 9
    assert max(columns) > 5
    assert min(columns) < -5


def test_contrast_moves_values_from_their_mean_by_at_most_its_share():
    grey = torch.full((32, 3, 8, 8), 50, dtype=torch.uint8)
    grey[..., 4:] = 150
    torch.manual_seed(0)
    spread = [int(image[0, 0, -1]) - int(image[0, 0, 0]) for image in Augment(0.0, 0.0, 0.0, 0.1)(grey)]
    assert 89 <= min(spread) < 95
    assert 105 < max(spread) <= 111


def test_images_of_a_batch_are_changed_each_by_itself_and_by_the_seed():
    same = CROPS[:1].repeat(6, 1, 1, 1)
    torch.manual_seed(5)
    first = Augment()(same)
    torch.manual_seed(5)
    assert torch.equal(Augment()(same), first)
    assert len({image.numpy().tobytes() for image in first}) == 6
    assert first.dtype == torch.uint8
    assert first.shape == same.shape


def module(**options) -> ExpressionModule:
    torch.manual_seed(0)
    optimizer = functools.partial(torch.optim.SGD, lr=0.1)
    built = ExpressionModule(SongNet(20), input_size=20, optimizer=optimizer, **options)
    built.log = lambda *args, **kwargs: None
    return built


def test_only_training_images_are_augmented():
    flipped = module(augment=Augment(1.0, 0.0, 0.0, 0.0)).eval()
    plain = module().eval()
    batch = {"image": CROPS, "label": torch.tensor([0, 1])}
    mirrored = {**batch, "image": CROPS.flip(-1)}
    torch.testing.assert_close(flipped.training_step(batch, 0), plain.training_step(mirrored, 0))
    torch.testing.assert_close(flipped(CROPS), plain(CROPS))


@pytest.mark.parametrize(("epoch", "learns"), [(0, False), (1, False), (2, True)])
def test_backbone_is_frozen_for_the_first_epochs(monkeypatch, epoch, learns):
    frozen = module(freeze_epochs=2)
    frozen.network.features[0].bias.requires_grad_(False)
    frozen.network.train()
    monkeypatch.setattr(ExpressionModule, "current_epoch", epoch)
    frozen.on_fit_start()
    frozen.on_train_epoch_start()
    frozen.training_step({"image": CROPS, "label": torch.tensor([0, 1])}, 0).backward()
    assert (frozen.network.features[3].weight.grad is not None) == learns
    assert frozen.network.head[-1].weight.grad is not None
    assert not frozen.network.features[0].bias.requires_grad  # never learned, and does not begin to
    assert all(layer.training == learns for layer in frozen.network.features.modules())


def test_balanced_weights_by_arithmetic():
    """Eight images of three classes: 8 / (3 * 1), 8 / (3 * 4), 8 / (3 * 3); a class without images takes no part."""
    weights = balanced_weights(torch.tensor([0, 1, 1, 1, 1, 2, 2, 2]), classes=3)
    torch.testing.assert_close(weights, torch.tensor([8 / 3, 2 / 3, 8 / 9]))
    assert balanced_weights(torch.tensor([0, 2]), classes=3).tolist() == pytest.approx([2 / 3, 0, 2 / 3])


def test_weights_change_the_training_loss_and_no_other():
    """The weighted mean of -log p with weights 1 and 3."""
    weighted = module(class_weights=torch.tensor([1.0, 3, 0, 0, 0, 0])).eval()
    batch = {"image": CROPS, "label": torch.tensor([0, 1])}
    losses = -weighted(CROPS).log_softmax(1)[[0, 1], [0, 1]]
    torch.testing.assert_close(weighted.training_step(batch, 0), (losses[0] + 3 * losses[1]) / 4)
    logged = {}
    weighted.log = lambda name, value, **kwargs: logged.update({name: value})
    weighted.validation_step(batch, 0)
    torch.testing.assert_close(logged["val_loss"], losses.mean())
    assert "class_weights" not in weighted.state_dict()


def test_recipes_have_all_off_and_the_group_switches_augmentation_on():
    register()
    with initialize_config_dir(str(conf_dir()), version_base="1.3"):
        for recipe in ("matched", "paper"):
            found = compose("train", [f"recipe={recipe}", "study_dir=x"]).recipe
            assert (found.augment, found.freeze_epochs, found.balance) == (None, 0, "none")
        node = compose("train", ["recipe/augment=faces", "recipe.augment.flip=0.25", "study_dir=x"]).recipe.augment
    assert isinstance(instantiate(node), Augment)
    assert dict(node) == {
        "_target_": "fer_xai.models.augment.Augment",
        "flip": 0.25,
        "rotation": 0.03,
        "translation": 0.05,
        "contrast": 0.1,
    }

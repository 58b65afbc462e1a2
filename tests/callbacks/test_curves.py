import pandas as pd

from fer_xai.callbacks.curves import CurveLogger


def test_figures_of_an_epoch_share_a_row(tmp_path):
    logger = CurveLogger(tmp_path / "curves.csv")
    logger.log_metrics({"epoch": 0, "train_loss": 1.5}, step=3)
    logger.log_metrics({"epoch": 0, "val_loss": 1.25}, step=3)
    logger.log_metrics({"epoch": 1, "train_loss": 1.0, "val_loss": 0.5}, step=6)
    logger.log_metrics({"epoch": 2, "test_accuracy": 0.9}, step=6)
    table = pd.read_csv(tmp_path / "curves.csv")
    assert table.columns.tolist() == ["epoch", "train_loss", "val_loss"]
    assert table.to_numpy().tolist() == [[0, 1.5, 1.25], [1, 1.0, 0.5]]


def test_training_that_is_taken_up_goes_on_in_the_same_file(tmp_path):
    """Epoch 1 was logged, but the process died before its state was saved: it is trained again."""
    whole, parts = CurveLogger(tmp_path / "whole.csv"), CurveLogger(tmp_path / "parts.csv")
    for epoch in range(3):
        whole.log_metrics({"epoch": epoch, "loss": 1 / (epoch + 3), "rate": 0.1}, step=epoch)
    for epoch in (0, 1):
        parts.log_metrics({"epoch": epoch, "loss": 1 / (epoch + 3), "rate": 0.1}, step=epoch)
    again = CurveLogger(tmp_path / "parts.csv")
    for epoch in (1, 2):
        again.log_metrics({"epoch": epoch, "loss": 1 / (epoch + 3), "rate": 0.1}, step=epoch)
    assert (tmp_path / "parts.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()

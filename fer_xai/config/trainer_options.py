"""Options of Lightning's `Trainer` that belong to other keys here, or with which results would be false."""

#: Option -> what to do instead, or why there is nothing to do.
REFUSED = {
    "max_epochs": "set recipe.max_epochs",
    "accumulate_grad_batches": "set recipe.accumulate",
    "max_time": "results would depend on the machine's speed; set recipe.max_epochs or +trainer.max_steps",
    "fast_dev_run": "it trains and tests on a few batches and keeps no network; set recipe.max_epochs=1 "
    "+trainer.limit_train_batches=2 for a short run, or study=smoke",
    "limit_test_batches": "every test image counts; set callbacks.explain.images_per_expression to explain fewer",
    "limit_predict_batches": "it has no effect, for images are tested, not predicted",
    "overfit_batches": "it would choose the network by images that it learns from; set +trainer.limit_train_batches",
    "callbacks": "choose from the group callbacks, or add +callbacks.NAME._target_=CLASS",
    "logger": "choose from the group logger, e.g. logger=none, logger=wandb",
    "plugins": "set trainer.precision and trainer.strategy",
    "default_root_dir": "set hydra.run.dir, or hydra.sweep.dir in a sweep",
    "enable_checkpointing": "trained networks are always kept",
    "barebones": "it switches off what results are made of; set trainer.enable_progress_bar=false logger=none",
    "use_distributed_sampler": "images are shared out among devices already, so that none is tested twice",
    "reload_dataloaders_every_n_epochs": "it has no effect, for the data stay the same",
    "model_registry": "trained networks lie in the study's folder",
    "enable_autolog_hparams": "it has no effect, for loggers get the whole config",
}

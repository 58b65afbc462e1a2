"""The subcommands of `fer-xai`, one module each; they import what is heavy only when they run."""

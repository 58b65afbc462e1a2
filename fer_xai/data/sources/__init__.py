"""Where tables of faces come from: one class per layout on disk, each with `read() -> FaceTable`."""

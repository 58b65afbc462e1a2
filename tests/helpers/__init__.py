"""What tests share: made-up studies, faces, layouts, networks."""

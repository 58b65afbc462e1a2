"""Who is trained on, validated on and tested: one file per way to split."""

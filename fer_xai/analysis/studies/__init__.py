"""Studies of two laboratories side by side: where they agree, and what they differ in; nothing of them is pooled."""

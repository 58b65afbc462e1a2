"""Many runs: which of them are still to be done, where they are done, and how a study stands."""

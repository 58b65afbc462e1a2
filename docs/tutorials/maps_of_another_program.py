# %% [markdown]
# # Heatmaps of another program
#
# Another program has explained your network, and left a heatmap for every image. Are they where people look, and how
# steady are they over people? Neither the network nor its images are needed: only maps, what each explains, whose image
# it is, and 68 landmarks. Here drawn faces and two made-up explainers stand for them.

# %%
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
import pandas as pd

import fer_xai
from fer_xai.cli import run
from fer_xai.expressions import EXPRESSIONS

folder = Path(mkdtemp())

# %% [markdown]
# What the other program left: a file of maps in pixels of the images, one after the other. The first explainer points at
# the mouth of everybody, with some noise; the second is noise alone.

# %%
rng = np.random.default_rng(0)
y, x = np.indices((256, 256))


def mouth(landmarks: np.ndarray) -> np.ndarray:
    """A blob on the mouth, which the landmarks from 48 on surround."""
    across, down = landmarks[48:].mean(axis=0)
    return np.exp(-((x - across) ** 2 + (y - down) ** 2) / 800)


maps, rows, landmarks = [], [], []
for person in range(8):
    for expression in EXPRESSIONS:
        face = fer_xai.draw_face(expression, subject=person)
        for explainer, strength in (("points at mouths", 1.0), ("noise of theirs", 0.0)):
            maps.append(strength * mouth(face.landmarks) + 0.2 * rng.random((256, 256)))
            image = f"{person}-{expression}"
            rows.append(("maps.npy", len(rows), image, expression, f"person {person}", "theirs", explainer))
        landmarks.append([image, *face.landmarks.ravel()])
np.save(folder / "maps.npy", np.array(maps, dtype=np.float32))

# %% [markdown]
# Two tables name them. The first says which map explains what; the second where the landmarks of each image lie, in its
# pixels (`--images DIR` finds them in the pictures instead).

# %%
columns = ["heatmap", "part", "image", "expression", "subject", "network", "explainer"]
pd.DataFrame(rows, columns=columns).to_csv(folder / "maps.csv", index=False)
points = [f"{axis}{k}" for k in range(68) for axis in "xy"]
pd.DataFrame(landmarks, columns=["image", *points]).to_csv(folder / "landmarks.csv", index=False)
print(pd.read_csv(folder / "maps.csv").head(3).to_string(index=False))

# %% [markdown]
# One command makes a study of them: it carries every map into the canonical face, averages per expression, keeps people,
# and puts the maps to those tests of explainers that need no network. On a command line it is
# `fer-xai import-heatmaps --table maps.csv --landmarks landmarks.csv --out study`.

# %%
files = ["--table", str(folder / "maps.csv"), "--landmarks", str(folder / "landmarks.csv")]
done = run(["import-heatmaps", *files, "--out", str(folder / "study"), "--replicates", "40"])
assert done == 0

# %% [markdown]
# What are the maps worth? Scores with intervals over the eight people, beside baselines that know nothing of a network.

# %%
study = fer_xai.read_study(folder / "study")
heatmaps = fer_xai.study_heatmaps(study, "theirs")
table = fer_xai.score(heatmaps, fer_xai.reference("friesen_ekman"), metrics=["ncc", "pointing_game", "energy"])
shown = ["explainer", "expression", "metric", "value", "low", "high", "centred Gaussian"]
print(table.loc[table["expression"] == "happiness", shown].to_string(index=False))

# %% [markdown]
# What the tests of maps alone say: few pixels carry the first explainer's relevance, and the second is as spread as noise.
# That says how maps look, not whether they are right: deletion, randomisation and the other tests ask the network, and the
# command's last lines name them as left out.

# %%
(one,) = study.runs
tests = pd.read_csv(one.paths.trust)
means = tests[tests["expression"].isna() & (tests["measure"] == "gini")]
print(means[["explainer", "value", "low", "high"]].to_string(index=False))

# %% [markdown]
# The report with all of it, also how steady the means over people are, comes by
# `fer-xai analyze study_dir=study`; see [Heatmaps of others](../how-to/heatmaps.md).

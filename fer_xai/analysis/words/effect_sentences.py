"""Effects of factors on maps in words: each sentence names its test."""

from typing import Any

import pandas as pd

from fer_xai.analysis.similarity.cluster_tables import ALL
from fer_xai.analysis.words.sentences import sentence
from fer_xai.metrics.proportion import SIGNIFICANCE

#: What factors are called in sentences.
_WORDS = {"pretrained": "pretraining"}


def effect_sentences(permanova: pd.DataFrame, explainer: str, factor: str | None = None) -> list[str]:
    """What PERMANOVA says of each factor over all expressions, and PERMDISP where groups scatter unlike.

    Args:
        permanova: table of `permanova.csv`; may be empty.
        explainer: of whose maps; `all` for all explainers together.
        factor: only this one; None for all.
    """
    if permanova.empty:
        return []
    own = permanova[permanova["explainer"].eq(explainer)]
    own = own if factor is None else own[own["factor"].eq(factor)]
    return [_words(str(name), explainer, part) for name, part in own.groupby("factor", sort=False)]


def _words(factor: str, explainer: str, rows: pd.DataFrame) -> str:
    tested = rows[rows["test"].eq("permanova") & rows["p"].notna()]
    name = _WORDS.get(factor, factor)
    own = tested[tested["expression"].ne(ALL)]
    whole = tested[tested["expression"].eq(ALL)]
    if tested.empty:
        return sentence("effect_untested", factor=name, reason=rows["reason"].dropna().iloc[0])
    # The fold is tested for each expression only.
    row: dict[Any, Any] = (whole if len(whole) else own.sort_values("q")).iloc[0].to_dict()
    scatter = rows[rows["test"].eq("permdisp") & rows["expression"].eq(row["expression"])]["q"]
    return sentence(
        "effect",
        factor=name,
        explainer="all explainers" if explainer == ALL else explainer,
        row=row | {"where": "over all expressions" if row["expression"] == ALL else f"for {row['expression']}"},
        differs=row["q"] <= SIGNIFICANCE,
        lowest=own["r2"].min() if len(own) > 1 else None,
        highest=own["r2"].max() if len(own) > 1 else None,
        seen=int((own["q"] <= SIGNIFICANCE).sum()),
        of=len(own),
        scatter=float(scatter.iloc[0]) if len(scatter) and scatter.iloc[0] <= SIGNIFICANCE else None,
        remark=row["reason"] if isinstance(row["reason"], str) else "",
    )

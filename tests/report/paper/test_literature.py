"""The literature: whole entries, each for something that there is."""

import re
from pathlib import Path

from fer_xai.config.shipped_configs import conf_dir
from fer_xai.report.paper.literature import cited, keys_of, sources


def test_every_entry_of_the_file_is_read_and_is_whole() -> None:
    text = (Path(__file__).parents[3] / "fer_xai/report/paper/sources.bib").read_text(encoding="utf-8")
    assert len(sources()) == text.count("\n@")
    assert len({source.key for source in sources()}) == len(sources())
    for source in sources():
        assert "usedby" not in source.entry
        assert source.entry.count("{") == source.entry.count("}")
        for field in ("author = {", "title = {", "year = {"):
            assert field in source.entry, source.key
        assert re.search(r"year = \{(19|20)\d\d\}", source.entry)


def test_what_an_entry_is_cited_for_is_a_choice_or_a_method() -> None:
    for source in sources():
        for name in source.used_by:
            group, _, choice = name.partition("/")
            assert group == "method" or (conf_dir() / group / f"{choice}.yaml").exists(), name


def test_only_what_was_used_is_cited() -> None:
    assert keys_of("explainer/gradcam") == ["selvaraju2017gradcam"]
    assert keys_of("explainer/of_my_own") == []
    assert {source.key for source in cited({"model/vgg16", "model/vgg19"})} == {"simonyan2015vgg"}

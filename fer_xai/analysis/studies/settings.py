"""What two studies differ in, as far as their records tell."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from fer_xai.analysis.studies.two_studies import OneStudy, TwoStudies
from fer_xai.results.compatible import ABSENT, facts

#: Columns of `settings.csv`.
COLUMNS = ("of", "setting", "first", "second")


def setting_differences(two: TwoStudies) -> pd.DataFrame:
    """Settings, data, first weights and versions that are not the same in both: columns `COLUMNS`.

    Settings of networks and explainers that one study alone has take no part.
    """
    first, second = (_settings_of(one) for one in two.both)
    rows = [row for of in first if of in second for row in _differing(of, first[of], second[of])]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _differing(of: str, first: Mapping[str, Any], second: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    for name in dict.fromkeys([*first, *second]):
        one, other = first.get(name, ABSENT), second.get(name, ABSENT)
        if one != other:
            yield of, name, str(one), str(other)


def _settings_of(one: OneStudy) -> dict[str, dict[str, Any]]:
    """Values by what they are of: data, study, training, explaining, each network and explainer, versions."""
    records = [run.record for run in one.study.complete]
    told: dict[str, dict[str, Any]] = {"data": {}, "study": {}, "versions": {}}
    for record in records:
        for key, value in facts(record).items():
            name = key.removeprefix("settings.")
            if isinstance(value, Mapping):
                told.setdefault(name, {}).update(value)
            else:
                told["data" if name.startswith("data.") else "study"][name] = value
        told["data"] |= {"names": ", ".join(record.data.get("names", ()))}
        told["data"] |= {key: record.data[key] for key in ("n_images", "subjects") if key in record.data}
        told["data"] |= _flat(record.data.get("preparation", {}))
        told["versions"] |= record.versions | {"git revision": record.git_revision}
    folds, seeds = one.study.folds, one.study.seeds
    told["study"] |= {"folds trained": len(folds) or 1, "seeds": len(seeds) or 1}
    return told


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat

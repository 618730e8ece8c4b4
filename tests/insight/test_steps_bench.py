import json
from importlib import import_module
from pathlib import Path

import pytest

from insight.refresh import STEPS
from tests.bench.insight import run


def test_every_step_is_measured_over_a_shop_of_each_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Twelve customers who buy two products a month, twice; in this process, as another takes seconds to start."""
    monkeypatch.setattr(run, "_alone", lambda module, folder, **limits: import_module(module).measure(folder))
    rows = ["InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"]
    for month in range(1, 7):
        for who in range(12):
            at = f"2011-0{month}-{1 + who:02} 10:00"
            rows += [f"10{month}{who:02},P{who % 3 + place},lamp {place},1,{at},2.5,{who},UK" for place in (0, 4)]
    file = tmp_path / "orders.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    run.run(file, sizes=(2,), out=tmp_path / "out", only=("steps",), as_json=True)
    *table, last = capsys.readouterr().out.splitlines()
    found = json.loads(last)["steps"]
    assert [row["found"]["tiers"]["customers"] for row in found] == [24]
    names = [step.name for step in STEPS if step.name != "profiles"]
    for row in found:
        assert set(names) <= row["steps"].keys() == row["peaks"].keys()
        assert 0 < row["peaks"]["log"] <= row["peak_mb"]
    assert any(line.split() == ["customers", "24"] for line in table)
    assert not list((tmp_path / "out").iterdir())

"""Who runs what: a name that is no longer there would be passed over in silence."""

import pytest

from tests.schedule import BY_THEMSELVES, LONG, TOGETHER, group
from tests.stack import ROOT


@pytest.mark.parametrize("name", sorted({*BY_THEMSELVES, *LONG, *TOGETHER}))
def test_what_is_placed_is_there(name):
    assert (ROOT / name).exists() and group(f"{name}::test_it") == name


def test_who_shares_a_system_stays_together():
    assert group("tests/e2e/test_orders.py::test_a[x::y]") == group("tests/e2e/test_doors.py::test_b") == "tests/e2e/"
    assert group("tests/nlu/test_train.py::test_a") != group("tests/nlu/test_cli.py::test_a")

from tests.bench.insight import bandits, suggestions


def test_the_latency_is_measured_in_a_shop_of_any_size():
    found = suggestions.measure(products=60, times=3, people=4)
    assert (found["products"], found["suggestions"]) == (60, 6)
    assert 0 < found["stranger_p50_ms"] <= found["stranger_p99_ms"]


def test_all_bandits_are_measured_below_the_best_there_is():
    found = bandits.measure(rounds=600, shops=1)
    best = found.pop("the best there is")
    assert found.keys() == {"by rank", "ours", "mabwiser LinUCB", "mabwiser LinTS"}
    assert all(0 < value < best for value in found.values())

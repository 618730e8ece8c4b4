from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import opening_hours

WEEK = "Mo-Fr 09:00-12:30,13:30-17:00; Sa 10:00-24:00"
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "clock", "open_then"),
    [
        (0, "08:59", False),
        (0, "09:00", True),
        (0, "12:30", False),
        (4, "16:59", True),
        (5, "09:30", False),
        (5, "23:59", True),
        (6, "12:00", False),
    ],
)
def test_days_and_times_in_the_shops_zone(days, clock, open_then):
    hours = opening_hours.read(WEEK, zone="UTC")
    hour, minute = map(int, clock.split(":"))
    assert hours.open_at(MONDAY + timedelta(days=days, hours=hour, minutes=minute)) is open_then
    berlin = opening_hours.read(WEEK, zone="Europe/Berlin")
    assert berlin.open_at(MONDAY + timedelta(days=days, hours=hour - 1, minutes=minute)) is open_then


def test_a_range_may_go_over_the_weekend_and_days_may_be_listed():
    assert opening_hours.read("Sa-Mo 10:00-11:00", zone="UTC").open_at(MONDAY + timedelta(hours=10))
    assert not opening_hours.read("Tu,Th-Fr 10:00-11:00", zone="UTC").open_at(MONDAY + timedelta(hours=10))


def test_nothing_written_is_always_open():
    assert opening_hours.read(" ", zone="UTC") is None


@pytest.mark.parametrize("wrong", ["9-5", "Mo 17:00-09:00", "Mo-Xx 09:00-17:00", "Mo 09:00", "Mo 25:00-26:00", "Mo"])
def test_what_cannot_be_read_is_said(wrong):
    with pytest.raises(ValueError, match=r"write|midnight"):
        opening_hours.read(wrong, zone="UTC")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Shanghai"])
)
def test_the_next_opening_is_in_the_future_open_and_within_a_week(moment, zone):
    hours = opening_hours.read(WEEK, zone=zone)
    moment = moment.replace(tzinfo=UTC)
    opening = hours.next_opening(moment)
    assert moment < opening <= moment + timedelta(days=7, hours=1)
    assert hours.open_at(opening)

from bot.console.news import Heard, News


def test_only_what_is_new_is_news():
    news = News()
    assert news.heard({"a": 3}) == []
    assert news.heard({"a": 3}) == []
    assert news.heard({"a": 5, "b": 1}) == [Heard("b", "assigned"), Heard("a", "written")]
    assert news.heard({"b": 1}) == []
    assert news.heard({"a": 5, "b": 2}) == [Heard("a", "assigned"), Heard("b", "written")]


def test_who_waits_is_told_once_and_again_after_an_agent_had_them():
    news = News()
    assert news.heard({}, ["a"]) == []
    assert news.heard({}, ["a", "b"]) == [Heard("b", "waiting")]
    assert news.heard({}, ["a", "b"]) == []
    assert news.heard({}, ["b"]) == []
    assert news.heard({}, ["a", "b"]) == [Heard("a", "waiting")]


def test_who_is_given_to_somebody_in_time_is_no_news_to_the_others():
    news = News(patience_s=6)
    assert news.heard({}, [], now=0) == []
    assert news.heard({}, ["a", "b"], now=1) == []
    assert news.heard({}, ["b"], now=6) == []
    assert news.heard({}, ["b"], now=8) == [Heard("b", "waiting")]

from bot.console.news import Heard, News


def test_only_what_is_new_is_news():
    news = News()
    assert news.heard({"a": 3}) == []
    assert news.heard({"a": 3}) == []
    assert news.heard({"a": 5, "b": 1}) == [Heard("b", "assigned"), Heard("a", "written")]
    assert news.heard({"b": 1}) == []
    assert news.heard({"a": 5, "b": 2}) == [Heard("a", "assigned"), Heard("b", "written")]


def test_what_the_agent_took_is_no_news_until_the_customer_writes():
    news = News()
    news.heard({})
    news.known("a")
    assert news.heard({"a": 3}) == []
    assert news.heard({"a": 4}) == [Heard("a", "written")]

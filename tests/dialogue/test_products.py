"""Products, recommendations and codes."""

from insight.tables import FavouriteRow
from tests.dialogue.stack import Stack


def test_a_product_question_is_answered_from_the_catalogue(stack: Stack) -> None:
    talk = stack.talk()
    [part] = talk.say("what is the blue mug made of?", "product_question", product="P-1")
    assert "stoneware" in part["text"]
    assert part["products"][0]["id"] == "P-1"
    assert "24.50" in talk.say("and how much is it?", "product_question")[0]["text"]


def test_a_product_is_asked_for_and_found_by_its_name(stack: Stack) -> None:
    talk = stack.talk()
    talk.say("is it in stock?", "check_stock")
    assert talk.last[0]["template_id"] == "ask_product"
    [part] = talk.say("the oak bowl", "nlu_fallback")
    assert part["products"][0]["name"] == "Oak Bowl"
    assert talk.loop is None


def test_recommendations_respect_the_wish_and_its_price(stack: Stack) -> None:
    [part] = stack.talk().say("can you recommend an apron or a mug under £30?", "recommend_product")
    assert [card["id"] for card in part["products"]] == ["P-1"]


def test_codes_that_work_are_listed_and_others_refused(stack: Stack) -> None:
    talk = stack.talk()
    assert "SAVE10" in talk.say("any discount?", "discount_code")[0]["text"]
    assert talk.say("does BOGUS99 work?", "discount_code")[0]["template_id"] == "discount_invalid"


def test_a_gift_is_recommended_within_the_budget_and_not_by_the_words_around_it(stack: Stack) -> None:
    with stack.context.database.writing() as session:
        session.add_all(FavouriteRow(audience="all", product_id=id, buyers=3, score=1.0) for id in ("P-1", "P-3"))
    [part] = stack.talk().say("i need a gift for my mum, about 25 euros", "recommend_product")
    assert [card["id"] for card in part["products"]] == ["P-1"]
    [chosen] = part["chosen"]
    assert (chosen["propensity"], chosen["requested"]) == (1.0, True)
    assert [one["product_id"] for one in chosen["slate"]] == ["P-1"]


def test_a_product_is_known_by_its_description_and_then_spoken_of_as_it(stack: Stack) -> None:
    talk = stack.talk()
    [part] = talk.say("what is your blue mug made of?", "product_question")
    assert "stoneware" in part["text"]
    assert "24.50" in talk.say("and how much is it?", "product_question")[0]["text"]


def test_another_wish_is_not_taken_for_the_name_of_a_product(stack: Stack) -> None:
    who, _ = stack.customer(("delivered", "P-1", "P-3"))
    talk = stack.talk(who)
    talk.say("is it in stock?", "check_stock")
    talk.say("i want to return the blue mug", "return_item")
    assert talk.loop == "return_form"


def test_a_colour_that_there_is_not_is_not_called_in_stock(stack: Stack) -> None:
    talk = stack.talk()
    [part] = talk.say("do you have the blue mug in green?", "check_stock", product="P-1")
    assert part["text"].count("blue") >= 1 and "stock" not in part["text"]
    assert "9" in talk.say("and in blue, is it available?", "check_stock", product="P-1")[0]["text"]


def test_who_wants_to_order_something_sees_it_and_who_asks_how_is_told(stack: Stack) -> None:
    talk = stack.talk()
    [part] = talk.say("i want to buy an apron for up to 40 pounds", "place_order")
    assert [card["id"] for card in part["products"]] == ["P-3"]
    assert talk.say("how do i order an apron?", "place_order")[0]["template_id"] == "place_order"

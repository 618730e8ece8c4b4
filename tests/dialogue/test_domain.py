"""Intents, rules, actions, templates and buttons fit together: each would otherwise fail only in a conversation."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.actions.registry import ACTIONS, FORMS
from bot.canned_answers import is_desks
from bot.dialogue import named, said_by_actions
from bot.wishes import WISHES
from retrieval import templates

ISSUE = re.findall(
    r"\w+",
    """
    cancel_order change_order change_shipping_address check_cancellation_fee check_invoice
    check_payment_methods check_refund_policy complaint contact_customer_service contact_human_agent
    create_account delete_account delivery_options delivery_period edit_account get_invoice get_refund
    newsletter_subscription payment_issue place_order recover_password registration_problems review
    set_up_shipping_address switch_account track_order track_refund return_item exchange_item damaged_item
    product_question check_stock recommend_product discount_code greet goodbye thanks affirm deny
    bot_challenge out_of_scope
    """,
)
OURS = ["nlu_fallback", "faq", "inform_order", "inform_product", "choose_resolution", "choose"]


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    return yaml.safe_load(Path("data/dialogue/domain.yml").read_text())


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    return yaml.safe_load(Path("data/dialogue/rules.yml").read_text())["rules"]


@pytest.fixture(scope="module")
def answers() -> dict[str, templates.Template]:
    return {template.id: template for template in templates.load(Path("data/answers"))}


def test_domain_has_the_intents_of_the_classifier_and_our_own(domain: dict[str, Any]) -> None:
    with Path("data/intents.csv").open() as file:
        trained = {row["label"] for row in csv.DictReader(file)}
    assert sorted(domain["intents"]) == sorted([*ISSUE, *OURS])
    assert trained == set(ISSUE)


def test_every_intent_has_exactly_one_rule(domain: dict[str, Any], rules: list[dict[str, Any]]) -> None:
    assert sorted(rule["steps"][0]["intent"] for rule in rules) == sorted(domain["intents"])


def test_rules_lead_to_actions_and_forms_that_exist_and_miss_none(rules: list[dict[str, Any]]) -> None:
    led_to = {rule["steps"][1]["action"] for rule in rules}
    opened_by_actions = {"verify_form", "product_form"}
    assert led_to | opened_by_actions == {*ACTIONS, *(form.name for form in FORMS)}


def test_a_rule_to_a_form_activates_it(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        action = rule["steps"][1]["action"]
        loops = [step["active_loop"] for step in rule["steps"] if "active_loop" in step]
        assert loops == ([action] if action.endswith("_form") else []), rule["rule"]


def test_rules_open_each_form_by_the_intents_it_knows(rules: list[dict[str, Any]]) -> None:
    for form in FORMS:
        ruled = {rule["steps"][0]["intent"] for rule in rules if rule["steps"][1]["action"] == form.name}
        assert ruled == form.opened_by, form.name


def test_domain_lists_the_actions_of_the_code(domain: dict[str, Any]) -> None:
    assert sorted(domain["actions"]) == sorted([*ACTIONS, *(f"validate_{form.name}" for form in FORMS)])


def test_domain_has_each_forms_slots_and_no_others(domain: dict[str, Any]) -> None:
    required = {form.name: [step.name for step in form.steps] for form in FORMS}
    assert {name: form["required_slots"] for name, form in domain["forms"].items()} == required
    assert sorted(domain["slots"]) == sorted({slot for form in FORMS for slot in form.slots})


def test_sessions_never_expire_in_rasa(domain: dict[str, Any]) -> None:
    assert domain["session_config"]["session_expiration_time"] == 0


def test_every_template_named_in_the_actions_exists(answers: dict[str, templates.Template]) -> None:
    said = said_by_actions()
    assert len(said) > 60
    assert said - set(answers) == set()


def test_every_template_that_search_never_finds_is_said_by_an_action_or_by_people(
    domain: dict[str, Any], answers: dict[str, templates.Template]
) -> None:
    hidden = {one.id for one in answers.values() if not one.searchable and not is_desks(one)}
    assert len(hidden) > 60
    assert hidden - named(domain["intents"]) == set()


def test_intents_answered_from_templates_have_a_default_answer(
    rules: list[dict[str, Any]], answers: dict[str, templates.Template]
) -> None:
    asked = {r["steps"][0]["intent"] for r in rules if r["steps"][1]["action"] == "action_answer"} - {"faq"}
    assert asked - set(answers) == set()


def test_every_button_names_a_known_intent_and_known_entities(
    domain: dict[str, Any], answers: dict[str, templates.Template]
) -> None:
    code = " ".join(path.read_text() for path in Path("bot/actions").glob("*.py"))
    written = re.findall(r'button\([^"\n]+, "([a-z_]+)"', code) + re.findall(r'button\("[^"]+", "([a-z_]+)"', code)
    pressed = [button for template in answers.values() for button in template.buttons]
    intents = {button.intent for button in pressed} | set(written) | set(WISHES)
    assert {"choose", "inform_product", "deny"} <= intents
    assert intents - set(domain["intents"]) == set()
    entities = {name for button in pressed for name in re.findall(r'"([a-z_]+)":', button.payload)}
    assert entities | {"order_number", "product", "choice"} <= set(domain["entities"])


def test_a_guess_is_offered_for_every_wish_a_customer_can_have() -> None:
    small = {"greet", "goodbye", "thanks", "affirm", "deny", "bot_challenge", "out_of_scope"}
    assert set(WISHES) == set(ISSUE) - small

"""The admin's page in a browser: an account is made, works, is changed and closed; nobody else gets there."""

from playwright.sync_api import expect

from bot import agents
from tests.browser.accessibility import findings


def test_an_admin_makes_an_account_changes_it_and_closes_it(visit, sign_in, shoot):
    page = sign_in()
    page.get_by_role("link", name="Accounts").click()
    page.get_by_role("button", name="Add an account").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Name, which customers see").fill("Lou")
    sheet.get_by_label("E-mail address").fill("lou@example.com")
    sheet.get_by_label("Password, at least 10 characters").fill("short")
    sheet.get_by_label("Team, may be empty").fill("returns")
    sheet.get_by_role("button", name="Add").click()
    expect(page.get_by_text("The password must have at least 10 characters.")).to_be_visible()
    sheet.get_by_label("Password, at least 10 characters").fill("a long password")
    assert findings(page) == []
    shoot(page, "console-account")
    sheet.get_by_role("button", name="Add").click()
    line = page.get_by_role("row").filter(has_text="lou@example.com")
    expect(line).to_contain_text("returns")
    expect(line).to_contain_text("Agent")

    lou = sign_in("lou@example.com", "a long password")
    expect(lou.get_by_text("Lou, agent")).to_be_visible()
    for name in ("Team", "Reports", "Accounts"):
        expect(lou.get_by_role("link", name=name)).to_have_count(0)
    lou.goto("/console/accounts")
    expect(lou.get_by_role("tab", name="Mine")).to_be_visible()

    page.get_by_role("button", name="Change Lou").click()
    sheet.get_by_label("Role").click()
    page.get_by_role("option", name="Supervisor").click()
    sheet.get_by_role("button", name="Save").click()
    expect(line).to_contain_text("Supervisor")
    lou.reload()
    expect(lou.get_by_role("link", name="Team")).to_be_visible()
    lou.goto("/console/accounts")
    expect(lou.get_by_role("tab", name="Mine")).to_be_visible()
    assert findings(page) == []
    shoot(page, "console-accounts")

    page.get_by_role("button", name="Close Lou").click()
    page.get_by_role("dialog").get_by_role("button", name="Close the account").click()
    expect(line).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text=agents.DEMO_EMAIL)).to_contain_text("(you)")
    lou.goto("/console/")
    lou.wait_for_url("**/console/sign-in")
    page.get_by_role("link", name="Team").click()
    trail = page.get_by_role("table", name="Audit trail")
    expect(trail.get_by_role("row").filter(has_text="closed an account")).to_contain_text("account Lou")

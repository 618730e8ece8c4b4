"""The supervisor's page in a browser: load, clocks, reassigning, the trail; and that agents do not see it."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect
from sqlalchemy import update

from bot import agents, conversations
from bot.tables import Conversation
from tests.browser.working import MAYA, row


def test_a_supervisor_sees_who_is_late_and_gives_it_to_somebody_else(sign_in, kim, waiting, served, shoot):
    colleague, page = sign_in(*kim), sign_in()
    late, fresh = waiting("I have waited for ever", MAYA), waiting("I have just come")
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    with served.world.database.writing() as session:
        robin = agents.sign_in(session, email=agents.DEMO_EMAIL, password=served.demo_password)
        session.execute(update(Conversation).where(Conversation.id == late).values(queued_at=long_ago))
        conversations.take(session, fresh, robin.id)
        conversations.say(session, fresh, robin.id, "Welcome!")
    page.get_by_role("tab", name="Unassigned").click()
    expect(row(page, "waited for ever")).to_contain_text("Late by 1 h")
    page.get_by_role("link", name="Team").click()
    expect(page.get_by_text("longest wait, late")).to_be_visible()
    people, open_now = page.get_by_role("table", name="People"), page.get_by_role("table", name="Open")
    expect(people.get_by_role("row").filter(has_text="Kim")).to_contain_text("0 of 5")
    expect(people.get_by_role("row").filter(has_text="Robin")).to_contain_text("1 of 5")
    case = open_now.get_by_role("row").filter(has_text="waited for ever")
    expect(case).to_contain_text("Late by 1 h")
    expect(open_now.get_by_role("row").filter(has_text="just come")).to_have_count(0)
    expect(open_now.get_by_role("row").filter(has_text="Welcome!")).to_contain_text("Kept")
    shoot(page, "console-team")

    case.get_by_role("button", name="Reassign").click()
    page.get_by_role("radio", name="Kim").click()
    page.get_by_role("dialog").get_by_role("button", name="Reassign").click()
    expect(case).to_contain_text("Kim")
    colleague.get_by_role("tab", name="Mine").click()
    expect(colleague.get_by_role("button").filter(has_text="waited for ever")).to_be_visible()
    page.get_by_role("button", name="Refresh").click()
    trail = page.get_by_role("table", name="Audit trail")
    expect(trail.get_by_role("columnheader")).to_have_text(["When", "Who", "What", "Details", "Where"])
    expect(trail.get_by_role("row").nth(1)).to_contain_text("Gave it to somebody")
    expect(trail.get_by_role("row").nth(1)).to_contain_text("to agent Kim")
    page.get_by_label("Who").click()
    page.get_by_role("option", name="Kim").click()
    expect(trail.get_by_role("row").filter(has_text="Robin")).to_have_count(0)
    page.get_by_label("Who").click()
    page.get_by_role("option", name="Everybody").click()
    answered = trail.get_by_role("row").filter(has_text="Answered the customer").first
    answered.get_by_role("link", name="Message").click()
    expect(page.locator(".pointed")).to_contain_text("Welcome!")

    expect(colleague.get_by_role("link", name="Team")).to_have_count(0)
    colleague.goto("/console/team")
    expect(colleague.get_by_role("tab", name="Mine")).to_be_visible()

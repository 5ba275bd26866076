"""The page about a room: its topic and settings, members, invitations, reports, and its end."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.browser import come_in, composer, in_theme, open_page, say, watch
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS
from tests.e2e.scripts import Script
from tests.e2e.test_browser_accessibility import AXE, DESK, PHONE, TAGS, run
from tests.e2e.test_browser_people import Scene, play

BOTH = pytest.mark.parametrize("scene", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
PARTS = ["general", "members", "invitations", "settings", "reports", "sanctions"]


@pytest.fixture
def scene(request: pytest.FixtureRequest, shared: Daemon, context: BrowserContext) -> Iterator[Scene]:
    yield from play(shared, context, getattr(request, "param", DESK))


def origin(page: Page) -> str:
    found = re.match(r"https?://[^/]+", page.url)
    assert found is not None
    return found[0]


def go_to(scene: Scene, part: str, room: str = "") -> Locator:
    """As a link would."""
    scene.page.goto(f"{origin(scene.page)}/r/{room or scene.room}/about/{part}")
    expect(scene.page.get_by_role("heading", level=2).first).to_be_visible()
    return scene.page.get_by_role("main")


@BOTH
def test_a_room_tells_what_it_is_and_its_topic_is_changed(scene: Scene) -> None:
    page = scene.page
    page.get_by_role("button", name="About this room").click()
    if page.viewport_size == PHONE:
        page.get_by_role("link", name="Overview").click()
    expect(page.get_by_text("Public: anyone may find and join it.")).to_be_visible()
    expect(page.get_by_text("You are: owner")).to_be_visible()
    page.get_by_label("What it is about").fill("Plans & deeds")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_label("Mentions only").check()
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="All about this room").click()
    page.get_by_role("button", name="Back to the conversation").click()
    expect(scene.composer).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Plans & deeds", exact=True)).to_be_visible()
    expect(page.get_by_label("Tell me of")).to_have_value("mentions")


@BOTH
def test_how_a_room_works_is_settled(scene: Scene) -> None:
    main = go_to(scene, "settings")
    main.get_by_label("Only moderators and owners speak").check()
    main.get_by_label("Slow mode").select_option("One message every 30 seconds")
    main.get_by_label("Days").fill("30")
    main.get_by_label("The newest entries").fill("1000")
    main.get_by_label("Show what links lead to").uncheck()
    main.get_by_role("button", name="Save").click()
    expect(main.get_by_text("Saved.")).to_be_visible()
    wanted = {"moderated": True, "slow_seconds": 30, "retain_days": 30, "retain_count": 1000}
    assert wanted == scene.bob.ask(type="configure", room=scene.room)["settings"]
    scene.page.reload()
    expect(main.get_by_label("Days")).to_have_value("30")
    expect(main.get_by_label("Only moderators and owners speak")).to_be_checked()
    main.get_by_label("Name", exact=True).fill("Not A Name")
    main.get_by_role("button", name="Rename").click()
    expect(main.get_by_role("alert")).to_be_visible()
    main.get_by_label("Name", exact=True).fill(f"{scene.room}-new")
    main.get_by_role("button", name="Rename").click()
    expect(scene.page).to_have_url(re.compile(f"/r/{scene.room}-new/about/settings$"))
    expect(scene.page.get_by_role("heading", name=f"About #{scene.room}-new")).to_be_visible()


def test_a_room_is_archived_lives_again_and_is_deleted_by_its_name(scene: Scene) -> None:
    main = go_to(scene, "settings")
    main.get_by_role("button", name="Archive this room").click()
    scene.dialog("Archive #").get_by_role("button", name="Archive this room").click()
    expect(main.get_by_role("button", name="Let this room live again")).to_be_visible()
    assert "forbidden" == scene.bob.ask(type="say", room=scene.room, text="?")["code"]
    main.get_by_role("button", name="Let this room live again").click()
    expect(main.get_by_role("button", name="Archive this room")).to_be_visible()
    assert "ok" == scene.bob.ask(type="say", room=scene.room, text=f"{SECRET}!")["type"]
    main.get_by_role("button", name="Delete this room").click()
    sure = scene.dialog("Delete #")
    expect(sure.get_by_role("button", name="Delete this room")).to_be_disabled()
    sure.get_by_label("Type ").fill(scene.room)
    sure.get_by_role("button", name="Delete this room").click()
    expect(composer(scene.page)).to_be_visible()
    assert "no_such_room" == scene.bob.ask(type="topic", room=scene.room)["code"]


@BOTH
def test_members_are_listed_found_and_shown(scene: Scene, shared: Daemon) -> None:
    crowd = [Script(shared) for _ in range(3)]
    for number, one in enumerate(crowd):
        one.ask(type="login", name=f"c{number}-{scene.room}")
        one.ask(type="join", room=scene.room)
        one.close()
    if scene.page.viewport_size == PHONE:
        scene.page.get_by_role("button", name="people here").click()
    scene.page.get_by_role("link", name="All members").click()
    members = scene.page.get_by_role("list", name="Members").get_by_role("listitem")
    expect(members).to_have_count(5)
    expect(members.filter(has_text="owner")).to_contain_text(f"alice{scene.room[3:]}")
    scene.page.get_by_role("searchbox", name="Find a member").fill("nobody")
    expect(scene.page.get_by_text("No member is called so.")).to_be_visible()
    scene.page.get_by_role("searchbox", name="Find a member").fill(scene.name.upper())
    expect(members).to_have_count(1)
    members.get_by_role("button").click()
    scene.card.get_by_label("Role").select_option("moderator")
    expect(scene.card.get_by_text("The role is changed.")).to_be_visible()
    scene.page.keyboard.press("Escape")
    expect(members).to_contain_text("moderator")


def test_members_come_by_pages(scene: Scene, shared: Daemon) -> None:
    for number in range(101):
        with Script(shared) as one:
            one.ask(type="login", name=f"m{number}-{scene.room}")
            one.ask(type="join", room=scene.room)
    main = go_to(scene, "members")
    members = main.get_by_role("list", name="Members").get_by_role("listitem")
    expect(main.get_by_text("103 members")).to_be_visible()
    expect(members).to_have_count(100)
    main.get_by_role("button", name="Show more").click()
    expect(members).to_have_count(103)
    expect(main.get_by_role("button", name="Show more")).to_have_count(0)


@BOTH
def test_somebody_is_invited_and_comes_in_or_declines(scene: Scene) -> None:
    page, bob, name = scene.page, scene.bob, scene.name
    den, other = f"{scene.room}-den", f"{scene.room}-other"
    for room in (den, other):
        bob.ask(type="create", name=room, kind="private")
        bob.ask(type="invite", room=room, user=f"alice{scene.room[3:]}")
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="All rooms").click()
    waiting = page.get_by_role("region", name="Invitations")
    expect(waiting).to_contain_text(f"#{den} from {name}")
    waiting.get_by_role("button", name=f"Decline #{other}").click()
    expect(waiting).not_to_contain_text(f"#{other}")
    waiting.get_by_role("button", name=f"Join #{den}").click()
    expect(composer(page, f"#{den}")).to_be_visible()
    expect(page.get_by_role("region", name="Invitations")).to_have_count(0)
    bob.ask(type="leave", room=scene.room)
    main = go_to(scene, "invitations")
    main.get_by_label("Name of who is to come").fill(f"@{name}")
    main.get_by_role("button", name="Invite", exact=True).click()
    expect(main.get_by_text(f"{name} is invited.")).to_be_visible()
    main.get_by_role("button", name=f"Take back the invitation of {name}").click()
    expect(main.get_by_text("The invitation is taken back.")).to_be_visible()
    main.get_by_label("Name of who is to come").fill("nobody-of-that-name")
    main.get_by_role("button", name="Invite", exact=True).click()
    expect(main.get_by_role("alert")).to_be_visible()


@BOTH
def test_a_link_leads_in_after_one_has_said_who_one_is_until_it_is_ended(
    scene: Scene, chromium: Browser
) -> None:
    say(scene.page, f"/create {scene.room}-den private", f"#{scene.room}")
    den = f"{scene.room}-den"
    expect(composer(scene.page, f"#{den}")).to_be_visible()
    main = go_to(scene, "invitations", den)
    main.get_by_label("Works for").select_option("1 day")
    main.get_by_label("So many people").fill("5")
    main.get_by_role("button", name="Make a link").click()
    address = main.locator("code.secret").inner_text()
    assert address.startswith(f"{origin(scene.page)}/join/")
    guest = chromium.new_context()
    guest.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong = watch(guest)
    page = guest.new_page()
    page.goto(address)
    page.get_by_label("Name").fill(f"guest-{scene.room}")
    page.get_by_role("button", name="Come in", exact=True).click()
    expect(page.get_by_role("heading", name="You are invited")).to_be_visible()
    page.get_by_role("button", name="Come in", exact=True).click()
    expect(composer(page, f"#{den}")).to_be_visible()
    scene.page.reload()
    expect(main.get_by_text("1 of 5 came in")).to_be_visible()
    main.get_by_role("button", name="End the link").click()
    expect(main.get_by_text("The link opens nothing any more.")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="Come in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("unknown or has expired")
    guest.close()
    assert [] == wrong


@BOTH
def test_moderators_see_what_was_reported_and_are_done_with_it(scene: Scene, shared: Daemon) -> None:
    with Script(shared) as carol:
        carol.ask(type="login", name=f"carol-{scene.room}")
        carol.ask(type="join", room=scene.room)
        seq = scene.bob.ask(type="say", room=scene.room, text=f"{SECRET} rude")["seq"]
        carol.ask(type="report", room=scene.room, target=seq, note="insults")
        expect(scene.page.get_by_text(f"reported a message by {scene.name}")).to_be_visible()
        main = go_to(scene, "reports")
        report = main.get_by_role("list", name="Reports").get_by_role("listitem")
        expect(report).to_contain_text(f"carol-{scene.room} reported {scene.name}")
        expect(report).to_contain_text("insults")
        expect(report).to_contain_text(f"{SECRET} rude")
        report.get_by_role("button", name="Show").click()
        expect(scene.page.locator(f"article[data-seq='{seq}']")).to_be_focused()
        scene.page.go_back()
        report.get_by_role("button", name="Delete the message").click()
        scene.dialog("Delete this message?").get_by_role("button", name="Delete the message").click()
        expect(report).to_contain_text("The message is deleted.")
        report.get_by_role("button", name="Done with it").click()
        ask = scene.dialog("Done with this report?")
        ask.get_by_label("What was done about it").fill("deleted")
        ask.get_by_role("button", name="Done with it").click()
        expect(main.get_by_text("Nothing is reported.")).to_be_visible()
        scene.bob.ask(type="role", room=scene.room, user=scene.name, role="member")
        assert "forbidden" == carol.ask(type="reports", room=scene.room)["code"]


def test_bans_and_mutes_are_listed_and_lifted(scene: Scene) -> None:
    say(scene.page, f"/mute {scene.name} 12h too loud", f"#{scene.room}")
    expect(scene.page.get_by_role("log")).to_contain_text(f"muted {scene.name}: too loud")
    main = go_to(scene, "sanctions")
    listed = main.get_by_role("list", name="Bans and mutes").get_by_role("listitem")
    expect(listed).to_contain_text("Muted until")
    expect(listed).to_contain_text(": too loud")
    main.get_by_role("button", name=f"Lift: {scene.name}").click()
    expect(main.get_by_text("Nobody is kept out or silent.")).to_be_visible()
    assert "ok" == scene.bob.ask(type="say", room=scene.room, text=f"{SECRET}!")["type"]


def test_whoever_only_belongs_to_a_room_sees_what_members_may(scene: Scene) -> None:
    scene.bob.ask(type="create", name=f"{scene.room}-own")
    say(scene.page, f"/join {scene.room}-own", f"#{scene.room}")
    expect(composer(scene.page, f"#{scene.room}-own")).to_be_visible()
    main = go_to(scene, "general", f"{scene.room}-own")
    parts = main.get_by_role("navigation", name="Parts of this page").get_by_role("link")
    expect(parts).to_have_text(["Overview", "Members", "Invitations"])
    scene.bob.ask(type="role", room=f"{scene.room}-own", user=f"alice{scene.room[3:]}", role="owner")
    expect(parts).to_have_count(6)
    main.get_by_role("button", name="Leave this room").click()
    scene.dialog("Leave #").get_by_role("button", name="Leave this room").click()
    expect(composer(scene.page)).to_be_visible()


def test_a_room_is_made_with_a_topic(context: BrowserContext, shared: Daemon) -> None:
    page = open_page(context, shared)
    come_in(page, "maker")
    page.get_by_role("button", name="Find or make a room").click()
    page.get_by_label("Name of the room").fill("atelier")
    page.get_by_label("Private").check()
    page.get_by_label("What it is about").fill("Paint")
    page.get_by_role("button", name="Make #atelier").click()
    expect(composer(page, "#atelier")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("Paint", exact=True)).to_be_visible()


def test_the_page_about_a_room_is_used_by_keyboard_alone(scene: Scene) -> None:
    page = scene.page
    page.get_by_role("button", name="About this room").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Members").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Members")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox", name="Find a member")).to_be_focused()
    page.keyboard.type("bob")
    expect(page.get_by_role("list", name="Members").get_by_role("listitem")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(scene.card).to_be_visible()
    page.keyboard.press("Escape")
    expect(scene.card).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(shared: Daemon, chromium: Browser, theme: str, size: dict[str, int]) -> None:
    context = in_theme(chromium, theme, DESK if size == DESK else PHONE)
    wrong = watch(context)
    found: list[str] = []
    for scene in play(shared, context, DESK if size == DESK else PHONE):
        with Script(shared) as carol:
            carol.ask(type="login", name=f"carol-{scene.room}")
            carol.ask(type="join", room=scene.room)
            carol.ask(type="report", room=scene.room, target=1, note="insults")
            carol.ask(type="invite", room=scene.room, user="nobody")
        say(scene.page, f"/mute carol-{scene.room} 12h", f"#{scene.room}")
        expect(scene.page.get_by_role("log")).to_contain_text("muted carol")
        for part in PARTS:
            go_to(scene, part)
            if part == "invitations":
                scene.page.get_by_role("button", name="Make a link").click()
                expect(scene.page.locator("code.secret")).to_be_visible()
            if part in ("members", "reports", "sanctions"):
                expect(scene.page.get_by_role("main").get_by_role("listitem").last).to_be_visible()
            scene.page.evaluate(AXE.read_text())
            found += [f"{part}: {one}" for one in run(scene.page, {"type": "tag", "values": TAGS})]
    context.close()
    assert [] == found + wrong

"""Who somebody is, in the page: how they want to be seen, their card, and what can be done there."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.e2e.browser import come_in, composer, in_theme, messages, open_page, say, watch
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.scripts import Script
from tests.e2e.test_browser_accessibility import AXE, DESK, PHONE, TAGS, run

SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
NUMBERS = itertools.count(1)


@dataclass
class Scene:
    """Alice's page in a room that she owns, where Bob has spoken: an account, with a name to be shown."""

    page: Page
    bob: Script
    room: str
    name: str
    """Bob's."""
    called: str

    @property
    def messages(self) -> Locator:
        return messages(self.page, f"#{self.room}")

    @property
    def composer(self) -> Locator:
        return composer(self.page, f"#{self.room}")

    @property
    def card(self) -> Locator:
        return self.page.get_by_role("dialog", name=f"About {self.called}")

    def open_card(self) -> Locator:
        """By the name above a message."""
        self.page.get_by_role("log").get_by_role("button", name=self.called, exact=True).last.click()
        expect(self.card).to_be_visible()
        return self.card

    def dialog(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=title)


def play(daemon: Daemon, context: BrowserContext, size: ViewportSize) -> Iterator[Scene]:
    number = next(NUMBERS)
    room, name, called = f"dev{number}", f"bob{number}", f"Bob Ørsted {number}"
    page = open_page(context, daemon)
    page.set_viewport_size(size)
    come_in(page, f"alice{number}")
    say(page, f"/create {room}")
    expect(composer(page, f"#{room}")).to_be_visible()
    with Script(daemon) as bob:
        bob.ask(type="register", name=name, password=f"{SECRET} horse")
        bob.ask(type="appear", display_name=called, colour="teal")
        bob.ask(type="join", room=room)
        bob.ask(type="say", room=room, text=f"{SECRET} hello")
        expect(messages(page, f"#{room}")).to_have_count(1)
        yield Scene(page, bob, room, name, called)


@pytest.fixture
def scene(request: pytest.FixtureRequest, shared: Daemon, context: BrowserContext) -> Iterator[Scene]:
    yield from play(shared, context, getattr(request, "param", DESK))


@pytest.mark.parametrize("scene", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
def test_people_are_shown_as_they_want_and_found_by_their_name(scene: Scene) -> None:
    page, first = scene.page, scene.messages.first
    expect(first).to_contain_text(f"{scene.called} {scene.name}")
    hue = first.locator(".avatar").evaluate("avatar => avatar.style.getPropertyValue('--hue')")
    assert "190" == hue
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="people here").click()
    row = page.get_by_role("complementary", name="People").get_by_role("button", name=scene.called)
    row.click()
    expect(scene.card).to_contain_text(f"{scene.name} · Account")
    expect(scene.card).to_contain_text("Here now in the browser")
    page.keyboard.press("Escape")
    expect(scene.card).to_have_count(0)
    scene.bob.ask(type="status", text="at work")
    row.click()
    expect(scene.card).to_contain_text("at work")
    scene.card.get_by_role("button", name="Write directly").click()
    expect(composer(page, scene.name)).to_be_visible()


@pytest.mark.parametrize("scene", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
def test_somebody_is_mentioned_where_one_writes(scene: Scene) -> None:
    scene.composer.fill("well")
    scene.open_card().get_by_role("button", name="Mention").click()
    expect(scene.composer).to_have_value(f"well @{scene.name} ")
    expect(scene.composer).to_be_focused()


def test_whoever_has_no_power_is_offered_none(scene: Scene) -> None:
    scene.bob.ask(type="create", name=f"{scene.room}-own")
    scene.bob.ask(type="say", room=f"{scene.room}-own", text=f"{SECRET} mine")
    say(scene.page, f"/join {scene.room}-own", f"#{scene.room}")
    expect(composer(scene.page, f"#{scene.room}-own")).to_be_visible()
    card = scene.open_card()
    expect(card.get_by_text("Role: owner")).to_be_visible()
    for what in ("Mute…", "Remove…", "Ban…"):
        expect(card.get_by_role("button", name=what)).to_have_count(0)


def test_whoever_is_ignored_is_not_heard_until_they_are_again(scene: Scene) -> None:
    say(scene.page, f"{SECRET} mine", f"#{scene.room}")
    stored = scene.page.locator("article[data-seq]")
    expect(stored).to_have_count(2)
    card = scene.open_card()
    card.get_by_role("button", name="Ignore", exact=True).click()
    expect(card).to_contain_text("You ignore them")
    expect(card.get_by_role("button", name="Write directly")).to_have_count(0)
    expect(stored).to_have_count(1)
    card.get_by_role("button", name="Stop ignoring").click()
    expect(card.get_by_role("button", name="Write directly")).to_be_visible()
    expect(stored).to_have_count(2)


@pytest.mark.parametrize("scene", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
def test_the_owner_of_a_room_gives_roles_and_keeps_order_with_reasons(scene: Scene) -> None:
    page, bob, name, room = scene.page, scene.bob, scene.name, scene.room
    card = scene.open_card()
    card.get_by_label("Role").select_option("moderator")
    expect(card.get_by_text("The role is changed.")).to_be_visible()
    assert ["moderator"] == [one.get("role") for one in members_of(scene) if one["name"] == name]
    card.get_by_role("button", name="Mute…").click()
    ask = scene.dialog(f"Mute {name} in #{room}?")
    expect(ask.get_by_label("Reason")).to_be_focused()
    ask.get_by_label("Reason").fill("too loud")
    ask.get_by_label("For how long").select_option("12 hours")
    ask.get_by_role("button", name="Mute", exact=True).click()
    expect(card).to_contain_text("Muted until")
    expect(card).to_contain_text(": too loud")
    assert "muted" == bob.ask(type="say", room=room, text="?")["code"]
    card.get_by_role("button", name="Let speak again").click()
    expect(card.get_by_text("It is lifted.")).to_be_visible()
    assert "ok" == bob.ask(type="say", room=room, text=f"{SECRET} again")["type"]
    card.get_by_role("button", name="Remove…").click()
    expect(scene.dialog(f"Remove {name}").get_by_label("Reason")).to_be_focused()
    page.keyboard.type("until tomorrow")
    page.keyboard.press("Enter")
    expect(card.get_by_text("Does not belong to this room.")).to_be_visible()
    expect(card.get_by_role("button", name="Remove…")).to_have_count(0)
    card.get_by_role("button", name=f"Invite into #{room}").click()
    expect(card.get_by_text("The invitation is on its way.")).to_be_visible()
    card.get_by_role("button", name="Ban…").click()
    ask = scene.dialog(f"Ban {name}")
    ask.get_by_label("For how long").select_option("For good")
    ask.get_by_role("button", name="Ban", exact=True).click()
    expect(card).to_contain_text("Banned for good")
    assert "banned" == bob.ask(type="join", room=room)["code"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("log")).to_contain_text(f"removed {name}: until tomorrow")


def members_of(scene: Scene) -> list[dict[str, str]]:
    members: list[dict[str, str]] = scene.bob.ask(type="members", room=scene.room)["members"]
    return members


def test_a_refusal_is_told_where_it_was_asked_for(scene: Scene) -> None:
    scene.open_card().get_by_role("button", name="Remove…").click()
    scene.bob.ask(type="leave", room=scene.room)
    ask = scene.dialog(f"Remove {scene.name}")
    ask.get_by_role("button", name="Remove", exact=True).click()
    expect(ask.get_by_role("alert")).to_be_visible()


def test_a_card_is_reached_by_keyboard_and_left_again(scene: Scene) -> None:
    scene.page.get_by_role("log").focus()
    scene.page.keyboard.press("ArrowUp")
    expect(scene.messages.first).to_be_focused()
    scene.page.keyboard.press("p")
    expect(scene.card).to_be_visible()
    scene.page.keyboard.press("Escape")
    expect(scene.card).to_have_count(0)
    expect(scene.messages.first).to_be_focused()


@pytest.mark.parametrize("scene", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
def test_a_message_is_reported_with_a_note(scene: Scene, shared: Daemon) -> None:
    page, bob, den = scene.page, scene.bob, f"{scene.room}-own"
    bob.ask(type="create", name=den)
    bob.ask(type="say", room=den, text=f"{SECRET} rude")
    say(page, f"/join {den}", f"#{scene.room}")
    messages(page, f"#{den}").first.click()
    page.get_by_role("button", name="Report").click()
    ask = scene.dialog("Report this message?")
    expect(ask).to_contain_text(f"{scene.name}: {SECRET} rude")
    ask.get_by_label("What is wrong with it").fill("insults")
    ask.get_by_role("button", name="Report", exact=True).click()
    expect(page.get_by_text("Those who keep order are told.")).to_be_visible()
    with Script(shared) as mod:
        mod.ask(type="login", name=f"mod-{den}")
        mod.ask(type="join", room=den)
        bob.ask(type="role", room=den, user=f"mod-{den}", role="moderator")
        [report] = mod.ask(type="reports", room=den)["reports"]
        assert ("insults", scene.name) == (report["note"], report["author"]["name"])
    say(page, f"{SECRET} mine", f"#{den}")
    own = page.locator("article[data-seq]", has_text="mine")
    own.click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Report")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@SIZES
def test_axe_finds_nothing(shared: Daemon, chromium: Browser, theme: str, size: ViewportSize) -> None:
    context = in_theme(chromium, theme, size)
    wrong = watch(context)
    found: list[str] = []
    for scene in play(shared, context, size):
        scene.page.evaluate(AXE.read_text())
        card = scene.open_card()
        expect(card.get_by_label("Role")).to_be_visible()
        found += run(scene.page, {"type": "tag", "values": TAGS})
        card.get_by_role("button", name="Ban…").click()
        found += run(scene.page, {"type": "tag", "values": TAGS})
    context.close()
    assert [] == found + wrong

import { describe, expect, test } from "vitest";
import { rowsOf } from "../src/conversation";
import { LOBBY, ROOMS, SETTINGS, pathOf, placeOf, placeOfRoom, roomNameOf } from "../src/route";
import { NOTHING, apply, type Room } from "../src/state";
import { bytesText, countText, dayText, hueOf, initials, namesText, noticeText, presenceText, removedText } from "../src/text";
import { ALICE, BOB, message, roomState } from "./server";

describe("places", () => {
  test.each(["/", "/r/lobby", "/r/a-b_c", "/dm/alice", "/dm/alice%2Cbob", "/r/lobby/4712", "/dm/alice/1", "/join/k7f3-9qx2-m4tz", "/r/lobby/about", "/r/lobby/about/members", "/settings", "/settings/look", "/settings/devices"])("%s is its own place", (path) => {
    expect(pathOf(placeOf(path))).toBe(path);
  });

  test("a place in a room needs a number that can be one", () => {
    for (const path of ["/r/lobby/0", "/r/lobby/x", "/r/lobby/1/2", "/r/lobby/12345678901234567"]) expect(placeOf(path)).toEqual(ROOMS);
    expect(roomNameOf(placeOf("/dm/alice/7"))).toBe("@alice");
    expect(placeOfRoom("@alice", 7)).toEqual(placeOf("/dm/alice/7"));
  });

  test("names are folded, and what is no place shows the rooms", () => {
    expect(placeOf("/r/Lobby/")).toEqual(LOBBY);
    expect(placeOf("/elsewhere")).toEqual(ROOMS);
    expect(placeOf("/r/%E0%A4%A")).toEqual({ kind: "room", name: "%e0%a4%a" });
  });

  test("what is no part of the settings shows all of them", () => {
    expect([placeOf("/settings/"), placeOf("/settings/nonsense")]).toEqual([SETTINGS, SETTINGS]);
    expect(roomNameOf(SETTINGS)).toBeNull();
  });

  test("a room is found at its place", () => {
    for (const name of ["lobby", "@alice", "@alice,bob"]) expect(roomNameOf(placeOfRoom(name))).toBe(name);
    for (const path of ["/", "/join/k7f3-9qx2-m4tz"]) expect(roomNameOf(placeOf(path))).toBeNull();
  });
});

describe("words", () => {
  test("days near by have names", () => {
    const noon = new Date(2026, 10, 23, 12).getTime();
    expect(dayText(noon, noon)).toBe("Today");
    expect(dayText(noon - 13 * 3_600_000, noon)).toBe("Yesterday");
    expect(dayText(noon - 400 * 86_400_000, noon)).toContain("2025");
  });

  test("initials, names and counts", () => {
    expect(["bob", "mary-ann", "a_b_c"].map(initials)).toEqual(["B", "MA", "AB"]);
    expect(namesText(["a"])).toBe("a");
    expect(namesText(["a", "b"])).toBe("a and b");
    expect(namesText(["a", "b", "c"])).toBe("a, b and 1 other");
    expect([countText(999, 1000), countText(1000, 1000)]).toEqual(["999", "1000+"]);
  });

  test("a user's colour stays the same", () => {
    expect(hueOf(7)).toBe(hueOf(7));
    expect(hueOf(1)).not.toBe(hueOf(2));
  });
});

describe("rows of a conversation", () => {
  const noon = new Date(2026, 10, 23, 12).getTime();
  const minute = 60_000;

  function rows(entries: Room["entries"], more: Partial<Room> = {}, outgoing: Parameters<typeof rowsOf>[1] = []) {
    const as = { type: "ok" as const, user: ALICE, rooms: [roomState(1, 0)] };
    const empty = apply(NOTHING, { type: "logged_in", as }, noon).rooms.get(1) as Room;
    return rowsOf({ ...empty, entries, to: entries.at(-1)?.seq ?? 0, ...more }, outgoing, ALICE);
  }

  const brief = (found: ReturnType<typeof rows>) =>
    found.map((row) => (row.type === "message" || row.type === "outgoing" ? (row.first ? "first" : "next") : row.type));

  test("an author is named once, and again after a pause, another one, or a day", () => {
    const entries = [
      message(1, 1, { at: noon }),
      message(1, 2, { at: noon + minute }),
      message(1, 3, { at: noon + 10 * minute }),
      message(1, 4, { at: noon + 10 * minute, from: ALICE }),
      message(1, 5, { at: noon + 24 * 60 * minute, from: ALICE }),
    ];
    expect(brief(rows(entries))).toEqual(["day", "first", "next", "first", "first", "day", "first"]);
  });

  test("the line lies before the first unread message, after the day's name", () => {
    const entries = [message(1, 1, { at: noon }), message(1, 2, { at: noon })];
    expect(brief(rows(entries, { line: 1 }))).toEqual(["day", "first", "line", "first"]);
    expect(brief(rows(entries, { line: 0 }))).toEqual(["day", "line", "first", "next"]);
    expect(brief(rows(entries, { line: 2 }))).toEqual(["day", "first", "next"]);
  });

  test("one's own message keeps its row when it is stored", () => {
    const sending = { key: "k", room: 1, text: "hi", at: noon, state: "sent" } as const;
    const stored = message(1, 1, { from: ALICE, key: "k", at: noon });
    expect(rows([], {}, [sending]).at(-1)?.key).toBe(rows([stored]).at(-1)?.key);
    expect(rows([message(1, 1, { from: BOB, key: "k", at: noon })]).at(-1)?.key).not.toBe("k");
  });

  test("no two rows have the same key", () => {
    const entries = [message(1, 1, { at: noon }), message(1, 2, { at: noon + 24 * 60 * minute, from: ALICE, key: "k" })];
    const sending = { key: "l", room: 1, text: "hi", at: noon + 24 * 60 * minute, state: "sent" } as const;
    const found = rows(entries, { line: 1 }, [sending]).map((row) => row.key);
    expect(new Set(found).size).toBe(found.length);
  });
});

test("a topic is told as what somebody did", () => {
  const notice = { type: "noticed", room: 1, seq: 1, at: 0, from: BOB, what: "topic" } as const;
  expect(noticeText({ ...notice, text: "plans" })).toBe("bob changed the topic to “plans”");
  expect(noticeText(notice)).toBe("bob removed the topic");
  expect(noticeText({ ...notice, what: "previews", text: "on" })).toBe("bob has links looked at here");
  expect(noticeText({ ...notice, what: "previews", text: "off" })).toBe("bob has links looked at no longer");
});

test.each([
  [{}, null],
  [{ by: BOB }, "bob removed you from #dev."],
  [{ by: BOB, reason: "flooding" }, "bob removed you from #dev: flooding"],
  [{ by: BOB, destroyed: true }, "bob deleted #dev, with everything in it."],
])("who is in a room no longer is told why", (how, words) => {
  expect(removedText({ type: "removed", room: 1, ...how }, "dev")).toBe(words);
});

test.each([
  ["moderated", undefined, "bob lets only moderators speak"],
  ["unmoderated", undefined, "bob lets everybody speak again"],
  ["slow", "30", "bob slowed this room down: one message every 30 s"],
  ["slow", "0", "bob ended the slow mode"],
  ["icon", "x4Wc", "bob gave the room another icon"],
  ["icon", undefined, "bob removed the room’s icon"],
  ["retention", "30 days", "bob set this room to keep 30 days"],
  ["retention", undefined, "bob set this room to keep everything"],
  ["archived", undefined, "bob archived this room: it can be read, and nothing else"],
  ["unarchived", undefined, "bob lets this room live again"],
  ["renamed", "dev tools", "bob renamed #dev to #tools"],
] as const)("what an owner does to a room is one line: %s %s", (what, text, words) => {
  const notice = { type: "noticed", room: 1, seq: 1, at: 0, from: BOB, what } as const;
  expect(noticeText(text === undefined ? notice : { ...notice, text })).toBe(words);
});

describe("how somebody is here", () => {
  const alice = { ...ALICE, frontends: ["web" as const] };

  test.each([
    [alice, "Here now"],
    [{ ...alice, status: "at work" }, "Here now · at work"],
    [{ ...alice, away: true }, "Away"],
    [{ ...alice, away: true, status: "lunch" }, "Away · lunch"],
  ])("is said in a few words", (here, words) => {
    expect(presenceText(here)).toBe(words);
  });
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [4_210, "4.2 kB"],
  [17_400_000, "17 MB"],
  [3e12, "3000 GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

import { expect, test } from "vitest";
import type { RoomState, Said } from "../src/model";
import { Lead, concerns, headlineOf, isNews } from "../src/notices";
import { NOTHING, apply, type Happening, type State } from "../src/state";
import { ALICE, BOB, message, roomState } from "./server";

function known(more: Partial<RoomState>, ...said: Said[]): State {
  const login: Happening = { type: "logged_in", as: { type: "ok", user: ALICE, rooms: [roomState(1, 0, more)] } };
  return [login, ...said].reduce((before, event) => apply(before, event, 0), NOTHING);
}

test.each([
  ["all", false, true],
  ["mentions", false, false],
  ["mentions", true, true],
  ["nothing", true, false],
] as const)("where somebody wants to be told of %s, a message (mentioning them: %s) concerns them: %s", (notify, mentioning, does) => {
  const said = message(1, 1);
  const state = known({ notify }, said);
  const told = mentioning ? apply(state, { type: "mentioned", room: 1, seq: 1, from: BOB }, 0) : state;
  expect(concerns(told, said)).toBe(does);
});

test("what they said, have read, or cannot read does not", () => {
  const said = message(1, 1);
  const state = known({}, said);
  expect(isNews(state, said)).toBe(true);
  for (const other of [{ ...said, from: ALICE }, { ...said, deleted: true }, { ...said, room: 2 }]) {
    expect([isNews(state, other), concerns(state, other)]).toEqual([false, false]);
  }
  expect(concerns(apply(state, { type: "read", room: 1, seq: 1 }, 0), said)).toBe(false);
});

test("a notice says who, where and what", () => {
  const said = message(1, 1, { text: "> a\n**yes**" });
  const room = (more: Partial<RoomState>) => known(more).rooms.get(1) ?? expect.fail("no room");
  expect(headlineOf(room({ name: "dev" }), said)).toEqual({ title: "bob in #dev", body: "yes" });
  expect(headlineOf(room({ kind: "direct", name: "@bob", participants: [ALICE, BOB] }), said).title).toBe("bob");
});

test("one tab leads, and without locks each does", () => {
  const waiting: (() => unknown)[] = [];
  const locks = { request: (_: string, run: () => unknown) => waiting.push(run) } as unknown as LockManager;
  const lead = new Lead(locks);
  expect([lead.is, new Lead(undefined).is]).toEqual([false, true]);
  void waiting[0]?.();
  expect(lead.is).toBe(true);
});

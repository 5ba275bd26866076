import { expect, test } from "vitest";
import { rowsOf } from "../src/conversation";
import type { Said } from "../src/model";
import type { Outgoing } from "../src/outbox";
import { NOTHING, apply, type Happening } from "../src/state";
import { ALICE, BOB, message, roomState } from "./server";

/** The keys of the messages that alice sees. */
function keys(entries: readonly Said[], outgoing: readonly Outgoing[]): string[] {
  const login: Happening = { type: "logged_in", as: { type: "ok", user: ALICE, rooms: [roomState(1, 0)] } };
  const state = [login, ...entries].reduce((before, event) => apply(before, event, 0), NOTHING);
  const room = state.rooms.get(1);
  if (room === undefined) throw new Error("alice is not in the room");
  const rows = rowsOf(room, outgoing, ALICE);
  return rows.filter((row) => row.type === "message" || row.type === "outgoing").map((row) => row.key);
}

function pending(key: string): Outgoing {
  return { key, room: 1, text: "text", at: 1_764_000_000_100, state: "pending" };
}

test("what is in the log is not shown a second time while an outbox still holds it", () => {
  const stored = message(1, 1, { from: ALICE, key: "one" });
  expect(keys([stored], [pending("one"), pending("two")])).toEqual(["one", "two"]);
});

test("what happened to the room stands where it happened", () => {
  const topic = { type: "noticed", room: 1, seq: 2, at: 1_764_000_000_000, from: BOB, what: "topic", text: "t" } as const;
  const login: Happening = { type: "logged_in", as: { type: "ok", user: ALICE, rooms: [roomState(1, 0)] } };
  const events = [login, message(1, 1), topic, message(1, 3), { ...topic, seq: 4 }];
  const room = events.reduce((before, event) => apply(before, event, 0), NOTHING).rooms.get(1);
  const shown = room === undefined ? [] : rowsOf(room, [], ALICE).filter((row) => row.key.startsWith("seq"));
  expect(shown.map((row) => row.key)).toEqual(["seq 1", "seq 2", "seq 3", "seq 4"]);
  expect(shown[2]).toMatchObject({ first: true });
});

test("another person's key hides nothing of one's own", () => {
  expect(keys([message(1, 1, { from: BOB, key: "one" })], [pending("one")])).toEqual(["seq 1", "one"]);
});

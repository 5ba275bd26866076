import { expect, test } from "vitest";
import type { RoomState } from "../src/model";
import { inOrder, neighbour } from "../src/sections";
import { NOTHING, apply, type Room } from "../src/state";
import { ALICE, BOB, roomState } from "./server";

function listed(...rooms: RoomState[]): readonly Room[] {
  return inOrder(apply(NOTHING, { type: "logged_in", as: { type: "ok", user: ALICE, rooms } }, 0).rooms.values());
}

const ROOMS = listed(
  { ...roomState(1, 0), name: "@bob", kind: "direct", participants: [ALICE, BOB] },
  { ...roomState(2, 0), name: "room10" },
  { ...roomState(3, 0), name: "room9", unread: 2 },
  { ...roomState(4, 0), name: "zoo" },
  { ...roomState(5, 0), name: "lobby" },
);

test("the lobby is first, then rooms by name, 9 before 10, then people", () => {
  expect(ROOMS.map(({ name }) => name)).toEqual(["lobby", "room9", "room10", "zoo", "@bob"]);
});

test("one goes to the room beside the open one, and from one end to the other", () => {
  const from = (open: number | null, by: 1 | -1, wanted = (_: Room) => true) => neighbour(ROOMS, open, by, wanted)?.name;
  expect([from(5, 1), from(5, -1), from(1, 1), from(4, -1), from(null, 1), from(null, -1)]).toEqual(["room9", "@bob", "lobby", "room10", "lobby", "@bob"]);
  const unread = ({ unread }: Room) => unread > 0;
  expect([from(1, -1, unread), from(5, 1, unread), from(3, 1, unread)]).toEqual(["room9", "room9", undefined]);
});

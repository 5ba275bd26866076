import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { LoggedIn, RoomState } from "../src/model";
import { TABLE, may, outranks, rankIn, rankOf, type Action } from "../src/permissions";
import { NOTHING, apply, type Room, type State } from "../src/state";
import { ALICE, roomState } from "./server";

const SHORT: Record<string, string> = { "moderators and owners": "moderators", "members and the invited": "invited" };

function known(more: Partial<RoomState>, role: State["role"] = "user"): [State, Room] {
  const as: LoggedIn = { type: "ok", user: ALICE, rooms: [roomState(1, 2, more)], role };
  const state = apply(NOTHING, { type: "logged_in", as }, 0);
  return [state, state.rooms.get(1) as Room];
}

test("the table says what docs/permissions.md says, which is the server's", () => {
  const text = readFileSync("../docs/permissions.md", "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` \|[^|\n]+\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|$/gm)];
  const told = Object.fromEntries(rows.map(([, action = "", ...rules]) => [action, rules.map((rule) => SHORT[rule.trim()] ?? rule.trim())]));
  const ours = Object.fromEntries(Object.entries(TABLE).map(([action, rules]) => [action, Array.from({ length: 5 }, (_, at) => rules[at] ?? "")]));
  expect(ours).toEqual(told);
});

describe("what is offered in a room", () => {
  test.each([
    ["PIN", {}, "user", false],
    ["PIN", { role: "moderator" }, "user", true],
    ["PIN", {}, "admin", true],
    ["PIN", { kind: "private" }, "user", true],
    ["PIN", { kind: "direct" }, "user", true],
    ["PIN", { kind: "private", moderated: true }, "user", false],
    ["KICK", { role: "moderator" }, "user", true],
    ["KICK", { kind: "direct", role: "owner" }, "owner", false],
    ["CONFIGURE", { role: "moderator" }, "user", false],
    ["CONFIGURE", {}, "admin", true],
    ["SPEAK", { moderated: true }, "user", false],
    ["SPEAK", { moderated: true, role: "moderator" }, "user", true],
    ["SPEAK", { archived: true }, "owner", false],
    ["INVITE", { archived: true }, "owner", false],
    ["ARCHIVE", { archived: true, role: "owner" }, "user", true],
    ["REACT", { kind: "direct", ended: true }, "user", false],
    ["DELETE_OWN", { kind: "direct", ended: true }, "user", true],
  ] as [Action, Partial<RoomState>, State["role"], boolean][])("%s in %o as %s: %s", (action, more, role, allowed) => {
    expect(may(...known(more, role), action)).toBe(allowed);
  });

  test("people stand one above the other by what they are in the room and on the server", () => {
    const ranks = [rankOf("public", "member", "guest"), rankOf("public", "moderator", "user"), rankOf("private", "owner", "user"), rankOf("public", "member", "admin"), rankOf("public", "owner", "owner")];
    expect(ranks).toEqual([...new Set(ranks)].sort());
    expect(rankOf("direct", "owner", "owner")).toBe(rankOf("direct", "member", "guest"));
    expect(rankIn(...known({ role: "owner" }))).toBe(rankOf("public", "owner", "user"));
    expect([outranks(known({}, "admin")[0], "user"), outranks(known({}, "admin")[0], "admin")]).toEqual([true, false]);
  });
});

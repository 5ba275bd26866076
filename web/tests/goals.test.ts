import { describe, expect, test } from "vitest";
import { fit, marked } from "../src/fuzzy";
import { goalsFor, goalsOf, type Offer } from "../src/goals";
import type { Listing, RoomState } from "../src/model";
import { NOTHING, apply, type State } from "../src/state";
import { ALICE, BOB, roomState } from "./server";

const CAROL = { id: 3, name: "carol", kind: "user" } as const;
const OFFERS: Offer[] = [{ name: "Log out", icon: "leave", run: () => {} }];

function within(...rooms: RoomState[]): State {
  return apply(NOTHING, { type: "logged_in", as: { type: "ok", user: ALICE, rooms } }, 0);
}

function room(id: number, name: string, more: Partial<RoomState> = {}): RoomState {
  return { ...roomState(id, 0), name, ...more };
}

function names(typed: string, state: State, lately: readonly number[] = [], joinable: readonly Listing[] = []): string[] {
  return goalsFor(typed, goalsOf(state, joinable, OFFERS), state, lately).map(({ name }) => name);
}

describe("a name", () => {
  test.each([
    ["general", "gen"],
    ["general", "gnrl"],
    ["dev-tools", "dt"],
    ["Zürich", "zur"],
    ["dev-tools", "tools"],
    ["alice, bob", "al bo"],
  ])("%s is meant by %s", (name, wanted) => {
    expect(fit(name, wanted)).not.toBeNull();
  });

  test.each([
    ["general", "x"],
    ["general", "lareneg"],
    ["dev", "devs"],
  ])("%s is not meant by %s", (name, wanted) => {
    expect(fit(name, wanted)).toBeNull();
  });

  test("is shown with what was meant of it", () => {
    expect(marked("dev-tools", fit("dev-tools", "dto")?.at ?? [])).toEqual([
      { text: "d", found: true },
      { text: "ev-", found: false },
      { text: "to", found: true },
      { text: "ols", found: false },
    ]);
    expect(fit("Zürich", "ric")?.at).toEqual([2, 3, 4]);
  });

  test("is likelier where it begins so, then where a word does, then where letters follow each other", () => {
    const ranked = ["d-e-v", "modern-view", "undev", "the-dev", "devops", "dev"].sort((one, other) => (fit(other, "dev")?.score ?? 0) - (fit(one, "dev")?.score ?? 0));
    expect(ranked.slice(0, 3)).toEqual(["dev", "devops", "the-dev"]);
    expect(ranked.at(-1)).toBe("modern-view");
  });
});

describe("before anything is typed", () => {
  const state = apply(
    within(room(1, "lobby"), room(2, "dev", { unread: 3 }), room(3, "garden", { unread: 1, mentions: 1 }), room(4, "attic"), room(5, "loud", { unread: 9, notify: "nothing" })),
    { type: "opened", room: 1 },
    0,
  );

  test("comes what calls, then what is unread, then what was open lately, and last the room that is open", () => {
    expect(names("", state, [1, 4])).toEqual(["garden", "dev", "attic", "loud", "lobby", "Log out"]);
  });
});

describe("what was typed", () => {
  const state = within(room(1, "lobby", { topic: "Garden chat" }), room(2, "garden"), room(3, "@bob", { kind: "direct", participants: [ALICE, BOB] }));
  const present = apply(state, { type: "attached", room: 1, name: "lobby", kind: "public", topic: "Garden chat", head: 0, count: 3, present: [ALICE, BOB, CAROL].map((user) => ({ ...user, frontends: ["web"] })), entries: [], from: 1, to: 0, complete: true }, 0);

  test("finds rooms by their names before those by their topics", () => {
    expect(names("gard", present)).toEqual(["garden", "lobby"]);
  });

  test("finds who is here, once, and not oneself", () => {
    expect(names("@", present)).toEqual(["bob", "carol"]);
    expect(names("alice", present)).toEqual([]);
    expect(goalsOf(present, [], []).filter(({ name }) => name === "bob").map(({ kind }) => kind)).toEqual(["direct"]);
  });

  test("with a sign finds rooms only, or people only", () => {
    expect(names("#o", present)).toEqual(["lobby"]);
    expect(names("@o", present)).toEqual(["bob", "carol"]);
  });

  test("finds rooms to join, unless one is in them", () => {
    const listing = (id: number, name: string): Listing => ({ room: id, name, kind: "public", topic: "", members: 1, member: false });
    expect(names("gar", present, [], [listing(2, "garden"), listing(9, "garage")])).toEqual(["garden", "garage", "lobby"]);
  });

  test("finds what can be done", () => {
    expect(names("logout", present)).toEqual(["Log out"]);
  });
});

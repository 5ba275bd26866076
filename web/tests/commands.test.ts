import { describe, expect, test } from "vitest";
import { COMMANDS, helpOn, perform, type Doer } from "../src/commands";

const ROOM = 7;

/** Carries nothing out, and remembers what it was asked to do: each as its name, and what was given to it. */
function doer(): { done: unknown[][]; does: Doer } {
  const done: unknown[][] = [];
  const does = new Proxy({} as Doer, {
    get: (_, name) => (name === "room" ? ROOM : (...given: unknown[]) => void done.push([name, ...given])),
  });
  return { done, does };
}

function doneBy(typed: string): unknown[][] {
  const { done, does } = doer();
  expect(perform(typed, does)).toBeNull();
  return done;
}

function orderOf(typed: string): unknown {
  const [[name, order] = []] = doneBy(typed);
  expect(name).toBe("order");
  return order;
}

describe("what is typed", () => {
  test.each([
    ["hello", "hello", false],
    ["//me is a command", "/me is a command", false],
    ["/me waves", "waves", true],
    ["/ME waves\ntwice", "waves\ntwice", true],
    ["/usr/bin/env is a path", "/usr/bin/env is a path", false],
    ["/ alone", "/ alone", false],
  ])("%j says %j", (typed, text, me) => {
    expect(doneBy(typed)).toEqual([["say", text, me]]);
  });

  test.each([
    ["/msg @Bob psst, you", ["direct", "bob", "psst, you"]],
    ["/join #Dev", ["join", "dev"]],
    ["/join +k7f3-9qx2", ["join", "+k7f3-9qx2"]],
    ["/create #Den private", ["create", "den", "private"]],
    ["/create den", ["create", "den", "public"]],
    ["/leave #dev", ["leave", "dev"]],
    ["/leave", ["leave", ""]],
    ["/topic", ["showTopic"]],
    ["/search from:bob plans", ["showFound", "from:bob plans"]],
    ["/rooms Dev", ["showRooms", "Dev"]],
    ["/end 12 @bob", ["endSession", "12", "bob"]],
    ["/link", ["linkTerminal", ""]],
    ["/help room", ["showHelp", "room"]],
  ])("%s", (typed, done) => {
    expect(doneBy(typed)).toEqual([done]);
  });

  test.each([
    ["/topic Be kind", { type: "topic", room: ROOM, text: "Be kind" }],
    ["/topic -", { type: "topic", room: ROOM, text: "" }],
    ["/invite @Bob", { type: "invite", room: ROOM, user: "bob" }],
    ["/uninvite bob", { type: "uninvite", room: ROOM, user: "bob" }],
    ["/uninvite 3", { type: "uninvite", room: ROOM, link: 3 }],
    ["/notify Mentions", { type: "notify", room: ROOM, level: "mentions" }],
    ["/away at lunch", { type: "away", text: "at lunch" }],
    ["/away", { type: "away" }],
    ["/back", { type: "away", on: false }],
    ["/status", { type: "status", text: "" }],
    ["/display Bob B.", { type: "appear", display_name: "Bob B." }],
    ["/kick bob too loud", { type: "kick", room: ROOM, user: "bob", reason: "too loud" }],
    ["/ban bob 12h too loud", { type: "ban", room: ROOM, user: "bob", minutes: 720, reason: "too loud" }],
    ["/ban bob", { type: "ban", room: ROOM, user: "bob" }],
    ["/mute bob 2d", { type: "mute", room: ROOM, user: "bob", minutes: 2880 }],
    ["/mute bob 30mm", { type: "mute", room: ROOM, user: "bob", reason: "30mm" }],
    ["/rename tools", { type: "rename", room: ROOM, name: "tools" }],
    ["/rename #dev tools", { type: "rename", room: "dev", name: "tools" }],
    ["/archive", { type: "archive", room: ROOM }],
    ["/unarchive dev", { type: "archive", room: "dev", on: false }],
  ])("%s asks for it", (typed, order) => {
    expect(orderOf(typed)).toEqual(order);
  });

  test.each([
    ["/dance", "no command /dance"],
    ["/join", "Write /join ROOM|+CODE."],
    ["/create den public", "Write /create NAME [private]."],
    ["/notify loudly", "Write /notify all|mentions|nothing."],
    ["/rename a b c", "Write /rename [ROOM] NAME."],
  ])("%s makes no sense, and nothing is done", (typed, sentence) => {
    const { done, does } = doer();
    expect(perform(typed, does)).toContain(sentence);
    expect(done).toEqual([]);
  });

  test("every command of the table does one thing", () => {
    for (const { name, needs } of COMMANDS) expect(doneBy(`/${name} ${name === "notify" ? "all" : needs ? "words" : ""}`)).toHaveLength(1);
  });

  test("the help shows those lines that have the words", () => {
    expect(helpOn("")).toEqual(COMMANDS);
    expect(helpOn("Speak again").map(({ name }) => name)).toEqual(["unmute"]);
  });
});

import { describe, expect, test } from "vitest";
import { COMMANDS } from "../src/commands";
import { begunAt, completed, suggest, type Sources } from "../src/completion";
import { findEmoji, loadEmoji } from "../src/emoji";

const SOURCES: Sources = {
  people: ["bob", "bobby", "alice", "mary-ann"],
  rooms: [
    { name: "dev", topic: "What we build" },
    { name: "lobby", topic: "" },
  ],
  commands: COMMANDS,
  emoji: [],
};

/** What is begun where `|` stands. */
function begun(text: string) {
  return begunAt(text.replace("|", ""), text.indexOf("|"));
}

describe("a word is begun", () => {
  test.each([
    ["@|", { sign: "@", word: "", from: 0 }],
    ["so, @Bo| said", { sign: "@", word: "bo", from: 4 }],
    ["(#de|)", { sign: "#", word: "de", from: 1 }],
    ["/jo|", { sign: "/", word: "jo", from: 0 }],
    ["yes :thumb|", { sign: ":", word: "thumb", from: 4 }],
  ])("in %s", (text, what) => {
    expect(begun(text)).toEqual(what);
  });

  test.each(["|", "a@b|", "see /jo|", "//jo|", "at 10:30|", "https://x|", ":|", ":)|", "@bob |"])("not in %s", (text) => {
    expect(begun(text)).toBeNull();
  });
});

describe("it may become", () => {
  const names = (text: string) => suggest(begun(text) ?? expect.fail("nothing is begun"), SOURCES).map(({ name }) => name);

  test.each([
    ["@bo|", ["@bob", "@bobby"]],
    ["@a|", ["@alice", "@mary-ann"]],
    ["@x|", []],
    ["#|", ["#dev", "#lobby"]],
    ["/l|", ["/leave [ROOM]", "/link [CODE]"]],
  ])("%s", (text, found) => {
    expect(names(text)).toEqual(found);
  });

  test("an emoji, by its name", async () => {
    const emoji = await loadEmoji();
    const found = suggest({ sign: ":", word: "tada", from: 0 }, { ...SOURCES, emoji });
    expect(found[0]).toEqual({ text: "🎉 ", name: "🎉", about: ":tada:" });
    expect(findEmoji(emoji, "joy", 3)).toHaveLength(3);
    expect(findEmoji(emoji, "Party pop", 3).map((one) => one.emoji)).toEqual(["🎉"]);
    expect(findEmoji(emoji, "no such thing", 3)).toEqual([]);
  });
});

test("what is chosen stands in the text, and the caret behind it", () => {
  const text = "so, @bo said";
  const what = begunAt(text, 7) ?? expect.fail("nothing is begun");
  const [suggestion = expect.fail("nothing is suggested")] = suggest(what, SOURCES);
  expect(completed(text, what, suggestion)).toEqual({ text: "so, @bob said", caret: 9 });
});

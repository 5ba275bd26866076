import { afterEach, describe, expect, test } from "vitest";
import { SHORTCUTS, deedOf, isField, keyNames, partsOf, type Pressed, type Where } from "../src/shortcuts";
import { part, speak, t } from "../src/words/words.svelte";

function press(key: string, more: Partial<Pressed> = {}): Pressed {
  return { key, code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, target: document.body, ...more };
}

function made(html: string): Element {
  document.body.innerHTML = html;
  return document.body.firstElementChild as Element;
}

afterEach(() => speak("en", window));

describe("a key", () => {
  test.each([
    ["k with Control", press("k", { ctrlKey: true }), "goTo"],
    ["k with Control and Caps Lock", press("K", { ctrlKey: true }), "goTo"],
    ["k with Control where letters are Cyrillic", press("л", { code: "KeyK", ctrlKey: true }), "goTo"],
    ["k with Control and Shift", press("K", { ctrlKey: true, shiftKey: true }), null],
    ["k with Control and Alt", press("k", { ctrlKey: true, altKey: true }), null],
    ["k with the other key", press("k", { metaKey: true }), null],
    ["k", press("k"), null],
    ["?, which Shift makes", press("?", { shiftKey: true }), "list"],
    ["/ with Control, which Shift makes on a German keyboard", press("/", { ctrlKey: true, shiftKey: true }), "list"],
    ["the arrow with Alt", press("ArrowUp", { altKey: true }), "roomAbove"],
    ["the arrow with Alt and Shift", press("ArrowUp", { altKey: true, shiftKey: true }), "unreadAbove"],
    ["the arrow", press("ArrowUp"), null],
  ])("%s", (_, event, deed) => {
    expect(deedOf("anywhere", event)).toBe(deed);
  });

  test("means something else elsewhere", () => {
    expect([deedOf("sending", press("Enter")), deedOf("breaking", press("Enter")), deedOf("completing", press("Enter"))]).toEqual(["send", "newLine", "take"]);
    expect([deedOf("sending", press("Enter", { shiftKey: true })), deedOf("breaking", press("Enter", { shiftKey: true }))]).toEqual(["newLine", "send"]);
    expect(deedOf("picture", press("+", { shiftKey: true }))).toBe("larger");
  });

  test("that is a single character does nothing where it is written, nor where somebody does not want it", () => {
    const field = made("<textarea></textarea>");
    expect(deedOf("anywhere", press("?", { target: field }))).toBeNull();
    expect(deedOf("anywhere", press("/", { target: field, ctrlKey: true }))).toBe("list");
    expect(deedOf("anywhere", press("?"), false)).toBeNull();
    expect(deedOf("message", press("r"), false)).toBeNull();
    expect(deedOf("message", press("Delete"), false)).toBe("delete");
  });
});

test.each([
  ["<input>", true],
  ['<input type="search">', true],
  ['<input type="checkbox">', false],
  ["<select></select>", true],
  ['<div contenteditable="true"></div>', true],
  ["<button></button>", false],
])("%s is a field: %s", (html, field) => {
  expect(isField(made(html))).toBe(field);
});

describe("the table", () => {
  const all = Object.entries(SHORTCUTS).map(([where, deeds]) => [where, Object.entries<readonly string[]>(deeds)] as [Where, [string, readonly string[]][]]);

  test.each(all)("means one thing by each key: %s", (_, deeds) => {
    const keys = deeds.flatMap(([, ways]) => ways);
    expect(keys).toHaveLength(new Set(keys).size);
  });

  test.each(all)("reads every key that it lists: %s", (where, deeds) => {
    for (const [deed, ways] of deeds)
      for (const way of ways) {
        const parts = partsOf(way);
        const event = press(parts.at(-1) ?? "", { ctrlKey: parts.includes("Mod"), altKey: parts.includes("Alt"), shiftKey: parts.includes("Shift") });
        expect([way, deedOf(where, event)]).toEqual([way, deed]);
      }
  });

  test("has words for everything, in each language", async () => {
    await part(Promise.resolve());
    for (const language of ["en", "de"] as const) {
      await speak(language, window);
      for (const [where, deeds] of all) {
        const words: Readonly<Record<string, string>> = t.keys[where === "sending" || where === "breaking" ? "writing" : where];
        expect(Object.keys(words).sort()).toEqual(["title", ...deeds.map(([deed]) => deed)].sort());
      }
    }
  });

  test("calls keys as they are called there", async () => {
    expect([keyNames("Mod+Shift+f"), keyNames("+"), keyNames("Alt+ArrowUp")]).toEqual([["Ctrl", "Shift", "F"], ["+"], ["Alt", "↑"]]);
    await speak("de", window);
    expect(keyNames("Mod+Enter")).toEqual(["Strg", "Eingabe"]);
  });
});

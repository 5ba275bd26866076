import { beforeEach, expect, test } from "vitest";
import { DEFAULTS, keepPreferences, readPreferences } from "../src/preferences";

beforeEach(() => localStorage.clear());

test("what was chosen is kept", () => {
  expect(readPreferences(localStorage)).toEqual(DEFAULTS);
  const chosen = { enter: "line", theme: "contrast", size: "large", language: "de", notify: true, sound: true, characters: false } as const;
  keepPreferences(localStorage, chosen);
  expect(readPreferences(localStorage)).toEqual(chosen);
});

test.each(["", "nonsense", "null", "[]", '{"enter":7,"theme":"<script>","notify":"yes","characters":0}'])("%s is no choice", (kept) => {
  localStorage.setItem("chatd.preferences", kept);
  expect(readPreferences(localStorage)).toEqual(DEFAULTS);
});

import { expect, test } from "vitest";
import { filterOf, filtered, piecesOf } from "../src/searching";

test("what was found stands out, by characters and not by halves of them", () => {
  expect(piecesOf("🎉 one two\nthree", [[2, 5], [10, 15]])).toEqual([
    { text: "🎉 ", found: false },
    { text: "one", found: true },
    { text: " two ", found: false },
    { text: "three", found: true },
  ]);
});

test("a long text is shown around the first word that was found", () => {
  const pieces = piecesOf(`${"a".repeat(500)} here ${"b".repeat(500)}`, [[501, 505]]);
  expect(pieces[0]).toEqual({ text: "…", found: false });
  expect(pieces[2]).toEqual({ text: "here", found: true });
  expect(pieces.at(-1)).toEqual({ text: "…", found: false });
  expect(pieces.map((piece) => piece.text).join("").length).toBeLessThan(230);
});

test("a mark past the end of what is shown is left out", () => {
  expect(piecesOf("x".repeat(300), [[0, 1], [290, 295]]).filter((piece) => piece.found)).toEqual([{ text: "x", found: true }]);
});

test("without marks the beginning is shown", () => {
  expect(piecesOf("only words", [])).toEqual([{ text: "only words", found: false }]);
});

test("a filter is read, changed and taken out", () => {
  expect(filterOf('plans in:"dev" x', "in")).toBe("dev");
  expect(filterOf("plans within:x", "in")).toBeNull();
  expect(filtered("in:dev plans", "in", "ops")).toBe("plans in:ops");
  expect(filtered("plans has:link now", "has", null)).toBe("plans now");
  expect(filtered("", "has", "link")).toBe("has:link");
});

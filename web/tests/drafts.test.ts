import { beforeEach, expect, test } from "vitest";
import { Drafts } from "../src/drafts";

beforeEach(() => localStorage.clear());

function opened(user: number): Drafts {
  const drafts = new Drafts(localStorage);
  drafts.open(user);
  return drafts;
}

test("a draft is there after a reload, in its room, for its author", () => {
  opened(1).keep(7, "half a thou");
  expect(opened(1).of(7)).toBe("half a thou");
  expect(opened(1).of(8)).toBe("");
  expect(opened(2).of(7)).toBe("");
});

test("what was sent is a draft no longer", () => {
  opened(1).keep(7, "half a thou");
  opened(1).keep(7, "");
  expect(localStorage.length).toBe(0);
});

test("logging out throws away one's own drafts, and a session that was ended elsewhere none", () => {
  opened(1).keep(7, "mine");
  opened(11).keep(7, "another's");
  opened(1).close(false);
  expect(opened(1).of(7)).toBe("mine");
  opened(1).close(true);
  expect(opened(1).of(7)).toBe("");
  expect(opened(11).of(7)).toBe("another's");
});

test("without a storage a draft lives as long as the page", () => {
  const forbidden = () => {
    throw new Error("forbidden");
  };
  const drafts = new Drafts({ length: 0, key: forbidden, getItem: forbidden, setItem: forbidden, removeItem: forbidden });
  drafts.open(1);
  expect(drafts.of(7)).toBe("");
  drafts.keep(7, "half a thou");
  expect(drafts.of(7)).toBe("half a thou");
});

import { parse } from "svelte/compiler";
import ts from "typescript";
import { afterEach, describe, expect, test } from "vitest";
import { dayText, bytesText, countText, noticeText, refusalText } from "../src/text";
import { Refusal } from "../src/connection";
import { de as nearDe } from "../src/words/de";
import { far as farDe } from "../src/words/de/far";
import { en as nearEn } from "../src/words/en";
import { far as farEn } from "../src/words/en/far";
import { languageOf, localeOf } from "../src/words/languages";
import { counting } from "../src/words/plural";
import { pseudo } from "../src/words/pseudo";
import { language, locale, part, speak, t } from "../src/words/words.svelte";
import { BOB } from "./server";

const en = { ...nearEn, ...farEn };
const de = { ...nearDe, ...farDe };

const COMPONENTS = import.meta.glob<string>("../src/**/*.svelte", { query: "?raw", import: "default", eager: true });
const MODULES = import.meta.glob<string>(["../src/**/*.ts", "!../src/model.ts", "!../src/words/**"], { query: "?raw", import: "default", eager: true });
const SHEETS = import.meta.glob<string>("../src/**/*.css", { query: "?raw", import: "default", eager: true });

/** Every text of a catalogue by its path; what is made of something, made of these. */
function texts(value: unknown, path = ""): Map<string, string> {
  if (typeof value === "string") return new Map([[path, value]]);
  if (typeof value === "function") {
    const given = Array.from({ length: value.length }, (_, index) => (/seconds|minutes|count|days|others|seq/.test(nameOf(value, index)) ? 3 : `‹${index}›`));
    return new Map([[path, String((value as (...given: unknown[]) => unknown)(...given))]]);
  }
  return new Map(Object.entries(value as object).flatMap(([key, inner]) => [...texts(inner, path === "" ? key : `${path}.${key}`)]));
}

function nameOf(made: object, index: number): string {
  return /^\(?([^)=]*)/.exec(String(made))?.[1]?.split(",")[index]?.trim() ?? "";
}

describe("the catalogues", () => {
  const english = texts(en);
  const german = texts(de);

  test("have the same texts, and none is empty in one only", () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
    expect([...german].filter(([path, text]) => (text === "") !== (english.get(path) === "")).map(([path]) => path)).toEqual([]);
  });

  test("take the same into their sentences", () => {
    const holes = (text: string | undefined) => [...(text ?? "").matchAll(/‹\d›|\{\w+\}/g)].map(([hole]) => hole).sort();
    const differ = [...german].filter(([path, text]) => !path.startsWith("refusals.") && holes(text).join() !== holes(english.get(path)).join());
    expect(differ).toEqual([]);
  });

  test("have no English left in the German one", () => {
    const left = [...german].filter(([path, text]) => / (the|you|your|is|are|of|and|to|this) /i.test(text) && english.has(path));
    expect(left).toEqual([]);
  });
});

describe("a language", () => {
  afterEach(() => speak("en", window));

  test("is the first that the browser asks for and the page has", () => {
    expect([["fr", "de-AT", "en"], ["en-GB"], ["fr"], [], ["DE"]].map(languageOf)).toEqual(["de", "en", "en", "en", "de"]);
    expect([localeOf("de", ["fr", "de-AT", "de"]), localeOf("de", ["fr"]), localeOf("en-XA", ["de"])]).toEqual(["de-AT", "de", "en"]);
  });

  test("is spoken from then on, by everything", async () => {
    const noon = new Date(2026, 10, 23, 12).getTime();
    await speak("de", window);
    expect([language(), document.documentElement.lang, document.documentElement.dir]).toEqual(["de", "de", "ltr"]);
    expect(locale()).toBe("de");
    expect(t.talk.reply).toBe("Antworten");
    expect(dayText(noon, noon)).toBe("Heute");
    expect(dayText(noon - 3 * 86_400_000, noon)).toBe("Freitag, 20. November");
    expect(bytesText(4_210)).toBe("4,2 kB");
    expect(countText(12_000, 100_000)).toBe("12.000");
    const notice = { type: "noticed", room: 1, seq: 1, at: 0, from: BOB, what: "retention" } as const;
    expect(noticeText({ ...notice, text: "1 day, at most the newest 100 entries" })).toBe("bob hat bestimmt, was dieser Raum behält: 1 Tag, höchstens die neuesten 100 Einträge");
    await speak("ar-XB", window);
    expect([document.documentElement.dir, t.talk.reply]).toEqual(["rtl", "Ŕéþļý·"]);
  });

  test("is spoken by the parts too that are loaded when they are opened, also when it is changed meanwhile", async () => {
    expect(t.settings).toBeUndefined();
    const change = speak("de", window);
    expect(await part(Promise.resolve("a part"))).toBe("a part");
    expect([language(), t.settings.saved, t.talk.reply]).toEqual(["de", "Gespeichert.", "Antworten"]);
    await change;
    expect(t.settings.saved).toBe("Gespeichert.");
    await speak("en", window);
    expect(t.settings.saved).toBe("Saved.");
  });

  test("that was asked for last is spoken, whichever is there first", async () => {
    await Promise.all([speak("de", window), speak("en", window)]);
    expect(language()).toBe("en");
  });

  test("says a refusal where a code says it all, and adds the server's own sentence where it does not", async () => {
    const wrong = new Refusal("wrong_password", "Wrong name or password.");
    const forbidden = new Refusal("forbidden", "Only owners do that.");
    expect([wrong, forbidden].map(refusalText)).toEqual(["Wrong name or password.", "Only owners do that."]);
    await speak("de", window);
    expect([wrong, forbidden].map(refusalText)).toEqual(["Name oder Passwort stimmt nicht.", "Das darfst du nicht. (Only owners do that.)"]);
    expect(refusalText(new Refusal("new_code" as "internal", "Something new."))).toBe("Something new.");
  });
});

test("a number has the form that its language gives it", () => {
  const forms = { one: "{n} Raum", few: "{n} pokoje", other: "{n} Räume" };
  expect([0, 1, 2, 10_000].map((count) => counting("de").many(count, forms))).toEqual(["0 Räume", "1 Raum", "2 Räume", "10.000 Räume"]);
  expect(counting("pl").many(3, forms)).toBe("3 pokoje");
});

test("the accented catalogue leaves what is put into it", () => {
  const accented = pseudo(en);
  expect(accented.talk.topicChanged("bob", "abc")).toMatch(/^bob [^a-z]+ “abc”·+$/);
  expect(accented.talk.answering).toContain("{name}");
  expect(accented.page.members(2)).toMatch(/^2 ɱéɱƀéŕš/);
});

/** What somebody would read if it stood on the page: a word that begins a sentence, or two words. */
const PROSE = /^\p{Lu}\p{Ll}+(?![\p{L}:])|\p{L}{2,} \p{L}{2,}/u;
/** Attributes that are read, seen or heard; for our own components too. */
const SPOKEN = new Set(["title", "placeholder", "alt", "label", "does", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext"]);
/** What is said to a program, and names of things. */
const MEANT_OTHERWISE = new Set([
  ...["Enter", "Escape", "Tab", "Shift", "Delete", "Home", "End", "Backspace", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown"],
  ...["Files", "Notification", "Content-Type", "English", "Deutsch", "noopener noreferrer nofollow", "noopener noreferrer", "person me", "chatd", "alice", "k7f3-9qx2-m4tz"],
]);

/** Keys that are pressed together, as the table of shortcuts has them. */
const KEYS = /^(?:(?:Mod|Alt|Shift)(?:\+|$))+(?:[A-Z]\w+|.)?$/;

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Strings that stand in a component, outside its catalogue. */
function spokenIn(source: string): string[] {
  const found: string[] = [];
  const { fragment, instance, module } = parse(source, { modern: true });
  visit(fragment as unknown as Node, null);
  visit(instance as unknown as Node | undefined, null);
  visit(module as unknown as Node | undefined, null);
  return found;

  function visit(node: Node | null | undefined, attribute: string | null): void {
    if (node === null || node === undefined) return;
    if (node.type === "Text") say(String(node["data"]), attribute === null ? /\p{L}{2,}/u : SPOKEN.has(attribute) ? /\p{L}/u : null);
    else if (node.type === "Literal" && typeof node["value"] === "string") say(node["value"], attribute !== null && SPOKEN.has(attribute) ? /\p{L}/u : PROSE);
    else if (node.type === "TemplateElement") say(String((node["value"] as { raw: string }).raw), attribute !== null && SPOKEN.has(attribute) ? /\p{L}/u : PROSE);
    if (node.type === "ImportDeclaration" || node.type === "Comment" || node.type.startsWith("TS") || node.type === "StyleDirective" || isLookUp(node)) return;
    if (node.type === "RegularElement" && ["code", "kbd", "style"].includes(String(node["name"]))) return;
    const within = node.type === "Attribute" ? String(node["name"]) : node.type === "BinaryExpression" || node.type === "CallExpression" ? null : attribute;
    for (const inner of Object.values(node)) {
      for (const one of Array.isArray(inner) ? inner : [inner]) if (typeof one === "object" && one !== null && "type" in one) visit(one as Node, within);
    }
  }

  function say(text: string, spoken: RegExp | null): void {
    if (spoken?.test(text.trim()) === true && !MEANT_OTHERWISE.has(text.trim())) found.push(text.trim());
  }
}

/** `querySelector("main textarea")` and its like. */
function isLookUp(node: Node): boolean {
  if (node.type !== "CallExpression") return false;
  const { property } = node["callee"] as { property?: { name?: string } };
  return ["querySelector", "querySelectorAll", "closest", "matches"].includes(property?.name ?? "");
}

function spokenInModule(path: string, source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isTypeNode(node)) return;
    if ((ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) && PROSE.test(node.text) && !MEANT_OTHERWISE.has(node.text) && !KEYS.test(node.text)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true));
  return found;
}

describe("outside the catalogues", () => {
  test("no component says anything", () => {
    expect(Object.keys(COMPONENTS).length).toBeGreaterThan(20);
    expect(Object.entries(COMPONENTS).flatMap(([path, source]) => spokenIn(source).map((text) => `${path}: ${text}`))).toEqual([]);
  });

  test("no module says anything", () => {
    expect(Object.keys(MODULES).length).toBeGreaterThan(15);
    expect(Object.entries(MODULES).flatMap(([path, source]) => spokenInModule(path, source).map((text) => `${path}: ${text}`))).toEqual([]);
  });

  test.each([
    ["<p>Hello</p>", "Hello"],
    ["<p>{name} left</p>", "left"],
    ['<button title="x">{a}</button>', "x"],
    ['<Dialog title="Settings" />', "Settings"],
    ['<p>{busy ? "One moment" : ""}</p>', "One moment"],
    ["<p>{`${n} people here`}</p>", "people here"],
    ['<script lang="ts">let what = "Not sent";</script>', "Not sent"],
    ['<Confirm does={sure ? "yes" : t.page.no} />', "yes"],
  ])("%s is found", (source, text) => {
    expect(spokenIn(source)).toEqual([text]);
  });

  test.each(['<p class="two words">{t.page.close}</p>', "<p>#{name} · {count}+</p>", '<svg viewBox="0 0 24 24"><path d="M5 12h13" /></svg>', "<code>nc {host} 2323</code>"])("%s says nothing", (source) => {
    expect(spokenIn(source)).toEqual([]);
  });
});

test("nothing is laid out for one direction of writing only", () => {
  const sided = /(?:margin|padding|border|inset)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|text-align:\s*(?:left|right)|float:/g;
  const styles = [...Object.entries(COMPONENTS).map(([path, source]) => [path, /<style>([^]*)<\/style>/.exec(source)?.[1] ?? ""] as const), ...Object.entries(SHEETS)];
  expect(styles.flatMap(([path, css]) => (css.match(sided) ?? []).map((found) => `${path}: ${found}`))).toEqual([]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gistOf, htmlOf, isMarked, isPicture } from "../src/markdown";

const OUT = 'target="_blank" rel="noopener noreferrer nofollow"';

/** As in a page: one paragraph's inside. */
function inline(text: string): string {
  const [, inside] = /^<p>([^]*)<\/p>$/.exec(htmlOf(text, "alice")) ?? [];
  if (inside === undefined) throw new Error(`not one paragraph: ${htmlOf(text, "alice")}`);
  return inside;
}

describe("what is written", () => {
  test.each([
    ["**b** *i* _i_ ~~s~~ `c`", "<strong>b</strong> <em>i</em> <em>i</em> <s>s</s> <code>c</code>"],
    ["one\ntwo", "one\ntwo"],
    ["snake_case_name 2 * 3 * 4", "snake_case_name 2 * 3 * 4"],
    ["<b>&amp;</b>", "&lt;b&gt;&amp;amp;&lt;/b&gt;"],
    ["# no heading", "# no heading"],
    ["![no](https://a.example/picture)", `!<a href="https://a.example/picture" ${OUT}>no</a>`],
    ["[words](https://a.example/)", `<a href="https://a.example/" ${OUT}>words</a>`],
    ["[words](javascript:alert(1))", "[words](javascript:alert(1))"],
    ["[words]()", "words"],
    ['[words](https://a.example/ "title")', `<a href="https://a.example/" ${OUT}>words</a>`],
    ["[words](/r/lobby)", "[words](/r/lobby)"],
    ["www.a.example a@b.example", "www.a.example a@b.example"],
  ])("%s", (text, html) => {
    expect(inline(text)).toBe(html);
  });

  test.each([
    ["> said\n> by", "<blockquote><p>said\nby</p></blockquote>"],
    ["> said\nno", "<blockquote><p>said</p></blockquote><p>no</p>"],
    ["```\n> a\nb\n```", "<pre><code>&gt; a\nb\n</code></pre>"],
    ["- a\n- b", "<ul><li>a</li><li>b</li></ul>"],
    ["3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'],
    ["```js\n<b>\n```", '<pre><code class="language-js">&lt;b&gt;\n</code></pre>'],
    ["    not code", "<p>not code</p>"],
  ])("%s", (text, html) => {
    expect(htmlOf(text, null)).toBe(html);
  });
});

describe("addresses in a text", () => {
  const addresses = (text: string) => [...htmlOf(text, null).matchAll(/<a href="([^"]*)"/g)].map((found) => found[1]);

  test.each([
    ["see https://a.example/b.", ["https://a.example/b"]],
    ["(http://a.example/x(1))", ["http://a.example/x(1)"]],
    ["https://a.example, https://b.example!", ["https://a.example", "https://b.example"]],
    ["<https://a.example>", ["https://a.example"]],
    ["javascript:alert(1) data:text/html,x ftp://a.example mailto:a@b.example", []],
    ["<javascript:alert(1)> //a.example [x](//a.example) [x](data:text/html,x)", []],
    ["https://", []],
  ])("%s", (text, found) => {
    expect(addresses(text)).toEqual(found);
  });
});

describe("people and rooms", () => {
  test.each([
    ["@bob, see #dev.", '<a href="/dm/bob" class="person">@bob</a>, see <a href="/r/dev" class="place">#dev</a>.'],
    ["@Alice!", '<a href="/dm/alice" class="person me">@Alice</a>!'],
    ["**@bob**", '<strong><a href="/dm/bob" class="person">@bob</a></strong>'],
    ["`@bob` a@bob.example #12 ##dev", "<code>@bob</code> a@bob.example #12 ##dev"],
    ["[@bob](https://a.example/#dev)", `<a href="https://a.example/#dev" ${OUT}>@bob</a>`],
    ["https://a.example/@bob#dev", `<a href="https://a.example/@bob#dev" ${OUT}>https://a.example/@bob#dev</a>`],
  ])("%s", (text, html) => {
    expect(inline(text)).toBe(html);
  });
});

test("plain words need no rendering, and rendered they would be the same", () => {
  expect(isMarked("So, plain words: 3.5 - 2 = 1.5 (really!)")).toBe(false);
  const plain = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !isMarked(text) && text.trim() === text);
  fc.assert(
    fc.property(plain, (text) => {
      fc.pre(text.trim() !== "" && !/[\0\r]/.test(text));
      expect(htmlOf(text, "alice")).toBe(`<p>${text.replaceAll('"', "&quot;")}</p>`);
    }),
  );
});

test("a gist is one line, without what was quoted", () => {
  expect(gistOf("> that\nNo, **this**:\n```js\nx\n```")).toBe("No, this: x");
  expect(gistOf("> that")).toBe("> that");
});

test("a few emoji are a picture, and words are not", () => {
  for (const text of ["🎉", "👍🏽 🎉", "👩‍💻", "❤️", "🇩🇪🇫🇷"]) expect(isPicture(text), text).toBe(true);
  for (const text of ["", "1", "hi 🎉", "🎉🎉🎉🎉", "#", "©"]) expect(isPicture(text), text).toBe(false);
});

/** Pieces that have broken other renderers, and whatever comes between them. */
const HOSTILE = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "<script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:", "data:text/html,", "vbscript:", '"', "'",
        "<svg/onload=alert(1)>", "](", "[](", "(", ' "x")', "[", ")", "`", "```", "\n", "> ", "- ", "**", "_", "~~", "<", ">", "&lt;", "&#x6A;",
        "http://", "https://x", "@bob", "#dev", "\\", " onclick=alert(1) ", "<a href='javascript:alert(1)'>", "<!--", "\0", "\u2028",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(""));

test("no text makes a tag, an attribute or an address that is not ours", () => {
  const tag = new RegExp(
    `^<(?:/?(?:p|strong|em|s|code|pre|blockquote|ul|ol|li)|code class="language-[^"<>]*"|ol start="\\d+"|/a` +
      `|a href="https?://[^"<>]*" ${OUT}|a href="/(?:r|dm)/[a-z0-9_-]+" class="(?:place|person|person me)")>$`,
    "i",
  );
  fc.assert(
    fc.property(HOSTILE, (text) => {
      const html = htmlOf(text, "bob");
      for (const [found] of html.matchAll(/<[^>]*>?/g)) expect(found).toMatch(tag);
    }),
    { numRuns: 3000 },
  );
});

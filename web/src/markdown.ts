/**
 * A message's text as HTML: a small part of markdown, and links for addresses, people and rooms.
 *
 * Tags that somebody writes are text like everything else. What a page shows goes through `sanitise.ts` as well.
 */
import MarkdownIt, { type Token } from "markdown-it";

/** Without one of these, or a list, a text is nothing but words. */
const MARKED = /[*_`~<>[\]\\&@#]|https?:|^[ \t]*(?:[-+]|\d{1,9}[.)])(?:[ \t]|$)|^ {4}|\n\n/m;
/** The renderer ends a line after each block, which would be shown: spaces are kept. */
const BLOCK_END = /(<\/?(?:p|ul|ol|li|blockquote|pre)(?: [^>]*)?>)\n/g;
const NAME = /(^|[^\p{L}\p{N}_/@#&.-])([@#])([a-z][a-z0-9_-]{0,30})(?![\p{L}\p{N}_/@#]|-)/giu;
const SHAPE = String.raw`(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)\p{Emoji_Modifier}?`;
const EMOJI = String.raw`(?:\p{RI}\p{RI}|${SHAPE}(?:\u200D${SHAPE}){0,3})`;
const PICTURE = new RegExp(String.raw`^${EMOJI}(?:\s?${EMOJI}){0,2}$`, "u");

const markdown = MarkdownIt("default", { html: false, linkify: true, breaks: true, typographer: false })
  .disable(["image", "heading", "lheading", "hr", "table", "reference", "code", "html_block", "html_inline", "entity"]);
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
markdown.validateLink = (address) => /^https?:\/\//i.test(address.trim());
// Text keeps its spaces on the page (white-space: pre-wrap), so a line's end is enough.
markdown.renderer.rules["softbreak"] = () => "\n";
markdown.renderer.rules["hardbreak"] = () => "\n";
markdown.core.ruler.after("linkify", "names", ({ tokens, Token: Make, env }) => {
  const me = (env as { me: string | null }).me;
  for (const token of tokens) {
    if (token.type !== "inline") continue;
    let address: string | null = null;
    token.children = (token.children ?? []).flatMap((child) => {
      if (child.type === "link_open") {
        address = String(child.attrGet("href"));
        child.attrs = [["href", address]]; // a title would say what nobody reads
      }
      const nowhere = address === "" && (child.type === "link_open" || child.type === "link_close");
      if (child.type === "link_close") address = null;
      if (nowhere) return [];
      return child.type === "text" && address === null ? named(child, me, Make) : [child];
    });
  }
});
const link = markdown.renderer.rules["link_open"];
markdown.renderer.rules["link_open"] = (tokens, index, options, env, self) => {
  const token = tokens[index] as Token;
  if (!String(token.attrGet("href")).startsWith("/")) {
    token.attrSet("target", "_blank");
    token.attrSet("rel", "noopener noreferrer nofollow");
  }
  return link?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options);
};

/** Whether there is anything to be rendered: most messages are plain words. */
export function isMarked(text: string): boolean {
  return MARKED.test(text);
}

/** `me`: the name of who reads it; what calls them stands out. */
export function htmlOf(text: string, me: string | null): string {
  return markdown.render(quotesEnded(text), { me }).replaceAll(BLOCK_END, "$1");
}

/** A text in one line, for where only that much of it is shown: without what it quotes, and without marks. */
export function gistOf(text: string): string {
  const lines = text.split("\n").filter((line) => !/^\s*(?:>|```)/.test(line));
  return lines.join(" ").replaceAll(/\*\*|~~|`/g, "").replaceAll(/\s+/g, " ").trim() || text.trim();
}

/** One to three emoji and nothing else are shown large. */
export function isPicture(text: string): boolean {
  return PICTURE.test(text);
}

/** A quote ends with its last line that begins with `>`: nobody who answers below it means to go on quoting. */
function quotesEnded(text: string): string {
  let inCode = false;
  let inQuote = false;
  const lines = text.split("\n").map((line) => {
    const quoted = !inCode && /^ {0,3}>/.test(line);
    const ended = inQuote && !quoted && line !== "";
    inQuote = quoted;
    if (!quoted && /^ {0,3}(?:```|~~~)/.test(line)) inCode = !inCode;
    return ended ? `\n${line}` : line;
  });
  return lines.join("\n");
}

/** A text cut at the people and rooms it names. */
function named(text: Token, me: string | null, Make: typeof Token): Token[] {
  const pieces: Token[] = [];
  const add = (type: string, tag: string, nesting: -1 | 0 | 1, content = ""): Token => {
    const token = new Make(type, tag, nesting);
    token.content = content;
    token.level = text.level;
    pieces.push(token);
    return token;
  };
  let end = 0;
  for (const match of text.content.matchAll(NAME)) {
    const [whole, before = "", sign = "", name = ""] = match;
    const start = match.index + before.length;
    if (start > end) add("text", "", 0, text.content.slice(end, start));
    const folded = name.toLowerCase();
    const opened = add("link_open", "a", 1);
    opened.attrSet("href", sign === "#" ? `/r/${folded}` : `/dm/${folded}`);
    opened.attrSet("class", sign === "#" ? "place" : folded === me ? "person me" : "person");
    add("text", "", 0, sign + name);
    add("link_close", "a", -1);
    end = match.index + whole.length;
  }
  if (end === 0) return [text];
  if (end < text.content.length) add("text", "", 0, text.content.slice(end));
  return pieces;
}

/** What a half-written word may become: `@person`, `#room`, `:emoji:` or `/command`. */
import type { SlashCommand } from "./commands";
import { findEmoji, type Emoji } from "./emoji";
import { t } from "./words/words.svelte";

const MOST = 8;

/** The word before the caret, from its sign on. */
export interface Begun {
  readonly sign: "@" | "#" | ":" | "/";
  readonly word: string;
  /** Where the sign stands. */
  readonly from: number;
}

export interface Suggestion {
  /** What is written in its place. */
  readonly text: string;
  readonly name: string;
  readonly about: string;
}

export interface Sources {
  readonly people: readonly string[];
  readonly rooms: readonly { readonly name: string; readonly topic: string }[];
  readonly commands: readonly SlashCommand[];
  readonly emoji: readonly Emoji[];
}

export function begunAt(text: string, caret: number): Begun | null {
  const before = text.slice(0, caret);
  const command = /^\/([a-z]*)$/i.exec(before);
  if (command?.[1] !== undefined) return { sign: "/", word: command[1].toLowerCase(), from: 0 };
  const found = /(?:^|[\s([{"'*_~>])([@#]|:(?=..))([\p{L}\p{N}_+-]*)$/u.exec(before);
  if (found === null) return null;
  const [, sign = "", word = ""] = found;
  return { sign: sign as Begun["sign"], word: word.toLowerCase(), from: caret - word.length - sign.length };
}

export function suggest({ sign, word }: Begun, sources: Sources): Suggestion[] {
  switch (sign) {
    case "@":
      return named(sources.people, word).map((name) => ({ text: `@${name} `, name: `@${name}`, about: "" }));
    case "#": {
      const topics = new Map(sources.rooms.map((room) => [room.name, room.topic]));
      const names = named([...topics.keys()], word);
      return names.map((name) => ({ text: `#${name} `, name: `#${name}`, about: topics.get(name) ?? "" }));
    }
    case "/":
      return sources.commands
        .filter((command) => command.name.startsWith(word))
        .map(({ name }) => ({ text: `/${name} `, name: `/${name} ${t.commands[name].takes}`.trim(), about: t.commands[name].help }));
    case ":":
      return findEmoji(sources.emoji, word, MOST).map(({ emoji, shortcodes }) => ({
        text: `${emoji} `,
        name: emoji,
        about: `:${shortcodes.find((code) => code.startsWith(word)) ?? shortcodes[0] ?? ""}:`,
      }));
  }
}

/** The text with the suggestion in place of what was begun, and where the caret is then. */
export function completed(text: string, begun: Begun, suggestion: Suggestion): { text: string; caret: number } {
  const end = begun.from + begun.sign.length + begun.word.length;
  const rest = text.slice(end).replace(/^ /, "");
  return { text: text.slice(0, begun.from) + suggestion.text + rest, caret: begun.from + suggestion.text.length };
}

/** Names that begin with the word, then those that have it in them; each in order. */
function named(names: readonly string[], word: string): string[] {
  const sorted = [...new Set(names)].sort((one, other) => one.localeCompare(other, undefined, { numeric: true }));
  const begin = sorted.filter((name) => name.startsWith(word));
  const within = sorted.filter((name) => !name.startsWith(word) && name.includes(word));
  return [...begin, ...within].slice(0, MOST);
}

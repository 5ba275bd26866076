/** What keys do: one table, by which every handler reads a key, and from which the list of them is made. */
import { t } from "./words/words.svelte";

/**
 * `Mod` is Command on a Mac and Control elsewhere. A letter is written small, whatever the case that is typed;
 * of other characters it does not matter whether Shift makes them.
 */
export const SHORTCUTS = {
  anywhere: {
    goTo: ["Mod+k"],
    list: ["?", "Mod+/"],
    search: ["Mod+Shift+f"],
    roomAbove: ["Alt+ArrowUp"],
    roomBelow: ["Alt+ArrowDown"],
    unreadAbove: ["Alt+Shift+ArrowUp"],
    unreadBelow: ["Alt+Shift+ArrowDown"],
    close: ["Escape"],
  },
  sending: { send: ["Enter", "Mod+Enter"], newLine: ["Shift+Enter"], editLast: ["ArrowUp"], cancel: ["Escape"] },
  breaking: { send: ["Shift+Enter", "Mod+Enter"], newLine: ["Enter"], editLast: ["ArrowUp"], cancel: ["Escape"] },
  completing: { take: ["Tab", "Enter"], before: ["ArrowUp"], after: ["ArrowDown"], cancel: ["Escape"] },
  log: { before: ["ArrowUp"], after: ["ArrowDown"], latest: ["End"] },
  message: { reply: ["r"], react: ["+"], copy: ["c"], edit: ["e"], delete: ["Delete"], person: ["p"], write: ["Escape"] },
  filter: { first: ["Enter"], clear: ["Escape"] },
  going: { take: ["Enter"], before: ["ArrowUp"], after: ["ArrowDown"], close: ["Mod+k", "Escape"] },
  emoji: { take: ["Enter"], list: ["ArrowDown"], cancel: ["Escape"] },
  emojiList: { leftwards: ["ArrowLeft"], rightwards: ["ArrowRight"], upwards: ["ArrowUp"], downwards: ["ArrowDown"] },
  picture: {
    larger: ["+", "="],
    smaller: ["-"],
    whole: ["0"],
    before: ["PageUp"],
    after: ["PageDown"],
    leftwards: ["ArrowLeft"],
    rightwards: ["ArrowRight"],
    upwards: ["ArrowUp"],
    downwards: ["ArrowDown"],
  },
} as const satisfies Record<string, Record<string, readonly string[]>>;

/** Where somebody is, and so what a key means. */
export type Where = keyof typeof SHORTCUTS;
export type Deed<W extends Where> = keyof (typeof SHORTCUTS)[W] & string;

/** What the table needs to know of a `KeyboardEvent`. */
export type Pressed = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey" | "target">;

const APPLE = /^(?:Mac|iP)/.test(navigator.platform);

/**
 * What this key does there; null where it does nothing. A single character never acts while somebody writes, and
 * nowhere where `characters` is false: whoever speaks to a computer may have it type them (WCAG 2.1.4).
 */
export function deedOf<W extends Where>(where: W, event: Pressed, characters = true): Deed<W> | null {
  const typed = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (typed && (!characters || isField(event.target))) return null;
  const deeds = Object.entries<readonly string[]>(SHORTCUTS[where]);
  const found = deeds.find(([, keys]) => keys.some((keys) => means(keys, event)));
  return (found?.[0] as Deed<W> | undefined) ?? null;
}

/** The keys that are pressed together, in order, the last one as `KeyboardEvent.key` has it: `["Mod", "Shift", "f"]`. */
export function partsOf(keys: string): readonly string[] {
  return keys === "+" ? [keys] : keys.split("+");
}

/** How those keys are called here: `["Strg", "K"]`, `["⌘", "K"]`. */
export function keyNames(keys: string): readonly string[] {
  const names: Readonly<Record<string, string>> = APPLE ? { ...t.page.keyNames, Mod: "⌘", Alt: "⌥", Shift: "⇧" } : t.page.keyNames;
  return partsOf(keys).map((part) => names[part] ?? part.toUpperCase());
}

/** Whether text is written there. */
export function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
}

function means(keys: string, event: Pressed): boolean {
  const parts = partsOf(keys);
  const key = parts.at(-1) ?? "";
  const [mod, other] = APPLE ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (letterOf(event) !== key || other || mod !== parts.includes("Mod") || event.altKey !== parts.includes("Alt")) return false;
  return event.shiftKey === parts.includes("Shift") || (key.length === 1 && key.toLowerCase() === key.toUpperCase());
}

/** The key as the table names it; where letters are not Latin, that which stands there on a Latin keyboard. */
function letterOf({ key, code }: Pressed): string {
  if (key.length !== 1) return key;
  return key > "\x7f" && /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key.toLowerCase();
}

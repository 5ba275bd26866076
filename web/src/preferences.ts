/** How somebody likes the page, kept in this browser. */
import { isLanguage, type Language } from "./words/languages";

export interface Preferences {
  /** What the Enter key does; with Shift it does the other. */
  readonly enter: "send" | "line";
  readonly theme: "auto" | "light" | "dark" | "contrast";
  /** Of letters, and of all that is measured by them. */
  readonly size: (typeof SIZES)[number];
  /** `auto`: what the browser asks for. */
  readonly language: "auto" | Language;
  /** Say it outside the page when something unread is for them. */
  readonly notify: boolean;
  readonly sound: boolean;
  /** Single characters are shortcuts, outside of fields. */
  readonly characters: boolean;
}

export const SIZES = ["small", "normal", "large", "larger"] as const;

export const DEFAULTS: Preferences = {
  enter: "send",
  theme: "auto",
  size: "normal",
  language: "auto",
  notify: false,
  sound: false,
  characters: true,
};
const NAME = "chatd.preferences";

type Kept = Pick<Storage, "getItem" | "setItem">;

/** What was kept and still makes sense, and the defaults for the rest. */
export function readPreferences(shelf: Kept): Preferences {
  let kept: unknown;
  try {
    kept = JSON.parse(shelf.getItem(NAME) ?? "{}");
  } catch {
    kept = {};
  }
  const { enter, theme, size, language, notify, sound, characters } = (kept ?? {}) as Record<string, unknown>;
  return {
    enter: enter === "line" ? enter : DEFAULTS.enter,
    theme: theme === "light" || theme === "dark" || theme === "contrast" ? theme : DEFAULTS.theme,
    size: SIZES.find((one) => one === size) ?? DEFAULTS.size,
    language: isLanguage(language) ? language : DEFAULTS.language,
    notify: notify === true,
    sound: sound === true,
    characters: characters !== false,
  };
}

export function keepPreferences(shelf: Kept, preferences: Preferences): void {
  try {
    shelf.setItem(NAME, JSON.stringify(preferences));
  } catch {
    // Without storage they hold until the page is left.
  }
}

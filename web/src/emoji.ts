/** Emoji by name; the list of them is loaded when the first is looked for. */

export interface Emoji {
  readonly emoji: string;
  /** What it shows, in words. */
  readonly annotation: string;
  readonly shortcodes: readonly string[];
  readonly tags: readonly string[];
  readonly group: number;
}

/** `name`: what the catalogues call it. */
export const GROUPS = [
  { group: 0, sign: "😀", name: "smileys" },
  { group: 1, sign: "👋", name: "peopleEmoji" },
  { group: 3, sign: "🌿", name: "nature" },
  { group: 4, sign: "🍎", name: "food" },
  { group: 5, sign: "🚲", name: "travel" },
  { group: 6, sign: "⚽", name: "activities" },
  { group: 7, sign: "💡", name: "things" },
  { group: 8, sign: "✅", name: "symbols" },
  { group: 9, sign: "🏁", name: "flags" },
] as const;

let loaded: Promise<readonly Emoji[]> | null = null;

export function loadEmoji(): Promise<readonly Emoji[]> {
  loaded ??= import("emoji-picker-element-data/en/emojibase/data.json").then(
    ({ default: all }) => all as readonly Emoji[],
    (why: unknown) => {
      loaded = null; // offline: the next time may be better
      throw why;
    },
  );
  return loaded;
}

/** Those that are meant by `word`, the likeliest first, at most `most`. */
export function findEmoji(all: readonly Emoji[], word: string, most: number): Emoji[] {
  const wanted = word.toLowerCase().trim().split(/\s+/);
  const ranked = all.flatMap((one) => {
    const ranks = wanted.map((part) => rankOf(one, part));
    return ranks.every((rank) => rank !== null) ? [{ one, rank: Math.max(...ranks) }] : [];
  });
  return ranked
    .sort((one, other) => one.rank - other.rank)
    .slice(0, most)
    .map(({ one }) => one);
}

function rankOf({ shortcodes, annotation, tags }: Emoji, wanted: string): number | null {
  if (shortcodes.includes(wanted)) return 0;
  if (shortcodes.some((code) => code.startsWith(wanted))) return 1;
  if (tags.includes(wanted)) return 2;
  if (annotation.toLowerCase().split(" ").some((word) => word.startsWith(wanted))) return 3;
  if (tags.some((tag) => tag.startsWith(wanted))) return 4;
  return shortcodes.some((code) => code.includes(wanted)) ? 5 : null;
}

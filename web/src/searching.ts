/** What is typed into the search, and what of a message is shown where it was found. */

/** Characters shown before the first word that was found, and in all. */
const BEFORE = 40;
const MOST = 220;

export interface Piece {
  readonly text: string;
  /** It is what was looked for. */
  readonly found: boolean;
}

/** A message's text around the first mark, in one line. Marks are in characters (code points), ascending. */
export function piecesOf(text: string, marks: readonly (readonly [number, number])[]): Piece[] {
  const points = [...text];
  const start = Math.max(0, (marks[0]?.[0] ?? 0) - BEFORE);
  const end = Math.min(points.length, start + MOST);
  const pieces: Piece[] = [];
  const add = (from: number, to: number, found: boolean): void => {
    const piece = points.slice(from, to).join("").replaceAll(/\s+/g, " ");
    if (piece !== "") pieces.push({ text: piece, found });
  };
  if (start > 0) pieces.push({ text: "…", found: false });
  let at = start;
  for (const [from, to] of marks) {
    if (from >= end) break;
    add(at, from, false);
    add(from, Math.min(to, end), true);
    at = Math.min(to, end);
  }
  add(at, end, false);
  if (end < points.length) pieces.push({ text: "…", found: false });
  return pieces;
}

const FILTER = (key: string) => new RegExp(String.raw`(?:^|\s)${key}:(?:"[^"]*"|\S*)`, "giu");

/** What a query says of `in:` or `has:`; null where it says nothing. */
export function filterOf(query: string, key: string): string | null {
  const found = [...query.matchAll(FILTER(key))].at(-1)?.[0];
  return found === undefined ? null : found.slice(found.indexOf(":") + 1).replaceAll('"', "");
}

/** The query with another value of this filter, or without it. */
export function filtered(query: string, key: string, value: string | null): string {
  const rest = query.replaceAll(FILTER(key), "").trim();
  return value === null ? rest : `${rest} ${key}:${value}`.trim();
}

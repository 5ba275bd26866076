/** How well what somebody typed fits a name that they may mean. */
import type { Piece } from "./searching";

export interface Fit {
  /** The higher, the likelier. */
  readonly score: number;
  /** Which characters of the name are meant, as indices of code units, ascending. */
  readonly at: readonly number[];
}

/** Points for a character: at the beginning of the name, at that of a word in it, right after the one before, elsewhere. */
const FIRST = 12;
const WORD = 9;
const NEXT = 11;
const ELSEWHERE = 1;

/** One way to come so far: the characters of the name, the last one first. */
interface Trail {
  readonly at: number;
  readonly score: number;
  readonly before: Trail | null;
}

/** The best way in which the characters of `wanted` follow each other in `name`, whatever their case and accents. */
export function fit(name: string, wanted: string): Fit | null {
  const letters = folded(wanted).filter((letter) => letter.trim() !== "");
  if (letters.length === 0) return { score: 0, at: [] };
  const signs = folded(name);
  let trails: (Trail | null)[] = [];
  for (const [index, letter] of letters.entries()) {
    const longer: (Trail | null)[] = [];
    let best: Trail | null = null; // of those that end before this character
    for (const [at, sign] of signs.entries()) {
      const adjacent: Trail | null = trails[at - 1] ?? null;
      longer[at] = sign !== letter ? null : index === 0 ? step(null, at, worth(signs, at)) : reach(best, adjacent, at, worth(signs, at));
      best = better(best, trails[at] ?? null);
    }
    trails = longer;
  }
  const found = trails.reduce(better, null);
  return found === null ? null : { score: found.score - signs.length / 16, at: places(found) };
}

/** The name in pieces, by those characters of it that were meant. */
export function marked(name: string, at: readonly number[]): Piece[] {
  const meant = new Set(at);
  const pieces: Piece[] = [];
  for (const [index, unit] of name.split("").entries()) {
    const found = meant.has(index);
    const last = pieces.at(-1);
    if (last?.found === found) pieces[pieces.length - 1] = { text: last.text + unit, found };
    else pieces.push({ text: unit, found });
  }
  return pieces;
}

function reach(best: Trail | null, adjacent: Trail | null, at: number, points: number): Trail | null {
  const jumped = best === null ? null : step(best, at, points);
  const walked = adjacent === null ? null : step(adjacent, at, Math.max(points, NEXT));
  return better(walked, jumped);
}

function step(before: Trail | null, at: number, points: number): Trail {
  return { at, before, score: (before?.score ?? 0) + points };
}

function better(one: Trail | null, other: Trail | null): Trail | null {
  if (one === null || other === null) return one ?? other;
  return other.score > one.score ? other : one;
}

function worth(signs: readonly string[], at: number): number {
  if (at === 0) return FIRST;
  return /[\p{L}\p{N}]/u.test(signs[at - 1] ?? "") ? ELSEWHERE : WORD;
}

function places(trail: Trail): number[] {
  const at: number[] = [];
  for (let one: Trail | null = trail; one !== null; one = one.before) at.unshift(one.at);
  return at;
}

/** Each code unit without case and accents, so that places stay what they are. */
function folded(text: string): string[] {
  return text.split("").map((unit) => unit.normalize("NFD").charAt(0).toLowerCase());
}

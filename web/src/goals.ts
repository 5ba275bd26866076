/** Where somebody can go: rooms, people, rooms to join, and what the page can do; the likeliest first. */
import { fit } from "./fuzzy";
import type { Listing, User } from "./model";
import { inOrder } from "./sections";
import { online, partner, titleOf, type Room, type State } from "./state";

/** Something that the page can do. */
export interface Offer {
  readonly name: string;
  /** Names the icon. */
  readonly icon: "find" | "plus" | "settings" | "keyboard" | "leave";
  /** Keys that do it too. */
  readonly keys?: string;
  run(): void;
}

export type Goal = { readonly key: string; readonly name: string; readonly about: string } & (
  | { readonly kind: "room"; readonly room: Room }
  | { readonly kind: "direct"; readonly room: Room; readonly user: User | null }
  | { readonly kind: "person"; readonly user: User }
  | { readonly kind: "join" }
  | { readonly kind: "offer"; readonly offer: Offer }
);

/** A goal, and which characters of its name were meant. */
export type Found = Goal & { readonly at: readonly number[] };

/** So many are shown; of rooms, before anything is typed, so many. */
const MOST = 40;
const MOST_ROOMS = 12;

/** Points that a goal has before anything is typed: it needs fewer letters. */
const MENTIONED = 5;
const UNREAD = 3;
const LATELY = 4;
const OPEN = -6;
const STRANGER = -2;
/** What fits nowhere but in the few words about it. */
const ABOUT = 2;

/** What may be meant by what was typed; `#` and `@` before it ask for rooms or people only. */
export function goalsFor(typed: string, goals: readonly Goal[], state: State, lately: readonly number[]): readonly Found[] {
  const text = typed.trim();
  const sign = /^[#@]/.exec(text)?.[0];
  const words = text.slice(sign?.length ?? 0);
  const weights = new Map(goals.map((goal) => [goal.key, weigh(goal, state, lately)]));
  const weight = (goal: Goal) => weights.get(goal.key) ?? 0;
  const meant = goals.filter((goal) => sign === undefined || isOf(goal, sign));
  if (words === "") {
    const rooms = meant.filter((goal) => goal.kind !== "offer").sort((one, other) => weight(other) - weight(one));
    const offers = meant.filter((goal) => goal.kind === "offer");
    return [...rooms.slice(0, sign === undefined ? MOST_ROOMS : MOST), ...offers].map((goal) => ({ ...goal, at: [] }));
  }
  return meant
    .flatMap((goal) => {
      const how = fit(goal.name, words) ?? within(goal.about, words);
      return how === null ? [] : [{ goal, at: how.at, score: how.score + weight(goal) }];
    })
    .sort((one, other) => other.score - one.score)
    .slice(0, MOST)
    .map(({ goal, at }) => ({ ...goal, at }));
}

/** Everything that one can go to; the rooms of others are those that were found to join. */
export function goalsOf(state: State, joinable: readonly Listing[], offers: readonly Offer[]): readonly Goal[] {
  const met = new Set<number>();
  const rooms = inOrder(state.rooms.values()).map((room): Goal => {
    const about = { key: `room ${room.id}`, name: titleOf(room), about: room.topic };
    if (room.kind !== "direct") return { ...about, kind: "room", room };
    const user = partner(room, state.me);
    if (user !== null) met.add(user.id);
    return { ...about, kind: "direct", room, user };
  });
  const joins = joinable.filter(({ room }) => !state.rooms.has(room)).map(({ room, name, topic }): Goal => ({ key: `join ${room}`, name, about: topic, kind: "join" }));
  return [
    ...rooms,
    ...peopleOf(state).filter(({ id }) => !met.has(id)).map((user): Goal => ({ key: `person ${user.id}`, name: user.name, about: "", kind: "person", user })),
    ...joins,
    ...offers.map(offered),
  ];
}

export function offered(offer: Offer): Found {
  return { key: `offer ${offer.name}`, name: offer.name, about: "", kind: "offer", offer, at: [] };
}

/** Who is known, by name: those who are here, and who takes part in a conversation. */
function peopleOf(state: State): readonly User[] {
  const people = new Map<number, User>(online(state));
  for (const room of state.rooms.values()) for (const user of room.participants) people.set(user.id, user);
  if (state.me !== null) people.delete(state.me.id);
  return [...people.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function isOf(goal: Goal, sign: string): boolean {
  return sign === "#" ? goal.kind === "room" || goal.kind === "join" : goal.kind === "direct" || goal.kind === "person";
}

function weigh(goal: Goal, state: State, lately: readonly number[]): number {
  if (!("room" in goal)) return goal.kind === "offer" ? 0 : STRANGER;
  const { room } = goal;
  const ago = lately.indexOf(room.id);
  const loud = room.notify === "all" ? UNREAD : UNREAD / 2;
  return (
    (room.mentions > 0 ? MENTIONED : 0) +
    (room.unread > 0 ? loud : 0) +
    (ago < 0 ? 0 : LATELY / (1 + ago / 2)) +
    (room.id === state.open ? OPEN : 0)
  );
}

function within(about: string, words: string): { score: number; at: readonly number[] } | null {
  return about.toLowerCase().includes(words.toLowerCase()) ? { score: ABOUT, at: [] } : null;
}

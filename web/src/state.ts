/**
 * What the page knows: a pure function of what has happened so far.
 *
 * Of each room it keeps one window of the log: everything between `from` and `to` that exists is in `entries`.
 * The window never has a hole: what does not touch it replaces it or stays outside.
 */
import type {
  Added,
  Appointed,
  Attached,
  Deleted,
  Edited,
  Here,
  Ignoring,
  Invitation,
  Invited,
  Joined,
  Left,
  LoggedIn,
  Mentioned,
  Messages,
  Noticed,
  Notifying,
  Pinned,
  Presence,
  Previewed,
  Purged,
  Reacted,
  Reaction,
  ReadTo,
  Removed,
  Renamed,
  Ended,
  RoomState,
  Said,
  Skipped,
  Typed,
  Uninvited,
  User,
  Welcome,
} from "./model";
import { may } from "./permissions";

/** Everything that has a seq. */
export type Entry = Said | Change | Noticed;
type Change = Edited | Deleted | Reacted | Previewed | Pinned | Purged;

/** Messages kept of a room whose end is followed or that is not open, and of one that is read further up. */
export const KEPT_FOLLOWED = 200;
export const KEPT_READ = 500;
/** When there are more, so much of them is kept: the others are forgotten at once, and not one with each that comes. */
const KEPT_PART = 0.9;
/** Unread messages are counted so far, like the server does. */
export const UNREAD_MOST = 1000;
/** How long somebody is shown as writing after the last sign of it. */
export const TYPING_MS = 6000;

export interface Room {
  readonly id: number;
  readonly name: string;
  readonly kind: RoomState["kind"];
  readonly topic: string;
  /** The id of the image by which it is shown. */
  readonly icon: string | null;
  readonly participants: readonly User[];
  /** What we are in it. */
  readonly role: NonNullable<RoomState["role"]>;
  /** Only moderators and owners speak. */
  readonly moderated: boolean;
  /** Nothing is said in it any more. */
  readonly archived: boolean;
  /** It is a conversation of somebody who has deleted their account. */
  readonly ended: boolean;
  /** Seq of the newest entry that reached this page; the window ends there, or before it. */
  readonly head: number;
  /** The window: `entries` are all messages with `from` <= seq <= `to`. It is empty where `to` is `from` - 1. */
  readonly entries: readonly Said[];
  /** What else happened in the window, as far as it was told since the room was attached. */
  readonly notices: readonly Noticed[];
  readonly from: number;
  readonly to: number;
  /** Nothing exists before `from`. */
  readonly complete: boolean;
  /** The end is looked at, or would be: what comes is appended, and the oldest are forgotten. */
  readonly following: boolean;
  /** Attached: everything new arrives by itself. */
  readonly live: boolean;
  readonly read: number;
  readonly unread: number;
  /** How many of the unread ones are for the user; which of them, as far as they were told one by one. */
  readonly mentions: number;
  readonly mentioned: readonly number[];
  /** Of what here the user wants to be told. */
  readonly notify: NonNullable<RoomState["notify"]>;
  /** `unread` takes account of everything up to here. */
  readonly counted: number;
  /** The unread line is drawn after this seq. */
  readonly line: number | null;
  readonly count: number;
  /** Who is present; null when there are too many to tell. */
  readonly present: readonly Here[] | null;
  readonly typing: readonly { readonly user: User; readonly until: number }[];
}

export interface State {
  readonly me: User | null;
  /** What we are on the server. */
  readonly role: NonNullable<LoggedIn["role"]>;
  readonly epoch: string | null;
  readonly limits: Readonly<Record<string, number>>;
  readonly auth: Readonly<Record<string, boolean>>;
  /** Ids of those who are not heard. */
  readonly ignored: ReadonlySet<number>;
  /** Rooms into which somebody asked us, the newest first. */
  readonly invitations: readonly Invitation[];
  readonly rooms: ReadonlyMap<number, Room>;
  /** The room on the screen. */
  readonly open: number | null;
  /** Somebody sits before the screen. */
  readonly watching: boolean;
}

/** What the page itself adds to the server's events. */
export type Deed =
  | { readonly type: "logged_in"; readonly as: LoggedIn }
  | { readonly type: "logged_out" }
  | { readonly type: "lost" }
  | { readonly type: "page"; readonly page: Messages; readonly before: boolean }
  /** A page from anywhere in the log, read from its end backwards: the window begins anew with it. */
  | { readonly type: "landed"; readonly page: Messages }
  | { readonly type: "opened"; readonly room: number | null }
  | { readonly type: "watching"; readonly watching: boolean }
  | { readonly type: "following"; readonly room: number; readonly following: boolean }
  | { readonly type: "jumped"; readonly room: number }
  | { readonly type: "faded" };

export type Happening =
  | Welcome
  | Entry
  | Skipped
  | Typed
  | Mentioned
  | Notifying
  | Joined
  | Left
  | Presence
  | Added
  | Removed
  | Renamed
  | Ended
  | Appointed
  | Invited
  | Uninvited
  | Ignoring
  | ReadTo
  | Attached
  | Deed;

export const NOTHING: State = {
  me: null,
  role: "guest",
  epoch: null,
  limits: {},
  auth: {},
  ignored: new Set(),
  invitations: [],
  rooms: new Map(),
  open: null,
  watching: false,
};

/** The state after `event`, which came at `now` (milliseconds since 1970). */
export function apply(state: State, event: Happening, now: number): State {
  switch (event.type) {
    case "welcome":
      return welcome(state, event);
    case "logged_in":
      return loggedIn(state, event.as);
    case "logged_out":
      return { ...NOTHING, auth: state.auth, limits: state.limits, watching: state.watching };
    case "lost":
      return everyRoom(state, (room) => ({ ...room, live: false, typing: [] }));
    case "added":
      return event.rooms.reduce((after, known) => put(uninvited(after, known.room), enrolled(after, known)), state);
    case "invited":
      return { ...state, invitations: [event, ...uninvited(state, event.room).invitations] };
    case "uninvited":
      return uninvited(state, event.room);
    case "appointed":
      return appointed(state, event);
    case "removed":
      return without(state, event.room);
    case "renamed":
      return change(state, event.room, (room) => ({ ...room, name: event.name }));
    case "ended":
      return change(state, event.room, (room) => ({
        ...room,
        name: event.name,
        ended: true,
        participants: room.participants.map((one) => (one.id === event.user.id ? event.user : one)),
      }));
    case "attached":
      return settled(change(state, event.room, (room) => attached(state, room, event)));
    case "said":
      return change(state, event.room, (room) => said(state, room, event));
    case "edited":
    case "deleted":
    case "reacted":
    case "previewed":
    case "pinned":
    case "purged":
    case "noticed":
      return settled(change(state, event.room, (room) => changed(state, passed(state, room, event.seq), event)));
    case "skipped":
      return settled(change(state, event.room, (room) => passed(state, room, event.seq)));
    case "ignoring":
      return ignoring(state, event.users);
    case "page":
      return settled(change(state, event.page.room, (room) => paged(room, event.page, event.before)));
    case "landed":
      return change(state, event.page.room, (room) => landed(room, event.page));
    case "read":
      return change(state, event.room, (room) => readTo(room, event.seq));
    case "mentioned":
      return change(state, event.room, (room) => mentioned(room, event.seq));
    case "notify":
      return change(state, event.room, (room) => ({ ...room, notify: event.level }));
    case "joined":
      return change(state, event.room, (room) => met(room, event.count, event.users, []));
    case "left":
      return change(state, event.room, (room) => met(room, event.count, [], event.users));
    case "presence":
      return change(state, event.room, (room) => presence(room, event));
    case "typing":
      return change(state, event.room, (room) => typing(state, room, event.user, now));
    case "faded":
      return everyRoom(state, (room) => faded(room, now));
    case "opened":
      return opened(state, event.room);
    case "watching":
      return settled({ ...state, watching: event.watching });
    case "following":
      return settled(change(state, event.room, (room) => ({ ...room, following: event.following })));
    case "jumped":
      return settled(change(state, event.room, (room) => atHead({ ...room, following: true })));
  }
}

/** Whether everything up to the newest entry is in the window. */
export function reachesHead(room: Room): boolean {
  return room.to === room.head;
}

/** Whether what is read before the window would stay: where the end is followed, the next message takes away what is too much. */
export function mayReachBack(room: Room): boolean {
  return !room.complete && (!room.following || room.entries.length < KEPT_FOLLOWED * KEPT_PART);
}

/** Who is known to be present somewhere, by id. */
export function online(state: State): ReadonlyMap<number, Here> {
  const people = new Map<number, Here>();
  for (const room of state.rooms.values()) for (const here of room.present ?? []) people.set(here.id, here);
  return people;
}

/** The other one in a direct room of two. */
export function partner(room: Room, me: User | null): User | null {
  const others = room.participants.filter((user) => user.id !== me?.id);
  return others.length === 1 ? (others[0] ?? null) : null;
}

/** How a room is called in words: `lobby`, `alice`, or for several people `alice, bob`. */
export function titleOf(room: Room): string {
  return room.kind === "direct" ? room.name.slice(1).replaceAll(",", ", ") : room.name;
}

/** What may be offered to be done with a message; the server has the last word. */
export function mayEdit(state: State, message: Said): boolean {
  return message.from.id === state.me?.id && message.deleted !== true;
}

export function mayDelete(state: State, room: Room, message: Said): boolean {
  if (message.deleted === true) return false;
  return may(state, room, message.from.id === state.me?.id ? "DELETE_OWN" : "DELETE_OTHERS");
}

function welcome(state: State, event: Welcome): State {
  const same = state.epoch === event.epoch;
  return {
    ...state,
    epoch: event.epoch,
    limits: event.limits,
    auth: event.auth,
    rooms: same ? state.rooms : new Map(),
    open: same ? state.open : null,
  };
}

function loggedIn(state: State, as: LoggedIn): State {
  const same = state.me?.id === as.user.id;
  const before = ignoring(same ? state : { ...state, rooms: new Map<number, Room>(), open: null }, as.ignored ?? []);
  const rooms = new Map(as.rooms.map((known) => [known.room, enrolled(before, known)]));
  const open = before.open !== null && rooms.has(before.open) ? before.open : null;
  return { ...before, me: as.user, role: as.role ?? "guest", invitations: as.invitations ?? [], rooms, open };
}

function uninvited(state: State, room: number): State {
  return { ...state, invitations: state.invitations.filter((one) => one.room !== room) };
}

/** We are something else from now on: on the server, or in a room. */
function appointed(state: State, { role, room: id }: Appointed): State {
  if (id === undefined) return { ...state, role: role as State["role"] };
  return change(state, id, (room) => ({ ...room, role: role as Room["role"] }));
}

/** A room of ours as the server describes it, with what we have of it already. */
function enrolled(state: State, known: RoomState): Room {
  const had = state.rooms.get(known.room);
  const room: Room = {
    ...(had ?? {
      head: known.head,
      entries: [],
      notices: [],
      from: known.head + 1,
      to: known.head,
      complete: known.head === 0,
      following: true,
      live: false,
      line: null,
      count: 0,
      present: null,
      typing: [],
    }),
    id: known.room,
    name: known.name,
    kind: known.kind,
    topic: known.topic,
    icon: known.icon ?? null,
    participants: known.participants ?? [],
    role: known.role ?? "member",
    moderated: known.moderated ?? false,
    archived: known.archived ?? false,
    ended: known.ended ?? false,
    read: known.read,
    unread: known.unread,
    mentions: known.mentions ?? 0,
    mentioned: [],
    notify: known.notify ?? "all",
    counted: Math.max(known.head, had?.head ?? 0),
  };
  const told = had === undefined ? room : readTo(room, had.read);
  if (told.unread === 0) return told;
  return { ...told, line: had !== undefined && had.unread > 0 ? had.line : told.read };
}

function attached(state: State, room: Room, event: Attached): Room {
  const start = event.gap?.from ?? event.from;
  const known: Room = {
    ...room,
    name: event.name,
    kind: event.kind,
    topic: event.topic,
    icon: event.icon ?? null,
    moderated: event.moderated ?? false,
    archived: event.archived ?? false,
    count: event.count,
    live: event.complete,
    present: event.complete ? (event.present ?? null) : room.present,
  };
  const messages = event.entries.filter((entry) => entry.type === "said");
  const others = event.entries.filter((entry) => entry.type !== "said");
  const page = { entries: messages, from: start, to: event.to };
  const told = (into: Room) => others.reduce((before, entry) => changed(state, before, entry), into);
  if (event.reset) {
    const anew = { ...known, entries: messages, notices: [], from: start, to: event.to, head: event.to };
    const read = Math.min(anew.read, event.to);
    return told({ ...anew, complete: start <= 1, read, unread: 0, mentions: 0, mentioned: [], counted: event.to, line: null });
  }
  const counted = messages.reduce((into, entry) => counting(state, into, entry), known);
  const head = Math.max(room.head, event.to);
  if (start <= room.to + 1 && event.to >= room.from - 1) {
    if (overfull(counted)) return told({ ...counted, head });
    return trimmed(told({ ...cover(counted, page), head }));
  }
  // Nothing of the log may be skipped silently: where the end is followed the window begins anew,
  // elsewhere it stays where it is read and ends before the head.
  if (!room.following || room.to < room.head) return told({ ...counted, head });
  const anew = { ...counted, entries: [], notices: [], from: start, to: start - 1, complete: start <= 1 };
  return trimmed(told({ ...cover(anew, page), head }));
}

function changed(state: State, room: Room, entry: Change | Noticed): Room {
  switch (entry.type) {
    case "noticed":
      return noticed(room, entry);
    case "edited": {
      const { text, seq } = entry;
      if (text === undefined) return room; // it was deleted since, which comes later
      return altered(state, room, (message) => message.seq === entry.target, ({ preview: _, ...left }) => ({
        ...left,
        ...{ text, edited: true, changed: seq },
      }));
    }
    case "deleted":
      return gone(state, room, entry.seq, (message) => message.seq === entry.target);
    case "reacted":
      return altered(state, room, (message) => message.seq === entry.target, (message) => ({
        ...message,
        reactions: reacted(message.reactions ?? [], entry),
        changed: entry.seq,
      }));
    case "previewed": {
      const { preview, seq } = entry;
      if (preview === undefined) return room; // it was edited or deleted since, which comes later
      return altered(state, room, (message) => message.seq === entry.target, (message) => ({ ...message, preview, changed: seq }));
    }
    case "pinned":
      return room; // what is pinned is asked for
    case "purged":
      return gone(state, room, entry.seq, ({ from, seq }) => from.id === entry.user.id && seq <= entry.up_to);
  }
}

function gone(state: State, room: Room, seq: number, which: (message: Said) => boolean): Room {
  return altered(state, room, which, ({ reactions, file: _file, preview: _preview, ...left }) => ({
    ...left,
    ...{ text: "", edited: false, deleted: true, changed: seq },
    ...(reactions === undefined ? {} : { reactions: [] }),
  }));
}

/** What is on a message after a reaction more, or one less; in the order that the server keeps. */
function reacted(before: readonly Reaction[], entry: Reacted): Reaction[] {
  const { emoji, on } = entry;
  const had = before.find((one) => one.emoji === emoji)?.users ?? [];
  const others = had.filter((user) => user !== entry.from.id);
  const users = on ? [...others, entry.from.id].sort((a, b) => a - b) : others;
  const rest = before.filter((one) => one.emoji !== emoji);
  const all = users.length > 0 ? [...rest, { emoji, users }] : rest;
  return all.sort((a, b) => byCodePoints(a.emoji, b.emoji));
}

function byCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]].map((points) => points.map((point) => point.codePointAt(0) ?? 0));
  const at = left!.findIndex((point, index) => point !== right![index]);
  return at < 0 ? left!.length - right!.length : left![at]! - (right![at] ?? -1);
}

/** These messages as they are since a change, unless they were changed later or deleted before. */
function altered(state: State, room: Room, which: (message: Said) => boolean, how: (message: Said) => Said): Room {
  let { unread } = room;
  const lost = new Set<number>();
  const entries = room.entries.map((message) => {
    if (!which(message)) return message;
    const now = newer(message, how(message));
    const counts = message.seq > room.read && message.from.id !== state.me?.id;
    if (now.deleted !== true || message.deleted === true) return now;
    if (counts && unread < UNREAD_MOST) unread = Math.max(0, unread - 1);
    lost.add(message.seq);
    return now;
  });
  return unmentioned({ ...room, entries, unread }, (seq) => lost.has(seq));
}

function noticed(before: Room, entry: Noticed): Room {
  const room = { ...before, ...settingOf(entry) };
  const inside = entry.seq >= room.from && entry.seq <= room.to;
  if (!inside || room.notices.some((notice) => notice.seq === entry.seq)) return room;
  return { ...room, notices: [...room.notices, entry] };
}

/** How the room is since then. */
function settingOf({ what, text }: Noticed): Partial<Room> {
  switch (what) {
    case "topic":
      return { topic: text ?? "" };
    case "icon":
      return { icon: text ?? null };
    case "moderated":
    case "unmoderated":
      return { moderated: what === "moderated" };
    case "archived":
    case "unarchived":
      return { archived: what === "archived" };
    default:
      return {};
  }
}

function said(state: State, room: Room, entry: Said): Room {
  const counted = counting(state, room, entry);
  const head = Math.max(room.head, entry.seq);
  const quiet = counted.typing.filter((one) => one.user.id !== entry.from.id);
  const next = { ...counted, head, typing: quiet.length === counted.typing.length ? counted.typing : quiet };
  const beyond = entry.seq > room.to + 1 || entry.seq < room.from;
  if (beyond || (entry.seq > room.to && overfull(room))) return next;
  const page = { entries: [entry], from: entry.seq, to: entry.seq };
  return trimmed(cover(next, page));
}

/** There is an entry that is no message to be shown: the window covers its place. */
function passed(state: State, room: Room, seq: number): Room {
  const counted = { ...room, counted: Math.max(room.counted, seq), head: Math.max(room.head, seq) };
  if (seq !== room.to + 1 || overfull(room)) return counted;
  const covered = { ...counted, to: seq };
  return isWatched(state, room) ? readTo(covered, seq) : covered;
}

/** What those say who are ignored now is gone; what those said who are heard again is read anew. */
function ignoring(state: State, users: readonly User[]): State {
  const ignored = new Set(users.map((user) => user.id));
  const again = [...state.ignored].some((id) => !ignored.has(id));
  return everyRoom({ ...state, ignored }, (room) => {
    const typing = room.typing.filter((one) => !ignored.has(one.user.id));
    const entries = room.entries.filter((entry) => !ignored.has(entry.from.id)).map((entry) => unreacted(entry, ignored));
    const unheard = room.entries.filter((entry) => ignored.has(entry.from.id) && entry.seq > room.read && !entry.deleted);
    const unread = Math.max(0, room.unread - unheard.length);
    const window = again ? { entries: [], notices: [], from: room.head + 1, to: room.head, complete: room.head === 0 } : { entries };
    return { ...room, ...window, typing, unread };
  });
}

function unreacted(message: Said, by: ReadonlySet<number>): Said {
  if (message.reactions === undefined || by.size === 0) return message;
  const left = message.reactions.map((one) => ({ ...one, users: one.users.filter((user) => !by.has(user)) }));
  return { ...message, reactions: left.filter((one) => one.users.length > 0) };
}

function paged(room: Room, page: Messages, before: boolean): Room {
  const touches = page.from <= room.to + 1 && page.to >= room.from - 1;
  if (!touches) return room; // asked for before a jump
  const wider = cover(room, page);
  const complete = wider.complete || (before && page.complete && page.from <= room.from);
  const head = Math.max(wider.head, wider.to);
  return forget({ ...wider, complete, head }, KEPT_READ, before ? "newest" : "oldest");
}

function landed(room: Room, page: Messages): Room {
  const { entries, from, to, complete } = page;
  const head = Math.max(room.head, to);
  return { ...room, entries, notices: [], from, to, complete, head, following: false };
}

/** The window and a page that touches it, as one; of each message the newer state, and what vanished is gone. */
function cover(room: Room, page: { entries: readonly Said[]; from: number; to: number }): Room {
  const had = new Map<number, Said>();
  for (const entry of room.entries) if (entry.seq >= page.from && entry.seq <= page.to) had.set(entry.seq, entry);
  const middle = page.entries.map((entry) => newer(had.get(entry.seq), entry));
  const entries = [
    ...room.entries.filter((entry) => entry.seq < page.from),
    ...middle,
    ...room.entries.filter((entry) => entry.seq > page.to),
  ];
  return { ...room, entries, from: Math.min(room.from, page.from), to: Math.max(room.to, page.to) };
}

function newer(had: Said | undefined, came: Said): Said {
  if (had === undefined) return came;
  if (had.deleted === true) return had;
  return came.deleted === true || (came.changed ?? came.seq) > (had.changed ?? had.seq) ? came : had;
}

/** What is new counts as unread, unless somebody is looking; the line goes before the first of it. */
function counting(state: State, room: Room, entry: Said): Room {
  if (entry.seq <= room.counted) return room;
  const counted = { ...room, counted: entry.seq };
  const line = entry.from.id === state.me?.id && room.unread === 0 ? null : room.line;
  if (isWatched(state, room) && room.to === entry.seq - 1) return { ...counted, line, read: entry.seq };
  if (entry.from.id === state.me?.id) return { ...counted, line };
  if (entry.deleted || entry.seq <= room.read) return counted;
  const unread = Math.min(room.unread + 1, UNREAD_MOST);
  return { ...counted, unread, line: room.unread === 0 ? entry.seq - 1 : line };
}

function readTo(room: Room, seq: number): Room {
  if (seq <= room.read) return room;
  if (seq >= room.counted) return { ...room, read: seq, unread: 0, mentions: 0, mentioned: [] };
  const seen = room.entries.filter((entry) => entry.seq > room.read && entry.seq <= seq && !entry.deleted).length;
  return unmentioned({ ...room, read: seq, unread: Math.max(0, room.unread - seen) }, (one) => one <= seq);
}

/** A message that is not read yet is for the user. */
function mentioned(room: Room, seq: number): Room {
  if (seq <= room.read || room.mentioned.includes(seq)) return room;
  return { ...room, mentions: Math.min(room.mentions + 1, UNREAD_MOST), mentioned: [...room.mentioned, seq] };
}

function unmentioned(room: Room, which: (seq: number) => boolean): Room {
  const left = room.mentioned.filter((seq) => !which(seq));
  const gone = room.mentioned.length - left.length;
  return gone === 0 ? room : { ...room, mentions: Math.max(left.length, room.mentions - gone), mentioned: left };
}

function presence(room: Room, event: Presence): Room {
  if (event.present !== undefined) return met({ ...room, present: [] }, event.count, event.present, []);
  const some = [...(event.came ?? []), ...(event.changed ?? [])];
  const went = event.went ?? [];
  // Above a limit only the count travels: then the names we have are not to be trusted.
  const known = some.length + went.length > 0 ? room : { ...room, present: null };
  return met(known, event.count, some, went);
}

/** The room with these people in it, as they are now, and without those. */
function met(room: Room, count: number, here: readonly Here[], gone: readonly User[]): Room {
  const lost = new Set(gone.map((user) => user.id));
  const typing = room.typing.filter((one) => !lost.has(one.user.id));
  if (room.present === null) return { ...room, count, typing };
  const people = new Map(room.present.map((one) => [one.id, one]));
  for (const id of lost) people.delete(id);
  for (const one of here) people.set(one.id, one);
  return { ...room, count, typing, present: people.size === count ? [...people.values()] : null };
}

function typing(state: State, room: Room, user: User, now: number): Room {
  if (user.id === state.me?.id) return room;
  const others = room.typing.filter((one) => one.user.id !== user.id);
  return { ...room, typing: [...others, { user, until: now + TYPING_MS }] };
}

function faded(room: Room, now: number): Room {
  const still = room.typing.filter((one) => one.until > now);
  return still.length === room.typing.length ? room : { ...room, typing: still };
}

function opened(state: State, id: number | null): State {
  if (id === state.open) return state;
  const left = change(state, state.open, (room) => {
    const end = reachesHead(room) ? { ...room, following: true } : atHead({ ...room, following: true });
    return forget({ ...end, line: room.unread === 0 ? null : room.line }, KEPT_FOLLOWED, "oldest");
  });
  return settled({ ...left, open: id });
}

/** Where somebody is looking at the end of a room, it is read. */
function settled(state: State): State {
  return change(state, state.open, (room) =>
    isWatched(state, room) && reachesHead(room) ? readTo(room, room.head) : room,
  );
}

function isWatched(state: State, room: Room): boolean {
  return state.watching && state.open === room.id && room.following;
}

/** The window begun anew at the newest entry; what came before is read from history. */
function atHead(room: Room): Room {
  if (reachesHead(room)) return room;
  return { ...room, entries: [], notices: [], from: room.head + 1, to: room.head, complete: room.head === 0 };
}

/** Somebody reads further up and the window is as long as it may be: the newest stay outside. */
function overfull(room: Room): boolean {
  return !room.following && room.entries.length >= KEPT_READ;
}

function trimmed(room: Room): Room {
  return room.following ? forget(room, KEPT_FOLLOWED, "oldest") : room;
}

/** At most `most` messages; the window shrinks at that end. */
function forget(room: Room, most: number, which: "oldest" | "newest"): Room {
  if (room.entries.length <= most) return room;
  const kept = Math.floor(most * KEPT_PART);
  if (which === "oldest") {
    const entries = room.entries.slice(-kept);
    const from = entries[0]?.seq ?? room.from;
    return { ...room, entries, notices: room.notices.filter((notice) => notice.seq >= from), from, complete: false };
  }
  const entries = room.entries.slice(0, kept);
  const to = (room.entries[kept]?.seq ?? room.to + 1) - 1;
  return { ...room, entries, notices: room.notices.filter((notice) => notice.seq <= to), to, following: false };
}

function change(state: State, id: number | null, how: (room: Room) => Room): State {
  const room = id === null ? undefined : state.rooms.get(id);
  return room === undefined ? state : put(state, how(room));
}

function put(state: State, room: Room): State {
  if (state.rooms.get(room.id) === room) return state;
  return { ...state, rooms: new Map(state.rooms).set(room.id, room) };
}

function without(state: State, id: number): State {
  if (!state.rooms.has(id)) return state;
  const rooms = new Map(state.rooms);
  rooms.delete(id);
  return { ...state, rooms, open: state.open === id ? null : state.open };
}

function everyRoom(state: State, how: (room: Room) => Room): State {
  let after = state;
  for (const room of state.rooms.values()) after = put(after, how(room));
  return after;
}

/** How things are written for people: times, days, names, counts. */

import { Lost, Refusal } from "./connection";
import type { Appointed, Here, Noticed, Profile, Removed, Sanction, User } from "./model";
import { titleOf, type Room } from "./state";
import { locale, t } from "./words/words.svelte";

/** How dates and times are written, once for each locale. */
const formats = new Map<string, Formats>();

interface Formats {
  readonly time: Intl.DateTimeFormat;
  readonly day: Intl.DateTimeFormat;
  readonly dayOfYear: Intl.DateTimeFormat;
  readonly when: Intl.DateTimeFormat;
  readonly exact: Intl.DateTimeFormat;
  readonly whole: Intl.NumberFormat;
  readonly tenths: Intl.NumberFormat;
  readonly list: Intl.ListFormat;
}

function format(): Formats {
  const where = locale();
  const known = formats.get(where);
  if (known !== undefined) return known;
  const made = {
    time: new Intl.DateTimeFormat(where, { timeStyle: "short" }),
    day: new Intl.DateTimeFormat(where, { weekday: "long", day: "numeric", month: "long" }),
    dayOfYear: new Intl.DateTimeFormat(where, { day: "numeric", month: "long", year: "numeric" }),
    when: new Intl.DateTimeFormat(where, { dateStyle: "medium", timeStyle: "short" }),
    exact: new Intl.DateTimeFormat(where, { dateStyle: "full", timeStyle: "medium" }),
    whole: new Intl.NumberFormat(where, { maximumFractionDigits: 0, useGrouping: "min2" }),
    tenths: new Intl.NumberFormat(where, { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    list: new Intl.ListFormat(where, { type: "conjunction" }),
  };
  formats.set(where, made);
  return made;
}

export function timeText(at: number): string {
  return format().time.format(at);
}

/** When it was, for somebody who reads now: `now`, `5 min ago`, and after an hour the time of day. */
export function agoText(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes >= 60 || minutes < -1) return timeText(at);
  return minutes < 1 ? t.talk.now : t.talk.minutesAgo(minutes);
}

export function exactText(at: number): string {
  return format().exact.format(at);
}

export function dayText(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return t.talk.today;
  if (days === 1) return t.talk.yesterday;
  return days > 0 && days < 180 ? format().day.format(at) : format().dayOfYear.format(at);
}

/** Why the server did not do it, as far as possible in the reader's language. */
export function refusalText(why: Refusal): string {
  return t.refusals.sentence(why.code, why.message);
}

/** Why something was not done, for who asked for it. What is neither a refusal nor a lost line is a fault of ours. */
export function sentence(why: unknown): string {
  if (why instanceof Refusal) return refusalText(why);
  if (why instanceof Lost) return t.page.offline;
  throw why;
}

/** A day and a time. */
export function whenText(at: number): string {
  return format().when.format(at);
}

/** How somebody is here: `Here now`, `Away · lunch`. */
export function presenceText(here: Here): string {
  const how = here.away === true ? t.people.away : t.people.hereNow;
  return here.status === undefined ? how : t.people.hereWith(how, here.status);
}

/** How and where somebody is here, without their status: `Here now in the browser and at a terminal`. */
export function hereText({ away, frontends = [] }: Profile): string {
  const where = format().list.format(frontends.map((one) => t.acting[one]));
  return t.acting.hereBy(away === true ? t.people.away : t.people.hereNow, where);
}

/** That somebody is kept out or silent, until when and why. */
export function sanctionText({ kind, until, reason }: Sanction): string {
  const what = t.acting[kind === "ban" ? "banned" : "muted"](until === undefined ? "" : whenText(until));
  return reason ? t.acting.because(what, reason) : what;
}

/** Up to two letters for an avatar: `mary-ann` is MA, `bob` is B. */
export function initials(name: string): string {
  const [first = "", second = ""] = name.split(/[-_]+/).filter((part) => part !== "");
  return (first.slice(0, 1) + second.slice(0, 1)).toUpperCase() || "?";
}

export type Colour = NonNullable<Profile["colour"]>;

/** The angles of the colours that one can choose. */
export const HUES: Readonly<Record<Colour, number>> = { red: 25, orange: 55, yellow: 90, green: 150, teal: 190, blue: 250, purple: 300, pink: 350 };

/** A colour angle for a user: what they chose, or by the golden angle, which keeps neighbouring ids apart. */
export function hueOf(id: number, colour?: Colour): number {
  return colour === undefined ? Math.round((id * 137.508 + 20) % 360) : HUES[colour];
}

/** What somebody is called: as they want to be, where that is known; their name never changes. */
export function calledBy(user: User, profile: Profile | undefined): string {
  return profile?.display_name ?? user.name;
}

/** What somebody made of us; `room` where that is in one. */
export function appointedText({ role, by, room: id }: Appointed, room: Room | undefined): string {
  const who = by?.name ?? t.page.theServer;
  const what = t.page.roles[role];
  return id === undefined ? t.page.appointed(who, what) : t.page.appointedIn(who, what, room === undefined ? "" : titleOf(room));
}

/** Why one is in a room no longer; null when it was by one's own doing. */
export function removedText({ by, reason, destroyed }: Removed, room: string): string | null {
  if (by === undefined) return null;
  if (destroyed === true) return t.page.deletedRoom(by.name, room);
  return reason ? t.page.removedYouWhy(by.name, room, reason) : t.page.removedYou(by.name, room);
}

/** What happened in a room, as one line. */
export function noticeText(notice: Noticed): string {
  const who = notice.from.name;
  const whom = notice.about?.name ?? "";
  const text = notice.text ?? "";
  const because = (what: string) => (text === "" ? what : t.talk.because(what, text));
  switch (notice.what) {
    case "topic":
      return text === "" ? t.talk.topicRemoved(who) : t.talk.topicChanged(who, text);
    case "kicked":
    case "banned":
    case "muted":
      return because(t.talk[notice.what](who, whom));
    case "unbanned":
    case "unmuted":
      return t.talk[notice.what](who, whom);
    case "moderated":
    case "unmoderated":
    case "archived":
    case "unarchived":
      return t.talk[notice.what](who);
    case "retention":
      return text === "" ? t.talk.keepsAll(who) : t.talk.keeps(who, keptText(text));
    case "icon":
      return text === "" ? t.talk.iconRemoved(who) : t.talk.anotherIcon(who);
    case "previews":
      return text === "on" ? t.talk.previewed(who) : t.talk.unpreviewed(who);
    case "renamed": {
      const [before = "", name = ""] = text.split(" ");
      return t.talk.renamed(who, before, name);
    }
    case "slow":
      return text === "0" ? t.talk.unslowed(who) : t.talk.slowed(who, text);
  }
}

/** What a room keeps; the server says `30 days, at most the newest 100 entries`. */
function keptText(said: string): string {
  const days = /(\d+) days?/.exec(said)?.[1];
  const newest = /newest (?:(\d+) entries|entry)/.exec(said);
  const parts = [
    ...(days === undefined ? [] : [t.talk.days(Number(days))]),
    ...(newest === null ? [] : [t.talk.newestEntries(Number(newest[1] ?? 1))]),
  ];
  const [one, other] = parts;
  return one === undefined ? said : other === undefined ? one : t.talk.atMost(one, other);
}

/** `alice`, `alice and bob`, `alice, bob and 3 others`. */
export function namesText(names: readonly string[]): string {
  const [first = "", second = ""] = names;
  if (names.length <= 1) return first;
  return names.length === 2 ? t.talk.two(first, second) : t.talk.andOthers(first, second, names.length - 2);
}

/** `812 B`, `4.2 kB`, `17 MB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${(unit > 0 && size < 10 ? format().tenths : format().whole).format(size)} ${units[unit]}`;
}

export function countText(count: number, most: number): string {
  return count >= most ? `${format().whole.format(most)}+` : format().whole.format(count);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

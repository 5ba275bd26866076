/** How things are written for people: times, days, names, counts. */

import type { Here, Noticed, Removed } from "./model";

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const DAY_OF_YEAR = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "medium" });

export function timeText(at: number): string {
  return TIME.format(at);
}

/** When it was, for somebody who reads now: `now`, `5 min`, and after an hour the time of day. */
export function agoText(at: number, now: number): string {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes >= 60 || minutes < -1) return timeText(at);
  return minutes < 1 ? "now" : `${minutes} min ago`;
}

export function exactText(at: number): string {
  return EXACT.format(at);
}

export function dayText(at: number, now: number): string {
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return days > 0 && days < 180 ? DAY.format(at) : DAY_OF_YEAR.format(at);
}

/** How somebody is here: `Here now`, `Away · lunch`. */
export function presenceText(here: Here): string {
  const where = here.away === true ? "Away" : "Here now";
  return here.status === undefined ? where : `${where} · ${here.status}`;
}

/** Up to two letters for an avatar: `mary-ann` is MA, `bob` is B. */
export function initials(name: string): string {
  const [first = "", second = ""] = name.split(/[-_]+/).filter((part) => part !== "");
  return (first.slice(0, 1) + second.slice(0, 1)).toUpperCase() || "?";
}

/** A colour angle for a user: the golden angle keeps neighbouring ids apart. */
export function hueOf(id: number): number {
  return Math.round((id * 137.508 + 20) % 360);
}

/** Why one is in a room no longer; null when it was by one's own doing. */
export function removedText({ by, reason, destroyed }: Removed, room: string): string | null {
  if (by === undefined) return null;
  if (destroyed === true) return `${by.name} deleted #${room}, with everything in it.`;
  return `${by.name} removed you from #${room}${reason ? `: ${reason}` : "."}`;
}

/** What happened in a room, as one line. */
export function noticeText(notice: Noticed): string {
  const who = notice.from.name;
  const about = notice.about?.name;
  const why = notice.text ? `: ${notice.text}` : "";
  switch (notice.what) {
    case "topic":
      return notice.text ? `${who} changed the topic to “${notice.text}”` : `${who} removed the topic`;
    case "kicked":
      return `${who} removed ${about}${why}`;
    case "banned":
      return `${who} banned ${about}${why}`;
    case "muted":
      return `${who} muted ${about}${why}`;
    case "unbanned":
      return `${who} lets ${about} in again`;
    case "unmuted":
      return `${who} lets ${about} speak again`;
    case "moderated":
      return `${who} lets only moderators speak`;
    case "unmoderated":
      return `${who} lets everybody speak again`;
    case "retention":
      return notice.text ? `${who} set this room to keep ${notice.text}` : `${who} set this room to keep everything`;
    case "previews":
      return notice.text === "on" ? `${who} has links looked at here` : `${who} has links looked at no longer`;
    case "archived":
      return `${who} archived this room: it can be read, and nothing else`;
    case "unarchived":
      return `${who} lets this room live again`;
    case "renamed": {
      const [before, name] = (notice.text ?? "").split(" ");
      return `${who} renamed #${before} to #${name}`;
    }
    case "slow":
      return notice.text === "0" ? `${who} ended the slow mode` : `${who} slowed this room down: one message every ${notice.text} s`;
  }
}

/** `alice`, `alice and bob`, `alice, bob and 3 others`. */
export function namesText(names: readonly string[]): string {
  const [first = "", second = ""] = names;
  if (names.length <= 1) return first;
  if (names.length === 2) return `${first} and ${second}`;
  const others = names.length - 2;
  return `${first}, ${second} and ${others} ${others === 1 ? "other" : "others"}`;
}

/** `812 B`, `4.2 kB`, `17 MB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 1000 && unit < units.length - 1; unit += 1) size /= 1000;
  return `${unit > 0 && size < 10 ? size.toFixed(1) : Math.round(size)} ${units[unit]}`;
}

export function countText(count: number, most: number): string {
  return count >= most ? `${most}+` : String(count);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

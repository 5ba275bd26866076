/** A room's messages as they are read: by day and author, with the unread line, and one's own on their way at the end. */
import type { Noticed, Said, User } from "./model";
import type { Outgoing } from "./outbox";
import type { Room } from "./state";

/** After a pause as long as this, the author is named again. */
const PAUSE_MS = 5 * 60_000;

export type Row =
  | { readonly type: "day"; readonly key: string; readonly at: number }
  | { readonly type: "line"; readonly key: string }
  | { readonly type: "message"; readonly key: string; readonly message: Said; readonly first: boolean }
  | { readonly type: "notice"; readonly key: string; readonly notice: Noticed }
  | { readonly type: "outgoing"; readonly key: string; readonly message: Outgoing; readonly first: boolean };

/** Rows are made once while nothing about them changes, so that the page need not look at them again. */
const made = new WeakMap<Said, Extract<Row, { type: "message" }>>();

export function rowsOf(room: Room, outgoing: readonly Outgoing[], me: User | null): Row[] {
  const rows: Row[] = [];
  let last: { author: number | undefined; at: number; day: string; apart: boolean } | null = null;
  const follows = (author: number | undefined, at: number, apart: boolean): boolean => {
    const day = dayOf(at);
    const newDay = last?.day !== day;
    if (newDay) rows.push({ type: "day", key: `day ${day}`, at });
    const first = last === null || newDay || last.author !== author || last.apart || apart || at - last.at > PAUSE_MS;
    last = { author, at, day, apart };
    return first;
  };
  const noticesBefore = (seq: number): void => {
    for (; (notices[0]?.seq ?? seq) < seq; notices = notices.slice(1)) {
      const notice = notices[0] as Noticed;
      follows(undefined, notice.at, true);
      rows.push({ type: "notice", key: `seq ${notice.seq}`, notice });
    }
  };
  let notices = room.notices;
  let lineDue = room.line !== null && room.line >= room.from - 1;
  for (const message of room.entries) {
    noticesBefore(message.seq);
    if (lineDue && room.line !== null && message.seq > room.line) {
      lineDue = false;
      if (dayOf(message.at) === (last as { day: string } | null)?.day) last = apartFrom(last);
      else follows(undefined, message.at, true);
      rows.push({ type: "line", key: "line" });
    }
    const first = follows(message.from.id, message.at, message.me === true);
    rows.push(rowOf(message, keyOf(message, me), first));
  }
  noticesBefore(Infinity);
  // What is in the log already may still lie in another tab's outbox.
  const said = new Set(outgoing.length === 0 ? [] : room.entries.map((message) => keyOf(message, me)));
  for (const message of outgoing) {
    if (said.has(message.key)) continue;
    const first = follows(me?.id, message.at, message.me === true);
    rows.push({ type: "outgoing", key: message.key, message, first });
  }
  return rows;
}

function rowOf(message: Said, key: string, first: boolean): Row {
  const before = made.get(message);
  if (before?.key === key && before.first === first) return before;
  const row = { type: "message" as const, key, message, first };
  made.set(message, row);
  return row;
}

function apartFrom<L extends { apart: boolean } | null>(last: L): L {
  return last === null ? last : { ...last, apart: true };
}

/** The same before and after it is stored, so that one's own message stays where it is. */
function keyOf(message: Said, me: User | null): string {
  return message.key !== undefined && message.from.id === me?.id ? message.key : `seq ${message.seq}`;
}

function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Attached, Here, LoggedIn, Messages, RoomState, Said, User } from "../src/model";
import { KEPT_FOLLOWED, KEPT_READ, NOTHING, TYPING_MS, apply, mayDelete, mayEdit, mayReachBack, online, partner, reachesHead, titleOf, type Happening, type Room, type State } from "../src/state";
import { ALICE, BOB, message, roomState } from "./server";

const NOW = 1_764_000_000_000;

function after(state: State, ...events: Happening[]): State {
  return events.reduce((before, event) => apply(before, event, NOW), state);
}

function login(...rooms: RoomState[]): Happening {
  const as: LoggedIn = { type: "ok", user: ALICE, rooms };
  return { type: "logged_in", as };
}

function attached(from: number, to: number, more: Partial<Attached> = {}): Attached {
  const entries = range(from, to).map((seq) => message(1, seq));
  const about = { room: 1, name: "room1", kind: "public" as const, topic: "", head: to, count: 0, present: [] };
  return { type: "attached", ...about, entries, from, to, complete: true, ...more };
}

function here(user: User): Here {
  return { ...user, frontends: ["web"] };
}

function page(from: number, to: number, more: Partial<Messages> = {}): Happening {
  const entries = range(from, to).map((seq) => message(1, seq));
  return { type: "page", before: true, page: { type: "ok", room: 1, entries, from, to, complete: from <= 1, ...more } };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

function room(state: State, id = 1): Room {
  const found = state.rooms.get(id);
  if (found === undefined) throw new Error(`room ${id} is not known`);
  return found;
}

function seqs(state: State): number[] {
  return room(state).entries.map((entry) => entry.seq);
}

/** Logged in, room 1 attached at its head, open and looked at. */
function watching(head: number): State {
  const opened: Happening[] = [{ type: "opened", room: 1 }, { type: "watching", watching: true }];
  return after(NOTHING, login(roomState(1, head)), attached(head + 1, head), ...opened);
}

describe("ignoring", () => {
  const ignoring = (...users: User[]): Happening => ({ type: "ignoring", users });
  const skipped = (seq: number): Happening => ({ type: "skipped", room: 1, seq });

  test("leaves places in the window, which go on without a hole and are not unread", () => {
    const state = after(watching(10), skipped(11), message(1, 12), skipped(13));
    expect(seqs(state)).toEqual([12]);
    expect(room(state)).toMatchObject({ from: 11, to: 13, head: 13, read: 13 });
    const elsewhere = after(watching(10), { type: "opened", room: null }, skipped(11), message(1, 12));
    expect(room(elsewhere)).toMatchObject({ unread: 1, to: 12 });
  });

  test("a place that comes twice, or where nobody looks, changes nothing but the head", () => {
    expect(room(after(watching(10), message(1, 11), skipped(11)))).toMatchObject({ to: 11, head: 11 });
    expect(room(after(watching(10), skipped(13)))).toMatchObject({ to: 10, head: 13 });
  });

  test("takes away what they said, and what was unread of it", () => {
    const away = after(watching(10), message(1, 11), { type: "opened", room: null }, message(1, 12), message(1, 13));
    const state = after(away, { type: "typing", room: 1, user: BOB }, ignoring(BOB));
    expect(room(state)).toMatchObject({ entries: [], from: 11, to: 13, unread: 0, typing: [] });
  });

  test("ended, begins the window anew, so that what they said is read", () => {
    const state = after(watching(10), ignoring(BOB), skipped(11), ignoring());
    expect(room(state)).toMatchObject({ entries: [], from: 12, to: 11, complete: false });
  });

  test("on another device is learned at the next login", () => {
    const as: LoggedIn = { type: "ok", user: ALICE, rooms: [roomState(1, 11)], ignored: [BOB] };
    const state = after(watching(10), message(1, 11), { type: "lost" }, { type: "logged_in", as });
    expect(seqs(state)).toEqual([]);
    expect(seqs(after(state, ignoring(BOB)))).toEqual([]);
  });
});

describe("the window of the log", () => {
  test("begins empty at the head, and what is said is appended", () => {
    const state = after(watching(10), message(1, 11), message(1, 12));
    expect(seqs(state)).toEqual([11, 12]);
    expect(room(state)).toMatchObject({ from: 11, to: 12, head: 12 });
  });

  test("grows upwards by history, until nothing is before it", () => {
    const some = after(watching(10), page(6, 10));
    expect(seqs(some)).toEqual([6, 7, 8, 9, 10]);
    expect(room(some).complete).toBe(false);
    const all = after(some, page(1, 5));
    expect(room(all)).toMatchObject({ from: 1, to: 10, complete: true });
  });

  test("a page of history that was asked for before a jump is put nowhere", () => {
    const far = after(watching(10), attached(900, 899, { head: 899 }));
    expect(seqs(after(far, page(6, 10)))).toEqual([]);
  });

  test("a message that history does not have any more is gone", () => {
    const state = after(watching(0), message(1, 1), message(1, 2), message(1, 3));
    const entries = [message(1, 1), message(1, 3)];
    expect(seqs(after(state, page(1, 3, { entries })))).toEqual([1, 3]);
  });

  test("resumed where it stopped, it goes on", () => {
    const state = after(watching(10), message(1, 11), { type: "lost" }, login(roomState(1, 14)), attached(12, 14));
    expect(seqs(state)).toEqual([11, 12, 13, 14]);
  });

  test("entries that exist no longer are no hole", () => {
    const state = after(watching(10), message(1, 11), attached(16, 17, { gap: { from: 12, to: 15 } }));
    expect(seqs(state)).toEqual([11, 16, 17]);
    expect(room(state)).toMatchObject({ from: 11, to: 17 });
  });

  test("attached from a later head while the end is followed, it begins anew there", () => {
    const state = after(watching(10), message(1, 11), attached(901, 900));
    expect(room(state)).toMatchObject({ entries: [], from: 901, to: 900, head: 900, complete: false });
  });

  test("attached from a later head while something older is read, it stays, and ends before the head", () => {
    const reading: Happening = { type: "following", room: 1, following: false };
    const state = after(watching(10), message(1, 11), reading, attached(901, 900));
    expect(seqs(state)).toEqual([11]);
    expect(reachesHead(room(state))).toBe(false);
    expect(seqs(after(state, message(1, 901)))).toEqual([11]);
    expect(seqs(after(state, page(12, 14, { complete: false })))).toEqual([11, 12, 13, 14]);
    expect(room(after(state, { type: "jumped", room: 1 }))).toMatchObject({ entries: [], from: 901, to: 900 });
  });

  test("a reset forgets the log that it had", () => {
    const state = after(watching(10), message(1, 11), attached(3, 2, { reset: true }));
    expect(room(state)).toMatchObject({ entries: [], from: 3, to: 2, head: 2, unread: 0 });
    expect(seqs(after(state, message(1, 3)))).toEqual([3]);
  });

  test("another epoch forgets all rooms", () => {
    const welcome = { type: "welcome", server: "test", limits: {}, auth: {} } as const;
    const state = after(NOTHING, { ...welcome, epoch: "one" }, login(roomState(1, 3)));
    expect(after(state, { ...welcome, epoch: "one" }).rooms.size).toBe(1);
    expect(after(state, { ...welcome, epoch: "two" }).rooms.size).toBe(0);
  });

  test("is bounded, whichever end is read", () => {
    let state = watching(0);
    for (const seq of range(1, 2 * KEPT_READ)) state = after(state, message(1, seq));
    expect(room(state).entries.length).toBeLessThanOrEqual(KEPT_FOLLOWED);
    expect(room(state)).toMatchObject({ to: 2 * KEPT_READ, complete: false });
    expect(mayReachBack(room(state))).toBe(false); // the next message would take it away again
    state = after(state, { type: "following", room: 1, following: false });
    while (!room(state).complete) {
      const to = room(state).from - 1;
      expect(mayReachBack(room(state))).toBe(true);
      state = after(state, page(Math.max(1, to - 99), to));
      expect(room(state).entries.length).toBeLessThanOrEqual(KEPT_READ);
    }
    expect(room(state).from).toBe(1);
    expect(mayReachBack(room(state))).toBe(false);
    expect(reachesHead(room(state))).toBe(false);
  });
});

describe("entries that are no messages", () => {
  const about = { room: 1, at: NOW, from: BOB };
  const edited = (seq: number, target: number, text?: string): Happening => ({
    ...{ type: "edited", ...about, seq, target },
    ...(text === undefined ? {} : { text }),
  });
  const deleted = (seq: number, target: number): Happening => ({ type: "deleted", ...about, seq, target });
  const purged = (seq: number): Happening => ({ type: "purged", ...about, seq, user: BOB, up_to: seq - 1 });
  const topic = (seq: number, text: string): Happening => ({ type: "noticed", ...about, seq, what: "topic", text });
  const reacted = (seq: number, from: User, emoji: string, on = true): Happening => ({
    ...{ type: "reacted", ...about, seq, target: 1, emoji, on },
    from,
  });
  const reactions = (state: State): unknown[] =>
    (room(state).entries[0]?.reactions ?? []).map((one) => [one.emoji, ...one.users]);
  const texts = (state: State): string[] => room(state).entries.map((entry) => entry.text);

  test("change what was said, and are no hole in the window", () => {
    const state = after(watching(0), message(1, 1), edited(2, 1, "b"), message(1, 3), deleted(4, 3), message(1, 5));
    expect(seqs(state)).toEqual([1, 3, 5]);
    expect(room(state)).toMatchObject({ from: 1, to: 5, head: 5, read: 5, unread: 0 });
    expect(room(state).entries.slice(0, 2)).toEqual([
      message(1, 1, { text: "b", edited: true, changed: 2 }),
      message(1, 3, { text: "", edited: false, deleted: true, changed: 4 }),
    ]);
  });

  test("remove all of one person's messages", () => {
    const alice = message(1, 2, { from: ALICE, text: "kept" });
    const state = after(watching(0), message(1, 1, { from: BOB }), alice, purged(3), message(1, 4, { from: BOB, text: "new" }));
    expect(texts(state)).toEqual(["", "kept", "new"]);
  });

  test("put emoji on messages and take them off, as the server has them", () => {
    const put = after(watching(0), message(1, 1), reacted(2, BOB, "👍"), reacted(3, ALICE, "👍"), reacted(4, BOB, "🎉"), reacted(5, BOB, "❤"));
    expect(reactions(put)).toEqual([["❤", 2], ["🎉", 2], ["👍", 1, 2]]);
    expect(room(put)).toMatchObject({ to: 5, unread: 0 });
    const off = after(put, reacted(6, BOB, "🎉", false), reacted(7, BOB, "👍", false), reacted(8, BOB, "😀", false));
    expect(reactions(off)).toEqual([["❤", 2], ["👍", 1]]);
    expect(reactions(after(off, deleted(9, 1), reacted(10, BOB, "👍")))).toEqual([]);
  });

  test("show what a link leads to, until its message says something else", () => {
    const preview = { url: "https://example.org/", title: "Example", site: "example.org" };
    const previewed = (seq: number, shown = true): Happening => ({ type: "previewed", ...about, seq, target: 1, ...(shown ? { preview } : {}) });
    const shown = after(watching(0), message(1, 1), previewed(2));
    expect(room(shown)).toMatchObject({ to: 2, unread: 0 });
    expect(room(shown).entries).toEqual([message(1, 1, { preview, changed: 2 })]);
    expect(room(after(shown, edited(3, 1, "b"))).entries).toEqual([message(1, 1, { text: "b", edited: true, changed: 3 })]);
    expect(room(after(shown, deleted(3, 1))).entries[0]).not.toHaveProperty("preview");
    expect(room(after(shown, edited(3, 1, "b"), previewed(2))).entries[0]).not.toHaveProperty("preview");
    expect(room(after(watching(0), message(1, 1), previewed(2, false))).entries).toEqual([message(1, 1)]);
  });

  test("say what is pinned, which is no hole either", () => {
    const state = after(watching(0), message(1, 1), { type: "pinned", ...about, seq: 2, target: 1, on: true }, message(1, 3));
    expect(seqs(state)).toEqual([1, 3]);
    const page = [message(1, 1), { type: "pinned" as const, ...about, seq: 2, target: 1, on: true }];
    expect(seqs(after(watching(0), attached(1, 2, { entries: page })))).toEqual([1]);
  });

  test("of which a page knows already are not counted twice", () => {
    const said = message(1, 1, { changed: 3, reactions: [{ emoji: "👍", users: [1] }] });
    const entries = [said, reacted(2, BOB, "👍"), reacted(3, BOB, "👍", false)];
    const state = after(watching(0), attached(1, 3, { entries: entries as Attached["entries"] }), reacted(2, BOB, "👍"));
    expect(reactions(state)).toEqual([["👍", 1]]);
    expect(reactions(after(state, page(1, 1, { entries: [message(1, 1)] })))).toEqual([["👍", 1]]);
  });

  test("of those who are ignored are not shown", () => {
    const own = message(1, 1, { from: ALICE });
    const state = after(watching(0), own, reacted(2, BOB, "👍"), reacted(3, ALICE, "👍"), reacted(4, BOB, "🎉"));
    expect(reactions(after(state, { type: "ignoring", users: [BOB] }))).toEqual([["👍", 1]]);
  });

  test("may come in a page, with what the message says now", () => {
    const entries = [message(1, 1, { text: "c", edited: true, changed: 3 }), edited(2, 1, "c"), edited(3, 1, "c"), topic(4, "t")];
    const state = after(watching(0), attached(1, 4, { entries: entries as Attached["entries"] }));
    expect(room(state).entries).toEqual([message(1, 1, { text: "c", edited: true, changed: 3 })]);
    expect(room(state)).toMatchObject({ from: 1, to: 4, head: 4, topic: "t" });
  });

  test("bring nothing back", () => {
    const state = after(watching(0), message(1, 1), deleted(4, 1), edited(2, 1, "b"), edited(3, 1));
    expect(texts(state)).toEqual([""]);
  });

  test("of messages that are not in the window change nothing there", () => {
    const state = after(watching(5), edited(6, 1, "b"), deleted(7, 2));
    expect(room(state)).toMatchObject({ entries: [], to: 7, head: 7 });
  });

  test("where nobody looks are not unread, and a deleted message is unread no more", () => {
    const away = after(watching(0), { type: "watching", watching: false });
    const one = after(away, message(1, 1, { from: BOB }), message(1, 2, { from: BOB }), edited(3, 1, "b"));
    expect(room(one).unread).toBe(2);
    expect(room(after(one, deleted(4, 2))).unread).toBe(1);
    expect(room(after(one, deleted(4, 2), deleted(4, 2), purged(5))).unread).toBe(0);
  });

  test("name what the room is about, and are kept once, as long as the window reaches so far", () => {
    const state = after(watching(0), topic(1, "plans"), topic(1, "plans"), message(1, 2), topic(3, ""));
    expect(room(state)).toMatchObject({ topic: "", to: 3 });
    expect(room(state).notices.map((notice) => notice.seq)).toEqual([1, 3]);
    const many = range(4, 4 + KEPT_READ).map((seq) => message(1, seq));
    expect(room(after(state, ...many)).notices).toEqual([]);
  });
});

describe("mentions", () => {
  const mentioned = (seq: number): Happening => ({ type: "mentioned", room: 1, seq, from: BOB });
  const deleted = (seq: number, target: number): Happening => ({ type: "deleted", room: 1, at: NOW, from: BOB, seq, target });
  const away = after(NOTHING, login(roomState(1, 3, { read: 0, unread: 3, mentions: 2, notify: "mentions" })), attached(4, 3));

  test("are counted from the login on, each once, until they are read", () => {
    const state = after(away, message(1, 4), mentioned(4), mentioned(4), message(1, 5), mentioned(5));
    expect(room(state)).toMatchObject({ unread: 5, mentions: 4, notify: "mentions" });
    expect(room(after(state, { type: "read", room: 1, seq: 4 }))).toMatchObject({ mentions: 3, mentioned: [5] });
    expect(room(after(state, { type: "read", room: 1, seq: 5 }))).toMatchObject({ unread: 0, mentions: 0, mentioned: [] });
  });

  test("go with their message", () => {
    const state = after(away, message(1, 4), mentioned(4), message(1, 5), mentioned(5), deleted(6, 4), deleted(7, 4));
    expect(room(state)).toMatchObject({ unread: 4, mentions: 3, mentioned: [5] });
  });

  test("of what is being looked at are not counted", () => {
    expect(room(after(watching(3), message(1, 4), mentioned(4)))).toMatchObject({ unread: 0, mentions: 0 });
  });

  test("are what one wants to be told of, or all, or nothing", () => {
    const quiet = after(away, { type: "notify", room: 1, level: "nothing" });
    expect(room(quiet).notify).toBe("nothing");
    expect(room(after(watching(3))).notify).toBe("all");
  });
});

describe("the newer state of a message wins", () => {
  const deleted = message(1, 1, { text: "", deleted: true, changed: 5 });

  test("a stale page does not bring deleted text back", () => {
    const state = after(watching(0), message(1, 1), page(1, 1, { entries: [deleted] }), page(1, 1));
    expect(room(state).entries).toEqual([deleted]);
  });

  test("whatever the order in which its states come", () => {
    const states = [message(1, 1), message(1, 1, { text: "b", edited: true, changed: 3 }), deleted];
    const orders = fc.shuffledSubarray([0, 1, 2, 0, 1, 2], { minLength: 6 });
    fc.assert(
      fc.property(orders, (order) => {
        const pages = order.map((index) => page(1, 1, { entries: [states[index] as Said] }));
        expect(room(after(watching(1), ...pages)).entries).toEqual([deleted]);
      }),
    );
  });

  test("what was deleted is gone, also where its state has no later seq", () => {
    const purged = message(1, 1, { text: "", deleted: true });
    const edited = message(1, 1, { text: "b", edited: true, changed: 3 });
    expect(room(after(watching(1), page(1, 1, { entries: [edited] }), page(1, 1, { entries: [purged] }))).entries).toEqual([purged]);
  });

  test("pages in any order and overlap, while it is talked, make exactly the log", () => {
    const stretch = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 15 }));
    const stretches = fc.array(fc.oneof(fc.constant("said" as const), stretch), { maxLength: 60 });
    fc.assert(
      fc.property(stretches, (steps) => {
        let state = watching(40);
        let head = 40;
        for (const step of steps) {
          if (step === "said") state = after(state, message(1, ++head));
          else state = after(state, page(step[0], Math.min(head, step[0] + step[1])));
          expect(seqs(state)).toEqual(range(room(state).from, room(state).to));
        }
        while (!room(state).complete) state = after(state, page(Math.max(1, room(state).from - 7), room(state).from - 1));
        expect(seqs(state)).toEqual(range(1, head));
      }),
    );
  });
});

describe("what is unread", () => {
  const elsewhere: Happening = { type: "opened", room: null };

  test("others' messages count where nobody looks, one's own do not", () => {
    const state = after(watching(3), elsewhere, message(1, 4), message(1, 5, { from: ALICE }), message(1, 6));
    expect(room(state)).toMatchObject({ unread: 2, read: 3, line: 3 });
  });

  test("what is looked at is read", () => {
    expect(room(after(watching(3), message(1, 4)))).toMatchObject({ unread: 0, read: 4, line: null });
  });

  test("away from the screen it is not", () => {
    const away = after(watching(3), { type: "watching", watching: false }, message(1, 4), message(1, 5));
    expect(room(away)).toMatchObject({ unread: 2, line: 3 });
    expect(room(after(away, { type: "watching", watching: true }))).toMatchObject({ unread: 0, read: 5, line: 3 });
  });

  test("further up in the log it is not, until the end is reached", () => {
    const up = after(watching(3), { type: "following", room: 1, following: false }, message(1, 4));
    expect(room(up).unread).toBe(1);
    expect(room(after(up, { type: "following", room: 1, following: true })).unread).toBe(0);
  });

  test("the line stays while it is read, and goes when the room is left or answered", () => {
    const back = after(watching(3), elsewhere, message(1, 4), { type: "opened", room: 1 });
    expect(room(back)).toMatchObject({ unread: 0, line: 3 });
    expect(room(after(back, elsewhere)).line).toBeNull();
    expect(room(after(back, message(1, 5, { from: ALICE }))).line).toBeNull();
  });

  test("another session read on: what it saw is not unread here", () => {
    const state = after(watching(3), elsewhere, message(1, 4), message(1, 5), message(1, 6));
    expect(room(after(state, { type: "read", room: 1, seq: 5 })).unread).toBe(1);
    expect(room(after(state, { type: "read", room: 1, seq: 6 })).unread).toBe(0);
    expect(room(after(state, { type: "read", room: 1, seq: 2 })).unread).toBe(3);
  });

  test("messages missed while offline are counted once, by the server", () => {
    const state = after(watching(3), elsewhere, { type: "lost" });
    const back = after(state, login(roomState(1, 8, { read: 3, unread: 5 })), attached(4, 8));
    expect(room(back)).toMatchObject({ unread: 5, line: 3 });
    expect(room(after(back, message(1, 9))).unread).toBe(6);
  });

  test("what was read offline stays read when the server does not know it yet", () => {
    const back = after(watching(3), message(1, 4), { type: "lost" }, login(roomState(1, 4, { read: 3, unread: 1 })));
    expect(room(back)).toMatchObject({ read: 4, unread: 0 });
  });
});

describe("people", () => {
  const [alice, bob] = [here(ALICE), here(BOB)];
  const carol = here({ id: 3, name: "carol", kind: "user" });
  const state = after(watching(0), attached(1, 0, { present: [alice], count: 1 }));

  test("come and go", () => {
    const came = after(state, { type: "presence", room: 1, count: 2, came: [bob] });
    expect(room(came)).toMatchObject({ count: 2, present: [alice, bob] });
    const went = after(came, { type: "presence", room: 1, count: 2, came: [carol], went: [BOB] });
    expect(room(went).present).toEqual([alice, carol]);
    expect([...online(went).values()]).toEqual([alice, carol]);
  });

  test("become members and leave", () => {
    const joined = after(state, { type: "joined", room: 1, users: [bob, carol], count: 3 });
    expect(room(joined)).toMatchObject({ count: 3, present: [alice, bob, carol] });
    const left = after(joined, { type: "left", room: 1, users: [BOB], count: 2 });
    expect(room(left)).toMatchObject({ count: 2, present: [alice, carol] });
  });

  test("go away and come back", () => {
    const lunch = { ...alice, away: true, status: "lunch" };
    const away = after(state, { type: "presence", room: 1, count: 1, changed: [lunch] });
    expect(room(away).present).toEqual([lunch]);
    expect(room(after(away, { type: "presence", room: 1, count: 1, changed: [alice] })).present).toEqual([alice]);
  });

  test("are not named when only their number is told, and are again with a snapshot", () => {
    const crowd = after(state, { type: "presence", room: 1, count: 1 });
    expect(room(crowd)).toMatchObject({ count: 1, present: null });
    const more = after(crowd, { type: "presence", room: 1, count: 502 });
    expect(room(more)).toMatchObject({ count: 502, present: null });
    const fewer = after(more, { type: "presence", room: 1, count: 2, present: [alice, bob] });
    expect(room(fewer).present).toEqual([alice, bob]);
  });

  test("are not named when their number says that we have missed some", () => {
    expect(room(after(state, { type: "presence", room: 1, count: 3, came: [bob] })).present).toBeNull();
  });

  test("who writes is shown for a while, or until they have said it", () => {
    const typing: Happening = { type: "typing", room: 1, user: BOB };
    const state = after(watching(0), typing, typing);
    expect(room(state).typing.map((one) => one.user)).toEqual([BOB]);
    expect(room(apply(state, { type: "faded" }, NOW + TYPING_MS - 1)).typing).toHaveLength(1);
    expect(room(apply(state, { type: "faded" }, NOW + TYPING_MS)).typing).toEqual([]);
    expect(room(after(state, message(1, 1))).typing).toEqual([]);
    expect(room(after(state, { type: "presence", room: 1, count: 0, went: [BOB] })).typing).toEqual([]);
  });

  test("the partner in a direct room is the other one", () => {
    const direct = roomState(2, 0, { name: "@bob", kind: "direct", participants: [ALICE, BOB] });
    const state = after(NOTHING, login(direct));
    expect(partner(room(state, 2), state.me)).toEqual(BOB);
  });

  test("a direct room of several has no partner, but a title", () => {
    const carol = { ...BOB, id: 9, name: "carol" };
    const direct = roomState(2, 0, { name: "@bob,carol", kind: "direct", participants: [ALICE, BOB, carol] });
    const state = after(NOTHING, login(direct, roomState(3, 0, { name: "den" })));
    expect(partner(room(state, 2), state.me)).toBeNull();
    expect([2, 3].map((id) => titleOf(room(state, id)))).toEqual(["bob, carol", "den"]);
  });
});

describe("rooms", () => {
  test("are added and removed; the open one is closed when it is removed", () => {
    const state = after(watching(0), { type: "added", rooms: [roomState(2, 4, { read: 1, unread: 3 })] });
    expect(room(state, 2)).toMatchObject({ head: 4, unread: 3, line: 1 });
    const removed = after(state, { type: "removed", room: 1 });
    expect([...removed.rooms.keys()]).toEqual([2]);
    expect(removed.open).toBeNull();
  });

  test("follow when they are called otherwise", () => {
    const state = after(watching(0), { type: "renamed", room: 1, name: "hall" });
    expect(room(state)).toMatchObject({ id: 1, name: "hall" });
    expect(state.open).toBe(1);
  });

  test("say who has deleted their account", () => {
    const known = { ...roomState(2, 0), name: "@bob", kind: "direct" as const, participants: [BOB] };
    const gone = { ...BOB, name: "deleted" };
    const added = after(watching(0), { type: "added", rooms: [known] });
    const state = after(added, { type: "ended", room: 2, name: "@deleted", user: gone });
    expect(room(state, 2)).toMatchObject({ name: "@deleted", participants: [gone] });
  });

  test("that are not one's own any more at the next login are gone", () => {
    const state = after(watching(0), login(roomState(2, 0)));
    expect([...state.rooms.keys()]).toEqual([2]);
    expect(state.open).toBeNull();
  });

  test("of somebody else are not kept", () => {
    const as: LoggedIn = { type: "ok", user: BOB, rooms: [roomState(1, 11)] };
    const state = after(watching(10), message(1, 11), { type: "logged_in", as });
    expect(seqs(state)).toEqual([]);
  });

  test("are forgotten with the logout", () => {
    expect(after(watching(3), { type: "logged_out" })).toMatchObject({ me: null, open: null, epoch: null });
  });
});

describe("a message that was gone to", () => {
  const landed = (from: number, to: number): Happening => {
    const entries = range(from, to).map((seq) => message(1, seq));
    return { type: "landed", page: { type: "ok", room: 1, entries, from, to, complete: from <= 1 } };
  };

  test("is read with what was before it, and nothing is skipped on the way to the end", () => {
    const state = after(watching(100), landed(21, 40));
    expect(seqs(state)).toEqual(range(21, 40));
    expect(room(state)).toMatchObject({ following: false, complete: false, head: 100 });
    expect(seqs(after(state, message(1, 101)))).toEqual(range(21, 40));
    expect(room(after(state, message(1, 101)))).toMatchObject({ head: 101, unread: 1 });
    expect(seqs(after(state, page(41, 60, { complete: false }), page(61, 100)))).toEqual(range(21, 100));
  });

  test("is left for the end by a jump", () => {
    const state = after(watching(100), landed(1, 20), { type: "jumped", room: 1 }, page(91, 100));
    expect(seqs(state)).toEqual(range(91, 100));
  });
});

describe("what is offered to be done with a message", () => {
  const theirs = message(1, 1);
  const mine = message(1, 2, { from: ALICE });
  const known = (more: Partial<RoomState>, role: State["role"] = "user") => {
    const as: LoggedIn = { type: "ok", user: ALICE, rooms: [roomState(1, 2, more)], role };
    return after(NOTHING, { type: "logged_in", as });
  };

  test("one's own is changed and deleted, unless it is deleted already", () => {
    const state = known({});
    expect([mayEdit(state, mine), mayDelete(state, room(state), mine)]).toEqual([true, true]);
    const gone = { ...mine, deleted: true };
    expect([mayEdit(state, gone), mayDelete(state, room(state), gone)]).toEqual([false, false]);
  });

  test.each([
    [{}, "user", false],
    [{ role: "moderator" }, "user", true],
    [{}, "admin", true],
    [{ kind: "direct", role: "owner" }, "owner", false],
  ] as [Partial<RoomState>, State["role"], boolean][])("others' with %o as %s: %s", (more, role, may) => {
    const state = known(more, role);
    expect([mayEdit(state, theirs), mayDelete(state, room(state), theirs)]).toEqual([false, may]);
  });
});

describe("what we are, and how a room is", () => {
  test("follows what others make of us, and of the room", () => {
    const noticed = (seq: number, what: "moderated" | "unmoderated" | "archived" | "unarchived"): Happening => ({ type: "noticed", room: 1, seq, at: NOW, from: BOB, what });
    const state = after(watching(10), { type: "appointed", role: "moderator", room: 1, by: BOB }, { type: "appointed", role: "admin" }, noticed(11, "moderated"), noticed(12, "archived"));
    expect([state.role, room(state).role, room(state).moderated, room(state).archived]).toEqual(["admin", "moderator", true, true]);
    const again = after(state, noticed(13, "unmoderated"), noticed(14, "unarchived"));
    expect([room(again).moderated, room(again).archived]).toEqual([false, false]);
    const told = after(again, attached(15, 15, { moderated: true }));
    expect([room(told).moderated, room(told).archived]).toEqual([true, false]);
  });

  test("a room's icon is what its log said last, and what the server says who attaches", () => {
    const icon = (seq: number, text?: string): Happening => ({ type: "noticed", room: 1, seq, at: NOW, from: BOB, what: "icon", ...(text === undefined ? {} : { text }) });
    const shown = after(watching(10), icon(11, "one"));
    expect([room(watching(10)).icon, room(shown).icon, room(after(shown, icon(12))).icon]).toEqual([null, "one", null]);
    expect(room(after(shown, attached(13, 13, { icon: "two" }))).icon).toBe("two");
  });

  test("a conversation that is over stays so", () => {
    const direct = after(NOTHING, login(roomState(1, 1, { kind: "direct", name: "@bob", participants: [ALICE, BOB] })));
    const over = after(direct, { type: "ended", room: 1, name: "@deleted", user: { ...BOB, name: "deleted" } });
    expect(room(over)).toMatchObject({ ended: true, name: "@deleted" });
    expect(room(after(NOTHING, login(roomState(1, 1, { kind: "direct", ended: true })))).ended).toBe(true);
  });
});

describe("invitations", () => {
  const invited = (id: number, by = BOB): Happening => ({ type: "invited", room: id, name: `room${id}`, by, at: NOW });
  const open = (state: State) => state.invitations.map((one) => one.room);

  test("are known from the login on, the newest first, each room once", () => {
    const as: LoggedIn = { type: "ok", user: ALICE, rooms: [], invitations: [{ room: 4, name: "den", by: BOB, at: NOW }] };
    expect(open(after(NOTHING, { type: "logged_in", as }, invited(5), invited(4)))).toEqual([4, 5]);
  });

  test("are gone when they are taken back, and when one has come in", () => {
    const state = after(NOTHING, login(), invited(4), invited(5), invited(6));
    const left = after(state, { type: "uninvited", room: 5, name: "room5" }, { type: "added", rooms: [roomState(6, 0)] });
    expect(open(left)).toEqual([4]);
  });
});

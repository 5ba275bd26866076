import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { Lost, Refusal } from "../src/connection";
import type { Stored } from "../src/model";
import { ADOPT_MS, AGAIN_MS, Outbox, type Outgoing } from "../src/outbox";
import { Clock, settled } from "./clock";

/** Stores what it is told once per key, in the order in which it comes. */
class Store {
  readonly log: { key: string; room: number; text: string }[] = [];
  /** Keys in the order in which they were told, repeats included. */
  readonly told: string[] = [];

  say(message: Outgoing): Stored {
    this.told.push(message.key);
    let seq = this.log.findIndex((entry) => entry.key === message.key) + 1;
    if (seq === 0) seq = this.log.push({ key: message.key, room: message.room, text: message.text });
    return { type: "ok", room: message.room, seq, at: 0 };
  }
}

let clock: Clock;
let shelf: Storage;
let store: Store;
let keys = 0;

/** A tab: an outbox and its line. */
class Tab {
  shown: readonly Outgoing[] = [];
  /** How the server answers; by default, it stores. */
  answer: (message: Outgoing) => Promise<Stored> = async (message) => store.say(message);
  readonly outbox = new Outbox(shelf, {
    now: () => clock.now,
    newKey: () => `key${keys++}`,
    later: clock.later,
    say: (message) => this.answer(message),
    changed: (messages) => (this.shown = messages),
  });

  constructor(connected = true, user = 1) {
    if (connected) this.outbox.connect(user, "epoch");
  }

  get states(): string[] {
    return this.shown.map((message) => message.state);
  }

  add(text: string, room = 1): void {
    this.outbox.add({ room, text });
  }
}

const never = () => new Promise<Stored>(() => {});
const texts = () => store.log.map((entry) => entry.text);

beforeEach(() => {
  clock = new Clock();
  store = new Store();
  localStorage.clear();
  shelf = localStorage;
});

describe("sending", () => {
  test("a message is pending or sent, then stored, and gone when it is seen in the log", async () => {
    const tab = new Tab();
    tab.add("hello");
    expect(tab.states).toEqual(["sent"]);
    await settled();
    expect(tab.shown).toMatchObject([{ state: "stored", seq: 1 }]);
    tab.outbox.seenUpTo(1, 1);
    expect(tab.shown).toEqual([]);
    expect(shelf.length).toBe(0);
  });

  test("seen in the log before it is answered, it is gone, and the next is sent", async () => {
    const tab = new Tab();
    tab.answer = never;
    tab.add("one");
    tab.answer = async (message) => store.say(message);
    tab.add("two");
    tab.outbox.seen(tab.shown[0]?.key ?? "");
    await settled();
    expect(texts()).toEqual(["two"]);
    expect(shelf.length).toBe(0);
  });

  test("one is on its way in each room: nothing overtakes", async () => {
    const tab = new Tab();
    const answers: (() => void)[] = [];
    tab.answer = (message) => new Promise((resolve) => answers.push(() => resolve(store.say(message))));
    tab.add("one");
    tab.add("two");
    tab.add("elsewhere", 2);
    expect(tab.states).toEqual(["sent", "pending", "sent"]);
    answers.shift()?.();
    await settled();
    expect(tab.states).toEqual(["stored", "sent", "sent"]);
  });

  test("what the server cannot take now is sent again after a while, in its order", async () => {
    const tab = new Tab();
    tab.answer = async () => {
      throw new Refusal("unavailable", "Try again.", 300);
    };
    tab.add("one");
    tab.add("two");
    await settled();
    expect(tab.states).toEqual(["pending", "pending"]);
    tab.answer = async (message) => store.say(message);
    await clock.pass(299);
    expect(texts()).toEqual([]);
    await clock.pass(AGAIN_MS);
    expect(texts()).toEqual(["one", "two"]);
  });

  test("what is refused has failed, with the reason, and does not hold up the next", async () => {
    const tab = new Tab();
    tab.answer = async (message) => {
      if (message.text === "bad") throw new Refusal("too_long", "That is too long.");
      return store.say(message);
    };
    tab.add("bad");
    tab.add("good");
    await settled();
    expect(tab.shown).toMatchObject([{ state: "failed", why: "That is too long." }, { state: "stored" }]);
    expect(texts()).toEqual(["good"]);
  });

  test("a failed message is tried again with the same key, or discarded", async () => {
    const tab = new Tab();
    tab.answer = async () => {
      throw new Refusal("not_a_member", "Join the room first.");
    };
    tab.add("one");
    tab.add("two");
    await settled();
    const [one, two] = tab.shown.map((message) => message.key);
    tab.answer = async (message) => store.say(message);
    tab.outbox.retry(one ?? "");
    tab.outbox.discard(two ?? "");
    await settled();
    expect(store.log).toMatchObject([{ key: one, text: "one" }]);
    expect(shelf.length).toBe(0);
  });
});

describe("offline", () => {
  test("what is written waits, and is sent in order when the line is back", async () => {
    const tab = new Tab();
    tab.outbox.disconnect();
    tab.add("one");
    tab.add("two");
    await clock.pass(60_000);
    expect(tab.states).toEqual(["pending", "pending"]);
    tab.outbox.connect(1, "epoch");
    await settled();
    expect(texts()).toEqual(["one", "two"]);
  });

  test("what was on its way is sent again with its key, and stored once", async () => {
    const tab = new Tab();
    tab.answer = async (message) => {
      store.say(message); // it arrives, but the answer does not
      throw new Lost();
    };
    tab.add("one");
    tab.outbox.disconnect();
    await settled();
    expect(tab.states).toEqual(["pending"]);
    tab.answer = async (message) => store.say(message);
    tab.outbox.connect(1, "epoch");
    await settled();
    expect(store.told).toHaveLength(2);
    expect(texts()).toEqual(["one"]);
  });

  test("a message that waits can be discarded", async () => {
    const tab = new Tab();
    tab.outbox.disconnect();
    tab.add("one");
    tab.outbox.discard(tab.shown[0]?.key ?? "");
    tab.outbox.connect(1, "epoch");
    await settled();
    expect(texts()).toEqual([]);
  });
});

describe("a reload", () => {
  test("loses nothing: what was not answered is sent by the next page, with its key and in its order", async () => {
    const tab = new Tab();
    tab.answer = never;
    tab.add("one");
    tab.add("two\nlines");
    tab.outbox.add({ room: 2, text: "waves", me: true });
    const before = tab.shown.map(({ key, room, text, me }) => ({ key, room, text, me }));
    tab.outbox.disconnect();

    const next = new Tab(false);
    next.answer = never;
    next.outbox.connect(1, "epoch");
    expect(next.shown.map(({ key, room, text, me }) => ({ key, room, text, me }))).toEqual(before);
    next.answer = async (message) => store.say(message);
    next.outbox.connect(1, "epoch");
    await settled();
    expect(texts()).toEqual(["one", "waves", "two\nlines"]);
  });

  test("the storage may give them in any order", async () => {
    for (const [key, at] of [["b", 2], ["c", 3], ["a", 1]] as const)
      shelf.setItem(`chatd.outbox.1.${key}`, JSON.stringify({ room: 1, text: key, at, epoch: "epoch" }));
    new Tab();
    await settled();
    expect(texts()).toEqual(["a", "b", "c"]);
  });

  test("what is written afterwards comes after it, even if the clock was set back", async () => {
    const tab = new Tab();
    tab.answer = never;
    tab.add("before");
    clock.now -= 3_600_000;
    const next = new Tab();
    next.add("after");
    await settled();
    expect(texts()).toEqual(["before", "after"]);
  });

  test("keeps what failed, and why", async () => {
    const tab = new Tab();
    tab.answer = async () => {
      throw new Refusal("forbidden", "You may not do this.");
    };
    tab.add("one");
    await settled();
    expect(new Tab().shown).toMatchObject([{ state: "failed", why: "You may not do this." }]);
  });

  test("somebody else's messages are not theirs to send", async () => {
    const tab = new Tab(true, 1);
    tab.answer = never;
    tab.add("alice's");
    const next = new Tab(true, 2);
    await settled();
    expect(next.shown).toEqual([]);
    expect(texts()).toEqual([]);
  });

  test("against another log the person decides: ids may mean other rooms", async () => {
    const tab = new Tab();
    tab.outbox.disconnect();
    tab.add("one");
    const next = new Tab(false);
    next.outbox.connect(1, "another");
    await settled();
    expect(next.states).toEqual(["failed"]);
    next.outbox.retry(next.shown[0]?.key ?? "");
    await settled();
    expect(texts()).toEqual(["one"]);
  });

  test("what is broken in the storage harms nothing", () => {
    shelf.setItem("chatd.outbox.1.broken", "{");
    shelf.setItem("something else", "1");
    expect(new Tab().shown).toEqual([]);
  });
});

describe("logout", () => {
  test("throws away what was not sent", () => {
    const tab = new Tab();
    tab.answer = never;
    tab.add("one");
    tab.outbox.close(true);
    expect(tab.shown).toEqual([]);
    expect(shelf.length).toBe(0);
  });

  test("from outside keeps it for the next login", async () => {
    const tab = new Tab();
    tab.outbox.disconnect();
    tab.add("one");
    tab.outbox.close(false);
    expect(tab.shown).toEqual([]);
    tab.outbox.connect(1, "epoch");
    await settled();
    expect(texts()).toEqual(["one"]);
  });
});

describe("storage that does not take anything", () => {
  test("does not keep a message from being sent", async () => {
    const full = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
    shelf = { length: 0, key: () => null, getItem: () => null, setItem: full, removeItem: full, clear: full };
    const tab = new Tab();
    tab.add("one");
    await settled();
    expect(texts()).toEqual(["one"]);
  });
});

describe("several tabs", () => {
  /** Two tabs over one storage, each told of the other's changes as a browser does. */
  function tabs(): [Tab, Tab] {
    const found: Tab[] = [];
    const shared = localStorage;
    const shelfOf = (index: number): Storage =>
      ({
        get length() {
          return shared.length;
        },
        key: (at: number) => shared.key(at),
        getItem: (name: string) => shared.getItem(name),
        setItem: (name: string, value: string) => {
          if (shared.getItem(name) === value) return;
          shared.setItem(name, value);
          queueMicrotask(() => found[1 - index]?.outbox.shelved(name, value));
        },
        removeItem: (name: string) => {
          if (shared.getItem(name) === null) return;
          shared.removeItem(name);
          queueMicrotask(() => found[1 - index]?.outbox.shelved(name, null));
        },
        clear: () => shared.clear(),
      }) as Storage;
    shelf = shelfOf(0);
    const one = new Tab();
    shelf = shelfOf(1);
    const other = new Tab();
    found.push(one, other);
    return [one, other];
  }

  test("each shows what the other writes, and who wrote it sends it", async () => {
    const [one, other] = tabs();
    one.answer = never;
    one.add("hello");
    await settled();
    expect(other.states).toEqual(["pending"]);
    expect(store.told).toEqual([]);
  });

  test("stored by one, it is gone from the other", async () => {
    const [one, other] = tabs();
    one.add("hello");
    await settled();
    expect(other.shown).toEqual([]);
    expect(texts()).toEqual(["hello"]);
  });

  test("one does not hold up the other", async () => {
    const [one, other] = tabs();
    let store1 = () => {};
    one.answer = (message) => new Promise((resolve) => (store1 = () => resolve(store.say(message))));
    one.add("first");
    await settled();
    other.add("second");
    await settled();
    expect(other.states).toEqual(["pending", "pending"]);
    store1();
    await settled();
    expect(texts()).toEqual(["first", "second"]);
  });

  test("when the one that wrote it is gone, the other sends it", async () => {
    const [one, other] = tabs();
    one.outbox.disconnect();
    one.add("hello");
    await settled();
    one.answer = never;
    await clock.pass(ADOPT_MS);
    expect(texts()).toEqual(["hello"]);
    expect(other.states).toEqual(["stored"]);
  });

  test("whatever they do, every message is stored once, and each tab's in order", async () => {
    const tab = fc.nat(1);
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const), tab }) },
      fc.record({ do: fc.constantFrom("cut" as const, "connect" as const, "deaf" as const, "hear" as const), tab }),
      fc.record({ do: fc.constant("pass" as const), tab, ms: fc.nat(2 * ADOPT_MS) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        clock = new Clock();
        store = new Store();
        localStorage.clear();
        const both = tabs();
        let count = 0;
        for (const now of steps) {
          const [mine, outbox] = [both[now.tab] as Tab, (both[now.tab] as Tab).outbox];
          if (now.do === "add") mine.add(`${now.tab} ${count++}`);
          else if (now.do === "cut") outbox.disconnect();
          else if (now.do === "connect") outbox.connect(1, "epoch");
          else if (now.do === "pass") await clock.pass(now.ms);
          else if (now.do === "hear") mine.answer = async (message) => store.say(message);
          else
            mine.answer = async (message) => {
              store.say(message);
              throw new Lost();
            };
          await settled();
        }
        for (const one of both) {
          one.answer = async (message) => store.say(message);
          one.outbox.disconnect();
          await settled();
          one.outbox.connect(1, "epoch");
          await clock.pass(2 * ADOPT_MS);
        }
        for (const number of [0, 1]) {
          const mine = texts().filter((text) => text.startsWith(`${number} `));
          const order = mine.map((text) => Number(text.slice(2)));
          expect(order).toEqual([...order].sort((one, other) => one - other));
        }
        expect(new Set(texts()).size).toBe(count);
        expect(texts()).toHaveLength(count);
        expect(localStorage.length).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

test("an answer is still one after a reload", () => {
  new Tab(false).outbox.add({ room: 1, text: "lost" });
  const tab = new Tab();
  tab.answer = never;
  tab.outbox.add({ room: 1, text: "yes", reply_to: 7 });
  expect(new Tab().shown.map((message) => message.reply_to)).toEqual([7]);
});

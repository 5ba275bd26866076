/**
 * Messages that are not stored yet. They survive a reload and a restart of the server: each lies in the browser's
 * storage under its key until the server has answered, and is sent again, with the same key, until then. The server
 * stores a key once, so several tabs may send the same message.
 *
 * In each room one message is on its way at a time: nothing overtakes.
 */
import { Lost, Refusal } from "./connection";
import type { Code, Stored } from "./model";
import { refusalText } from "./text";
import { t } from "./words/words.svelte";

/** A message of another tab is sent by this one too, if that has not managed in this time. */
export const ADOPT_MS = 5_000;
/** Before trying again what the server could not take now, unless it says how long. */
export const AGAIN_MS = 1_000;

const PASSING: readonly Code[] = ["unavailable", "too_fast", "internal", "not_logged_in"];

export interface Draft {
  readonly room: number;
  readonly text: string;
  readonly me?: boolean;
  readonly reply_to?: number;
}

export interface Outgoing extends Draft {
  readonly key: string;
  /** When it was written; the order of sending. */
  readonly at: number;
  /** `stored`: answered, and about to be seen in the log as `seq`. */
  readonly state: "pending" | "sent" | "stored" | "failed";
  readonly seq?: number;
  /** Why it failed, for a person. */
  readonly why?: string;
}

/** What of Storage is used. */
export interface Shelf {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface World {
  now(): number;
  newKey(): string;
  later(ms: number, run: () => void): () => void;
  say(message: Outgoing): Promise<Stored>;
  /** Told after each change. */
  changed(messages: readonly Outgoing[]): void;
}

interface Record {
  room: number;
  text: string;
  me?: boolean;
  reply_to?: number;
  at: number;
  epoch: string;
  why?: string;
}

export class Outbox {
  private messages: readonly Outgoing[] = [];
  private shelfName = "";
  private epoch = "";
  private connected = false;
  private latest = 0;
  /** Keys of messages that another tab wrote a moment ago and sends itself. */
  private readonly elsewhere = new Set<string>();
  /** Rooms that wait before the next try. */
  private readonly resting = new Map<number, () => void>();

  constructor(
    private readonly shelf: Shelf,
    private readonly world: World,
  ) {}

  /** Somebody is logged in and connected: what they have written and nobody has answered goes out. */
  connect(user: number, epoch: string): void {
    const name = `chatd.outbox.${user}.`;
    this.disconnect();
    this.epoch = epoch;
    this.elsewhere.clear();
    if (name !== this.shelfName) {
      this.shelfName = name;
      this.messages = [];
    }
    this.load();
    this.connected = true;
    this.changed();
    this.pump();
  }

  /** The line is cut: what was on its way may have arrived, or not. */
  disconnect(): void {
    this.connected = false;
    for (const rest of this.resting.values()) rest();
    this.resting.clear();
    this.messages = this.messages.map((message) => (message.state === "sent" ? { ...message, state: "pending" } : message));
    this.changed();
  }

  /** Nobody is logged in any more; with `forever`, what they wrote is thrown away. */
  close(forever: boolean): void {
    this.disconnect();
    if (forever) for (const message of this.messages) this.unshelve(message.key);
    this.messages = [];
    this.shelfName = "";
    this.changed();
  }

  add(draft: Draft): void {
    this.latest = Math.max(this.world.now(), this.latest + 1);
    const message: Outgoing = { ...draft, key: this.world.newKey(), at: this.latest, state: "pending" };
    this.messages = [...this.messages, message];
    this.put(message);
    this.changed();
    this.pump();
  }

  /** A message with this key has been seen in the log. */
  seen(key: string): void {
    if (this.messages.some((message) => message.key === key)) this.drop(key);
  }

  /** A room's log has been seen up to `head`. */
  seenUpTo(room: number, head: number): void {
    for (const message of this.messages)
      if (message.room === room && message.seq !== undefined && message.seq <= head) this.drop(message.key);
  }

  retry(key: string): void {
    const message = this.messages.find((one) => one.key === key);
    if (message?.state !== "failed") return;
    const { why: _, ...again } = message;
    this.replace({ ...again, state: "pending" });
    this.pump();
  }

  discard(key: string): void {
    this.drop(key);
  }

  /** Another tab changed the storage under `name`; null: all of it. */
  shelved(name: string | null, value: string | null): void {
    if (name === null || this.shelfName === "" || !name.startsWith(this.shelfName)) return;
    const key = name.slice(this.shelfName.length);
    const had = this.messages.find((message) => message.key === key);
    if (value === null) {
      if (had !== undefined && had.state !== "stored") this.forget(key);
      this.pump();
      return;
    }
    const message = this.parse(key, value);
    if (message === null || had?.state === "sent" || had?.state === "stored") return;
    this.insert(message);
    this.elsewhere.add(key);
    this.world.later(ADOPT_MS, () => {
      this.elsewhere.delete(key);
      this.pump();
    });
    this.changed();
  }

  private load(): void {
    for (let index = 0; index < this.shelf.length; index++) {
      const name = this.shelf.key(index);
      if (name === null || !name.startsWith(this.shelfName)) continue;
      const key = name.slice(this.shelfName.length);
      if (this.messages.some((message) => message.key === key)) continue;
      const message = this.parse(key, this.shelf.getItem(name) ?? "");
      if (message !== null) this.insert(message);
    }
  }

  private parse(key: string, value: string): Outgoing | null {
    let record: Record;
    try {
      record = JSON.parse(value) as Record;
    } catch {
      return null;
    }
    const { epoch, why, ...draft } = record;
    const message: Outgoing = { ...draft, key, state: "pending" };
    if (why !== undefined) return { ...message, state: "failed", why };
    if (epoch !== this.epoch)
      return { ...message, state: "failed", why: t.talk.historyReplaced };
    return message;
  }

  /** Send the next message of each room. */
  private pump(): void {
    if (!this.connected) return;
    const busy = new Set(this.resting.keys());
    for (const message of this.messages) {
      if (message.state === "failed" || message.state === "stored" || busy.has(message.room)) continue;
      busy.add(message.room);
      if (message.state === "pending" && !this.elsewhere.has(message.key)) void this.send(message);
    }
  }

  private async send(message: Outgoing): Promise<void> {
    this.replace({ ...message, state: "sent" });
    try {
      const answer = await this.world.say(message);
      this.answered(message.key, answer.seq);
    } catch (why) {
      if (why instanceof Refusal) this.refused(message, why);
      else if (!(why instanceof Lost)) throw why;
    }
    this.pump();
  }

  private answered(key: string, seq: number): void {
    this.unshelve(key);
    const message = this.messages.find((one) => one.key === key);
    if (message !== undefined) this.replace({ ...message, state: "stored", seq }, false);
  }

  private refused(message: Outgoing, why: Refusal): void {
    if (!this.messages.some((one) => one.key === message.key)) return;
    if (!PASSING.includes(why.code)) {
      this.replace({ ...message, state: "failed", why: refusalText(why) });
      return;
    }
    this.replace({ ...message, state: "pending" }, false);
    const rest = this.world.later(why.retryMs ?? AGAIN_MS, () => {
      this.resting.delete(message.room);
      this.pump();
    });
    this.resting.set(message.room, rest);
  }

  private insert(message: Outgoing): void {
    const others = this.messages.filter((one) => one.key !== message.key);
    this.messages = [...others, message].sort((one, other) => one.at - other.at);
    this.latest = Math.max(this.latest, message.at);
  }

  private replace(message: Outgoing, shelve = true): void {
    this.messages = this.messages.map((one) => (one.key === message.key ? message : one));
    if (shelve) this.put(message);
    this.changed();
  }

  private drop(key: string): void {
    this.unshelve(key);
    this.forget(key);
    this.pump();
  }

  private forget(key: string): void {
    this.messages = this.messages.filter((message) => message.key !== key);
    this.changed();
  }

  private put(message: Outgoing): void {
    const { room, text, me, reply_to, at, why } = message;
    const record: Record = { room, text, at, epoch: this.epoch };
    if (me !== undefined) record.me = me;
    if (reply_to !== undefined) record.reply_to = reply_to;
    if (why !== undefined) record.why = why;
    try {
      this.shelf.setItem(this.shelfName + message.key, JSON.stringify(record));
    } catch {
      // The storage is full or forbidden: the message lives as long as the page.
    }
  }

  private unshelve(key: string): void {
    try {
      this.shelf.removeItem(this.shelfName + key);
    } catch {
      // It was never there.
    }
  }

  private changed(): void {
    this.world.changed(this.messages);
  }
}

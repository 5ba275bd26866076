/** A server in memory that speaks as much of docs/protocol.md as the client needs. */
import type { Environment, Socket } from "../src/connection";
import type { Attached, Command, Event, LoggedIn, RoomState, Said, User } from "../src/model";
import type { Clock } from "./clock";

export const ALICE: User = { id: 1, name: "alice", kind: "user" };
export const BOB: User = { id: 2, name: "bob", kind: "guest" };

export function message(room: number, seq: number, more: Partial<Said> = {}): Said {
  return { type: "said", room, seq, at: 1_764_000_000_000 + seq, from: BOB, text: `${room}/${seq}`, ...more };
}

export function roomState(room: number, head: number, more: Partial<RoomState> = {}): RoomState {
  return { room, name: `room${room}`, kind: "public", topic: "", head, read: head, unread: 0, ...more };
}

/** One attempt of the client to connect, as the server sees it. */
export class Line implements Socket {
  readonly asked: Command[] = [];
  /** The newest seq sent of each room that is attached. */
  readonly attached = new Map<number, number>();
  open = true;

  constructor(
    private readonly received: (text: string) => void,
    private readonly closed: (code: number, reason: string) => void,
    private readonly server: Server,
  ) {}

  send(text: string): void {
    const command = JSON.parse(text) as Command;
    this.asked.push(command);
    if (this.open) this.server.answer(this, command);
  }

  close(): void {
    this.open = false;
  }

  /** Say something to the client. */
  tell(event: Event): void {
    if (this.open) this.received(JSON.stringify(event));
  }

  /** End it, as the server or the network does. */
  end(code = 1006, reason = ""): void {
    if (!this.open) return;
    this.open = false;
    this.closed(code, reason);
  }

  last<T extends Command["type"]>(type: T): Extract<Command, { type: T }> {
    const found = this.asked.findLast((command) => command.type === type);
    if (found === undefined) throw new Error(`no ${type} was asked`);
    return found as Extract<Command, { type: T }>;
  }
}

export class Server {
  readonly lines: Line[] = [];
  readonly logs = new Map<number, Said[]>();
  user: User | null = ALICE;
  epoch = "one";
  /** Messages in a page. */
  page = 3;
  /** Whether connections are taken. */
  up = true;
  /** Whether commands are answered. */
  silent = false;

  environment(clock: Clock, random = () => 0.5): Environment {
    return {
      open: (received, closed) => {
        const line = new Line(received, closed, this);
        this.lines.push(line);
        queueMicrotask(() => {
          if (this.up) this.greet(line);
          else line.end();
        });
        return line;
      },
      now: () => clock.now,
      random,
      later: clock.later,
    };
  }

  get line(): Line {
    const line = this.lines.at(-1);
    if (line === undefined) throw new Error("nobody has connected");
    return line;
  }

  log(room: number): Said[] {
    return this.logs.get(room) ?? [];
  }

  /** Store a message, and send it to whom it is live; `lost` are lines that it does not reach. */
  say(room: number, more: Partial<Said> = {}, reaches = true): Said {
    const entry = message(room, this.log(room).length + 1, more);
    this.logs.set(room, [...this.log(room), entry]);
    for (const line of this.lines) {
      if (!line.attached.has(room) || !reaches) continue;
      line.attached.set(room, entry.seq);
      line.tell(entry);
    }
    return entry;
  }

  greet(line: Line): void {
    const user = this.user === null ? {} : { user: this.user };
    line.tell({ type: "welcome", server: "test", epoch: this.epoch, limits: {}, auth: {}, ...user });
    if (this.user !== null) line.tell(this.loggedIn(this.user));
  }

  loggedIn(user: User): LoggedIn {
    return { type: "ok", user, rooms: [...this.logs].map(([room, log]) => roomState(room, log.length)) };
  }

  answer(line: Line, command: Command): void {
    if (this.silent) return;
    const id = command.id ?? 0;
    switch (command.type) {
      case "ping":
        return line.tell({ type: "pong", id });
      case "attach":
        line.tell({ type: "ok", rooms: (command.rooms ?? []).map((room) => Number(room.room)), id });
        for (const { room, after } of command.rooms ?? []) this.attach(line, Number(room), after);
        return;
      case "history": {
        const log = this.log(Number(command.room));
        const limit = command.limit ?? 50;
        if (command.after !== undefined) {
          const entries = log.slice(command.after, command.after + limit);
          const [from, to] = [command.after + 1, command.after + entries.length];
          return line.tell({ type: "ok", room: Number(command.room), entries, from, to, complete: to >= log.length, id });
        }
        const to = (command.before ?? log.length + 1) - 1;
        const entries = log.slice(Math.max(0, to - limit), to);
        const from = to - entries.length + 1;
        return line.tell({ type: "ok", room: Number(command.room), entries, from, to, complete: from <= 1, id });
      }
      default:
        return line.tell({ type: "error", code: "unknown_type", text: "Not here.", id });
    }
  }

  attach(line: Line, room: number, after?: number): void {
    const log = this.log(room);
    if (after !== undefined && after > log.length) {
      line.attached.set(room, log.length);
      return line.tell(this.attachedPage(room, log.length, [], { reset: true, complete: true }));
    }
    let position = after ?? log.length;
    do {
      const entries = log.slice(position, position + this.page);
      const complete = position + entries.length >= log.length;
      line.tell(this.attachedPage(room, position, entries, { complete }));
      position += entries.length;
    } while (position < log.length);
    line.attached.set(room, position);
  }

  attachedPage(room: number, after: number, entries: Said[], more: Partial<Attached>): Attached {
    return {
      type: "attached",
      room,
      name: `room${room}`,
      kind: "public",
      topic: "",
      head: this.log(room).length,
      count: 0,
      entries,
      from: after + 1,
      to: after + entries.length,
      complete: true,
      present: [],
      ...more,
    };
  }
}

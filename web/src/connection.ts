/**
 * The line to the server: it opens it, keeps it, opens it again, and resumes every room where it stopped.
 *
 * It knows how far it has received each room's log, so its listener is told each entry once and in order:
 * what comes twice is dropped, and where something is missing the room is attached again.
 */
import {
  COME_BACK,
  type ActList,
  type Attached,
  type Attaching,
  type Code,
  type Command,
  type Configured,
  type Deleted,
  type Done,
  type Edited,
  type Entered,
  type Event,
  type Found,
  type IgnoredList,
  type InvitationList,
  type LinkCode,
  type LoggedIn,
  type MemberList,
  type Messages,
  type Noticed,
  type Opened,
  type OpeningList,
  type PinList,
  type Pinned,
  type Pong,
  type Position,
  type Present,
  type Previewed,
  type Profiles,
  type Purged,
  type Reacted,
  type RecoveryCodes,
  type Removed,
  type ReportList,
  type RoomList,
  type Said,
  type SanctionList,
  type SessionList,
  type Skipped,
  type Stored,
  type TokenList,
  type TokenMade,
  type TotpSecret,
  type UploadPlace,
} from "./model";

export const BACKOFF_LEAST_MS = 500;
export const BACKOFF_MOST_MS = 20_000;
/** Further behind than this, a room is attached from its head, and what lies between is read as history. */
export const RESUME_MOST = 500;
/** From opening to being logged in. */
export const GREETING_MS = 15_000;
/** Silence after which the server is asked whether it is there, and how long it has to answer. */
export const QUIET_MS = 25_000;
export const ANSWER_MS = 10_000;
/** The same after something happened that may have cut the line. */
export const DOUBT_MS = 4_000;

/** An open line, or one that is being opened. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface Environment {
  open(received: (text: string) => void, closed: (code: number, reason: string) => void): Socket;
  now(): number;
  /** At least 0, less than 1. */
  random(): number;
  /** Gives what calls it off. */
  later(ms: number, run: () => void): () => void;
}

export type Link =
  | { readonly phase: "connecting"; readonly since: number | null }
  | { readonly phase: "offline"; readonly since: number; readonly again: number }
  | { readonly phase: "catching_up" }
  | { readonly phase: "live" }
  /** Connected, and nobody yet: log in, then start again. */
  | { readonly phase: "nobody" }
  /** The server said goodbye for good. */
  | { readonly phase: "ended"; readonly code: number; readonly text: string };

export interface Listener {
  link(link: Link): void;
  loggedIn(as: LoggedIn): void;
  /** Everything but answers; each entry of a room's log once, in order. */
  event(event: Event): void;
}

/** What each command is answered with when it is not refused. */
export interface Answers {
  attach: Attaching;
  detach: Done;
  join: Entered;
  create: Entered;
  direct: Entered;
  configure: Configured;
  leave: Done;
  topic: Entered | Stored;
  rename: Done;
  archive: Done;
  destroy: Done;
  members: MemberList;
  role: Done;
  kick: Done;
  ban: Done;
  unban: Done;
  mute: Done;
  unmute: Done;
  purge: Done;
  sanctions: SanctionList;
  audit: ActList;
  report: Done;
  reports: ReportList;
  closereport: Done;
  invite: Done;
  uninvite: Done;
  invitelink: Opened;
  openings: OpeningList;
  invitations: InvitationList;
  decline: Done;
  ignore: IgnoredList;
  unignore: IgnoredList;
  say: Stored;
  edit: Stored;
  delete: Stored;
  react: Stored;
  pin: Stored;
  pins: PinList;
  search: Found;
  notify: Done;
  history: Messages;
  read: Done;
  rooms: RoomList;
  who: Present;
  typing: Done;
  link: Done | LinkCode;
  end: Done;
  sessions: SessionList;
  tokens: TokenList;
  newtoken: TokenMade;
  revoke: Done;
  users: Profiles;
  appear: Profiles;
  icon: Done | UploadPlace;
  password: Done;
  totp: TotpSecret | RecoveryCodes | Done;
  deleteaccount: Done;
  ping: Pong;
}
type Asked = Extract<Command, { type: keyof Answers }>;

/** The server said no. */
export class Refusal extends Error {
  constructor(
    readonly code: Code,
    text: string,
    readonly retryMs: number | null = null,
  ) {
    super(text);
  }
}

/** The line was cut before an answer came, or there was none. */
export class Lost extends Error {
  constructor() {
    super("offline");
  }
}

interface Waiting {
  resolve(answer: Event): void;
  reject(why: Error): void;
}

export class Connection {
  private socket: Socket | null = null;
  private link: Link = { phase: "connecting", since: null };
  private tries = 0;
  private openedAt = 0;
  private lostAt: number | null = null;
  private timer: () => void = () => {};
  private greeted = false;
  private loggedIn = false;
  private user: number | null = null;
  private epoch: string | null = null;
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  /** The seq up to which each room's log has been handed on. */
  private readonly positions = new Map<number, number>();
  /** Rooms that were asked for and are not live yet. */
  private readonly behind = new Set<number>();

  constructor(
    private readonly environment: Environment,
    private readonly listener: Listener,
  ) {}

  /** Connect now, whatever was before. */
  start(): void {
    this.drop();
    this.open();
  }

  /** Be disconnected, and forget whom for. */
  stop(): void {
    this.drop();
    this.forget();
    this.become({ phase: "nobody" });
  }

  /** Something happened that may have cut or mended the line: the network came, or the page is seen again. */
  wake(): void {
    const stuck = this.link.phase === "connecting" && this.environment.now() - this.openedAt > DOUBT_MS;
    if (this.link.phase === "offline" || stuck) this.start();
    else if (this.loggedIn) this.probe(DOUBT_MS);
  }

  /** Ask for something. Rejects with Refusal, or with Lost when it is not known whether it was carried out. */
  request<C extends Asked>(command: C): Promise<Answers[C["type"]]> {
    return this.ask(command) as Promise<Answers[C["type"]]>;
  }

  /** Ask for something of whose answer no more is wanted than that it was done. Rejects as `request` does. */
  async order(command: Command): Promise<void> {
    await this.ask(command);
  }

  private ask(command: Command): Promise<Event> {
    if (!this.loggedIn) return Promise.reject(new Lost());
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waiting.set(id, { resolve, reject });
      this.send({ ...command, id });
    });
  }

  private open(): void {
    this.become({ phase: "connecting", since: this.lostAt });
    this.openedAt = this.environment.now();
    const socket = this.environment.open(
      (text) => {
        if (socket === this.socket) this.receive(JSON.parse(text) as Event);
      },
      (code, reason) => {
        if (socket === this.socket) this.closed(code, reason);
      },
    );
    this.socket = socket;
    this.after(GREETING_MS, () => this.cut());
  }

  private send(command: Command): void {
    this.socket?.send(JSON.stringify(command));
  }

  private receive(event: Event): void {
    if (this.loggedIn) this.after(QUIET_MS, () => this.probe(ANSWER_MS));
    switch (event.type) {
      case "welcome":
        if (event.epoch !== this.epoch) this.positions.clear();
        this.epoch = event.epoch;
        this.greeted = true;
        this.listener.event(event);
        if (event.user === undefined) this.nobody();
        break;
      case "ok":
      case "pong":
      case "error":
        this.answer(event);
        break;
      case "attached":
        this.page(event);
        break;
      case "said":
      case "skipped":
      case "edited":
      case "deleted":
      case "reacted":
      case "previewed":
      case "pinned":
      case "purged":
      case "noticed":
        this.entry(event);
        break;
      case "gap":
        this.reattach(event.room, event.to);
        break;
      case "added":
        this.listener.event(event);
        this.attach(event.rooms.map((room) => ({ room: room.room, after: room.head })));
        break;
      case "removed":
        this.leave(event);
        break;
      default:
        this.listener.event(event);
    }
  }

  private answer(event: Event & { type: "ok" | "pong" | "error" }): void {
    if (typeof event.id === "number") {
      const waiting = this.waiting.get(event.id);
      this.waiting.delete(event.id);
      if (event.type === "error") waiting?.reject(new Refusal(event.code, event.text, event.retry_ms ?? null));
      else waiting?.resolve(event);
    } else if (event.type === "ok" && "user" in event && this.greeted && !this.loggedIn) {
      this.enter(event);
    }
  }

  private enter(as: LoggedIn): void {
    if (as.user.id !== this.user) this.positions.clear();
    this.user = as.user.id;
    this.loggedIn = true;
    this.become({ phase: "catching_up" });
    this.listener.loggedIn(as);
    const rooms = as.rooms.map((room) => this.position(room.room, room.head));
    if (rooms.length === 0) this.caughtUp();
    else this.attach(rooms);
  }

  /** Where to go on in a room whose head is at least `head`. */
  private position(room: number, head: number): Position {
    const after = this.positions.get(room);
    if (after !== undefined && head - after <= RESUME_MOST) return { room, after };
    this.positions.delete(room);
    return { room };
  }

  private attach(rooms: Position[]): void {
    const asked = rooms.map((room) => room.room as number);
    for (const room of asked) this.behind.add(room);
    this.request({ type: "attach", rooms }).then(
      (answer) => {
        for (const refused of answer.refused ?? []) this.leave({ type: "removed", room: refused.room as number });
        this.caughtUp();
      },
      (why: unknown) => {
        if (why instanceof Refusal) this.cut(); // nothing would be live: begin again, after a while
      },
    );
  }

  private page(event: Attached): void {
    this.positions.set(event.room, event.reset ? event.to : Math.max(event.to, this.positions.get(event.room) ?? 0));
    this.listener.event(event);
    if (event.complete) {
      this.behind.delete(event.room);
      this.caughtUp();
    }
  }

  private entry(event: Said | Edited | Deleted | Reacted | Previewed | Pinned | Purged | Noticed | Skipped): void {
    const position = this.positions.get(event.room);
    if (position === undefined || event.seq <= position || this.behind.has(event.room)) return;
    if (event.seq === position + 1) {
      this.positions.set(event.room, event.seq);
      this.listener.event(event);
    } else {
      this.reattach(event.room, event.seq);
    }
  }

  /** Something of a room did not come. */
  private reattach(room: number, head: number): void {
    this.become({ phase: "catching_up" });
    this.attach([this.position(room, head)]);
  }

  private leave(event: Removed): void {
    this.positions.delete(event.room);
    this.behind.delete(event.room);
    this.listener.event(event);
  }

  private caughtUp(): void {
    if (this.behind.size > 0 || !this.loggedIn) return;
    this.tries = 0;
    this.lostAt = null;
    this.become({ phase: "live" });
  }

  /** Cut the line unless something comes within `ms`. */
  private probe(ms: number): void {
    this.after(ms, () => this.cut());
    this.send({ type: "ping" });
  }

  private nobody(): void {
    this.drop();
    this.forget();
    this.become({ phase: "nobody" });
  }

  private cut(): void {
    this.drop();
    this.retry();
  }

  private closed(code: number, text: string): void {
    this.drop();
    if (code === 4001) this.nobody();
    else if (COME_BACK[code] ?? true) this.retry();
    else this.become({ phase: "ended", code, text });
  }

  /** Try again after a while: longer each time, and each client at another moment. */
  private retry(): void {
    const now = this.environment.now();
    this.lostAt ??= now;
    const most = Math.min(BACKOFF_MOST_MS, 2 * BACKOFF_LEAST_MS * 2 ** this.tries);
    const wait = BACKOFF_LEAST_MS + this.environment.random() * (most - BACKOFF_LEAST_MS);
    this.tries += 1;
    this.become({ phase: "offline", since: this.lostAt, again: now + wait });
    this.after(wait, () => this.open());
  }

  private drop(): void {
    this.timer();
    const socket = this.socket;
    this.socket = null;
    this.greeted = false;
    this.loggedIn = false;
    this.behind.clear();
    socket?.close();
    const cut = [...this.waiting.values()];
    this.waiting.clear();
    for (const waiting of cut) waiting.reject(new Lost());
  }

  private forget(): void {
    this.positions.clear();
    this.user = null;
    this.tries = 0;
    this.lostAt = null;
  }

  private after(ms: number, run: () => void): void {
    this.timer();
    this.timer = this.environment.later(ms, run);
  }

  private become(link: Link): void {
    if (link.phase === this.link.phase && (link.phase === "live" || link.phase === "catching_up")) return;
    this.link = link;
    this.listener.link(link);
  }
}

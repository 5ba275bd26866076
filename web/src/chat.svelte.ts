/** Where the line, the state, the outbox and the browser meet; what the components call. */
import { logout as endSession } from "./account";
import type { Order } from "./commands";
import { Connection, Lost, Refusal, type Link, type Socket } from "./connection";
import { Drafts } from "./drafts";
import { Frames } from "./frames";
import type {
  Appeared,
  Error as Refused,
  Found,
  Invitation,
  Linked,
  Listing,
  LoggedIn,
  PinList,
  Present,
  Reported,
  RoomState,
  Said,
  Search,
  Uploaded,
  User,
} from "./model";
import { Lead, chime, concerns, headlineOf, isNews } from "./notices";
import { Outbox, type Outgoing } from "./outbox";
import { DEFAULTS, keepPreferences, readPreferences, type Preferences } from "./preferences";
import { Profiles } from "./profiles.svelte";
import { Uploads, type Upload } from "./uploads";
import { LOBBY, ROOMS, pathOf, placeOf, placeOfRoom, roomNameOf, soughtIn, type Place } from "./route";
import { NOTHING, apply, type Happening, type Room, type State, titleOf } from "./state";
import { appointedText, refusalText, removedText, sentence } from "./text";
import { languageOf } from "./words/languages";
import { speak, t } from "./words/words.svelte";

/** A person who writes is announced again after this long. */
const TYPING_AGAIN_MS = 4_000;
/** How often fading and read positions are looked at. */
const TICK_MS = 1_000;
/** What is read within this time, in any tab or on any device, needs no notice: they tell of it with each tick. */
const UNREAD_MS = 1_500;
const PAGE = 60;
/** What everybody in the room is told of. */
const TOLD: ReadonlySet<Order["type"]> = new Set(["topic", "kick", "ban", "unban", "mute", "unmute", "rename", "archive"]);
const LAST_PLACE = "chatd.place";
/** Rooms that were open lately, and how many of them are remembered. */
const LATELY = "chatd.lately";
const LATELY_MOST = 20;

export class Chat {
  /** What is shown: what was known when this frame began. */
  state: State = $state.raw(NOTHING);
  link: Link = $state.raw({ phase: "connecting", since: null });
  outgoing: readonly Outgoing[] = $state.raw([]);
  uploading: readonly Upload[] = $state.raw([]);
  place: Place = $state.raw(ROOMS);
  preferences: Preferences = $state.raw(DEFAULTS);
  /** A sentence for the person: why the last thing they asked for was not done. */
  notice: string | null = $state(null);
  /** Rooms whose history is being fetched, with the direction. */
  loading: ReadonlyMap<number, "older" | "newer"> = $state.raw(new Map());
  /** Rooms whose history could not be fetched, and why. */
  unloaded: ReadonlyMap<number, string> = $state.raw(new Map());

  /** Rooms by id, the one that was open last first. */
  lately: readonly number[] = $state.raw([]);

  /** The time, to the minute; what is written relative to it follows. */
  minute: number = $state(Date.now());

  room: Room | null = $derived(this.state.open === null ? null : (this.state.rooms.get(this.state.open) ?? null));

  /** The room that is told about, where one is. */
  about: Room | null = $derived.by(() => {
    const { place } = this;
    return place.kind === "about" ? ([...this.state.rooms.values()].find((room) => room.name === place.name) ?? null) : null;
  });

  /** Settled when the page speaks the language that was chosen, or cannot. */
  spoken: Promise<void> = Promise.resolve();

  /** What is looked for, in the search that is open; null where none is. */
  seeking: string | null = $state(null);

  /** Whose card is shown. */
  met: User | null = $state.raw(null);

  /** What was chosen to be written, and is not yet where one writes. */
  dictated: string | null = $state(null);

  /** The message to be shown, and where; another object each time. */
  target: { readonly room: number; readonly seq: number } | null = $state.raw(null);

  /** What is known, and waits to be shown where it came from outside. */
  private known: State = NOTHING;
  private waiting: readonly Outgoing[] = [];
  private readonly frames: Frames;

  /** The place whose message has been shown. */
  private reached: Place | null = null;
  /** How people want to be seen. */
  readonly profiles = new Profiles({ now: Date.now, later, ask: (users) => this.connection.request({ type: "users", users }) });
  readonly uploads = new Uploads(put, newKey, (all) => (this.uploading = all));
  private readonly lead: Lead;
  private readonly connection: Connection;
  private readonly outbox: Outbox;
  private readonly drafts: Drafts;
  /** What the server knows of our read positions. */
  private readonly told = new Map<number, number>();
  /** Keys of messages that failed in a room that is not shown, and were told of. */
  private readonly mourned = new Set<string>();
  private readonly contrast: MediaQueryList;
  private typedAt = 0;

  constructor(private readonly window: Window) {
    this.frames = new Frames(window, () => {
      this.state = this.known;
      this.outgoing = this.waiting;
    });
    this.connection = new Connection(
      {
        open: (received, closed) => openSocket(window.location, received, closed),
        now: Date.now,
        random: Math.random,
        later,
      },
      { link: (link) => this.linked(link), loggedIn: (as) => this.loggedIn(as), event: (event) => this.received(event) },
    );
    this.lead = new Lead(window.navigator.locks);
    this.drafts = new Drafts(window.localStorage);
    this.preferences = readPreferences(window.localStorage);
    this.contrast = window.matchMedia("(prefers-contrast: more)");
    this.dress();
    this.outbox = new Outbox(window.localStorage, {
      now: Date.now,
      newKey,
      later,
      say: ({ room, text, key, me, reply_to }) =>
        this.connection.request({
          type: "say",
          room,
          text,
          key,
          ...(me === true ? { me } : {}),
          ...(reply_to === undefined ? {} : { reply_to }),
        }),
      changed: (messages) => this.outboxChanged(messages),
    });
  }

  /** Begin; gives what ends it. */
  run(): () => void {
    const { window } = this;
    const { document } = window;
    const wake = () => this.connection.wake();
    const look = () => {
      this.dispatch({ type: "watching", watching: !document.hidden && document.hasFocus() });
      if (!document.hidden) wake();
    };
    const shelved = (event: StorageEvent) => this.outbox.shelved(event.key, event.newValue);
    const preferred = () => {
      this.preferences = readPreferences(window.localStorage);
      this.dress();
    };
    const moved = () => {
      this.seeking = soughtIn(window.location.search);
      this.show(placeOf(window.location.pathname));
    };
    const redress = () => this.dress();
    this.contrast.addEventListener("change", redress);
    window.addEventListener("online", wake);
    window.addEventListener("focus", look);
    window.addEventListener("blur", look);
    window.addEventListener("storage", shelved);
    window.addEventListener("storage", preferred);
    window.addEventListener("popstate", moved);
    document.addEventListener("visibilitychange", look);
    const ticking = setInterval(() => this.tick(), TICK_MS);
    this.place = placeOf(window.location.pathname);
    this.seeking = soughtIn(window.location.search);
    this.connection.start();
    look();
    return () => {
      clearInterval(ticking);
      this.contrast.removeEventListener("change", redress);
      window.removeEventListener("online", wake);
      window.removeEventListener("focus", look);
      window.removeEventListener("blur", look);
      window.removeEventListener("storage", shelved);
      window.removeEventListener("storage", preferred);
      window.removeEventListener("popstate", moved);
      document.removeEventListener("visibilitychange", look);
      this.connection.stop();
    };
  }

  /** Somebody came in by the door: connect as them. */
  entered(): void {
    if (this.place.kind === "rooms") this.place = LOBBY;
    this.connection.start();
  }

  prefer(some: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...some };
    keepPreferences(this.window.localStorage, this.preferences);
    this.dress();
  }

  /** Whether the browser lets the page show notifications. */
  async askToNotify(): Promise<boolean> {
    if (!("Notification" in this.window)) return false;
    return (await Notification.requestPermission()) === "granted";
  }

  reconnect(): void {
    this.connection.start();
  }

  async logout(): Promise<void> {
    const count = this.waiting.filter((message) => message.state !== "stored").length;
    if (count > 0 && !this.window.confirm(t.page.unsent(count))) return;
    try {
      await endSession();
    } catch (why) {
      this.notice = sentence(why);
      return;
    }
    this.leaveHouse(true);
    this.seeking = null;
    this.met = null;
    this.place = ROOMS;
    this.window.history.replaceState(null, "", pathOf(ROOMS));
    this.connection.start();
  }

  go(place: Place): void {
    if (pathOf(place) !== this.window.location.pathname) this.window.history.pushState(null, "", this.addressOf(place));
    this.show(place);
  }

  /** Back to where one was before. */
  leaveSettings(): void {
    this.go(narrow(this.window) ? ROOMS : this.lastPlace());
  }

  /** Ask the server. Rejects with Refusal or Lost. */
  request: Connection["request"] = (command) => this.connection.request(command);

  say(text: string, more: { me?: boolean; reply_to?: number } = {}): void {
    const room = this.room;
    if (room === null || text.trim() === "") return;
    this.typedAt = 0;
    this.jump(room.id);
    this.outbox.add({ room: room.id, text, ...more });
  }

  /** Whether it was done; the notice says why not. */
  async edit(room: number, target: number, text: string): Promise<boolean> {
    return (await this.ask(() => this.connection.request({ type: "edit", room, target, text, key: newKey() }))) !== null;
  }

  async delete(room: number, target: number): Promise<boolean> {
    return (await this.ask(() => this.connection.request({ type: "delete", room, target, key: newKey() }))) !== null;
  }

  async react(room: number, target: number, emoji: string, on: boolean): Promise<void> {
    await this.ask(() => this.connection.request({ type: "react", room, target, emoji, on, key: newKey() }));
  }

  /** Files that were chosen, pasted or dropped. */
  send(room: number, files: Iterable<File>, reply_to?: number): void {
    for (const file of files) {
      const name = file.name || `pasted.${file.type.split("/")[1] ?? "bin"}`;
      void this.uploads.add({ room, name, body: file, ...(reply_to === undefined ? {} : { reply_to }) });
    }
  }

  async notify(room: number, level: Room["notify"]): Promise<void> {
    const done = await this.ask(() => this.connection.request({ type: "notify", room, level }));
    if (done !== null) this.dispatch({ type: "notify", room, level });
  }

  async pin(room: number, target: number, on: boolean): Promise<boolean> {
    return (await this.ask(() => this.connection.request({ type: "pin", room, target, on, key: newKey() }))) !== null;
  }

  search(what: Omit<Search, "type">): Promise<Found | null> {
    return this.ask(() => this.connection.request({ type: "search", ...what }));
  }

  /** Look for this; null closes the search. The address follows, so that a search can be linked to and gone back to. */
  seek(what: string | null): void {
    const opened = this.seeking === null && what !== null;
    if (this.seeking === what) return;
    this.seeking = what;
    const { history } = this.window;
    if (opened) history.pushState(null, "", this.addressOf(this.place));
    else history.replaceState(null, "", this.addressOf(this.place));
  }

  async listPins(room: number, before?: number): Promise<PinList | null> {
    return this.ask(() => this.connection.request({ type: "pins", room, ...(before === undefined ? {} : { before }) }));
  }

  /** Show a message in its room, wherever it is in the log. */
  visit(room: Room, seq: number): void {
    this.go(placeOfRoom(room.name, seq));
  }

  /** The address of a message goes to the clipboard. */
  async copyLink(room: Room, seq: number): Promise<boolean> {
    const address = this.window.location.origin + pathOf(placeOfRoom(room.name, seq));
    try {
      await this.window.navigator.clipboard.writeText(address);
      return true;
    } catch {
      this.notice = t.page.addressIs(address); // a page over plain HTTP may not write there
      return false;
    }
  }

  retry(key: string): void {
    this.outbox.retry(key);
  }

  discard(key: string): void {
    this.outbox.discard(key);
  }

  draft(room: number): string {
    return this.drafts.of(room);
  }

  /** The person writes: kept for when they come back to the room, and told to the others. */
  write(room: number, text: string): void {
    this.drafts.keep(room, text);
    const now = Date.now();
    if (text.trim() === "" || text.startsWith("/") || now - this.typedAt < TYPING_AGAIN_MS) return;
    this.typedAt = now;
    this.connection.request({ type: "typing", room }).catch(() => {});
  }

  join(name: string): Promise<boolean> {
    return this.enterRoom(() => this.connection.request({ type: "join", room: name }));
  }

  /** With a topic, which is no reason not to go there where it is refused. */
  async create(name: string, kind: "public" | "private", topic = ""): Promise<boolean> {
    const entered = await this.enterRoom(() => this.connection.request({ type: "create", name, kind }));
    if (entered && topic !== "") await this.ask(() => this.connection.request({ type: "topic", room: name, text: topic }));
    return entered;
  }

  direct(name: string): Promise<boolean> {
    const users = name.split(",");
    const whom = users.length === 1 ? { user: name } : { users };
    return this.enterRoom(() => this.connection.request({ type: "direct", ...whom }));
  }

  /** Show somebody's card; null puts it away. */
  meet(user: User | null): void {
    this.met = user;
  }

  /** Hear and read somebody no more, or again. Rejects with Refusal or Lost. */
  async ignore(user: number | string, on: boolean): Promise<void> {
    const { ignored } = await this.connection.request({ type: on ? "ignore" : "unignore", user });
    this.dispatch({ type: "ignoring", users: ignored });
  }

  /** Do without an invitation. */
  async decline({ room, name }: Invitation): Promise<void> {
    const done = await this.ask(() => this.connection.request({ type: "decline", room }));
    if (done !== null) this.dispatch({ type: "uninvited", room, name });
  }

  async leave(room: number): Promise<void> {
    await this.ask(async () => {
      await this.connection.request({ type: "leave", room });
      const here = this.known.open === room || this.about?.id === room;
      this.dispatch({ type: "removed", room });
      if (here) this.go(LOBBY);
    });
  }

  /** The room of ours that is called so, with or without its sign. */
  roomCalled(name: string): Room | undefined {
    return [...this.known.rooms.values()].find((room) => room.name === name || room.name === `@${name}`);
  }

  /** What somebody typed is asked for; what they see nothing of otherwise, they are told. */
  async order(order: Order): Promise<void> {
    const carryOut = () => {
      if (order.type === "ignore" || order.type === "unignore") return this.ignore(order.user, order.type === "ignore");
      return this.connection.order(order);
    };
    const done = await this.ask(() => carryOut().then(() => true));
    if (done === null) return;
    if (order.type === "notify") this.dispatch({ type: "notify", room: order.room as number, level: order.level });
    if (!TOLD.has(order.type)) this.notice = t.commands.done;
  }

  /** Let a terminal in that shows this code; without one, show a code for it. */
  async linkTerminal(code: string): Promise<void> {
    const answer = await this.ask(() => this.connection.request({ type: "link", ...(code === "" ? {} : { code }) }));
    if (answer === null || !("code" in answer)) return;
    const minutes = Math.floor(answer.expires_ms / 60_000);
    this.notice = t.page.typeLink(answer.code, minutes);
  }

  async endSession(session: string, user = ""): Promise<void> {
    const done = await this.ask(() => this.connection.request({ type: "end", session, ...(user === "" ? {} : { user }) }));
    if (done !== null) this.notice = t.page.sessionEnded;
  }

  /** A page of all rooms; null when it could not be fetched, and the notice says why. */
  async listRooms(after?: string): Promise<{ rooms: Listing[]; more: boolean } | null> {
    return this.ask(() => this.connection.request({ type: "rooms", ...(after === undefined ? {} : { after }) }));
  }

  async listPresent(room: number, after?: string): Promise<Present | null> {
    return this.ask(() => this.connection.request({ type: "who", room, ...(after === undefined ? {} : { after }) }));
  }

  async load(room: Room, direction: "older" | "newer"): Promise<void> {
    if (this.loading.has(room.id)) return;
    this.loading = new Map(this.loading).set(room.id, direction);
    const place = direction === "older" ? { before: room.from } : { after: room.to };
    try {
      const page = await this.connection.request({ type: "history", room: room.id, limit: PAGE, ...place });
      this.unloaded = without(this.unloaded, room.id);
      this.dispatch({ type: "page", page, before: direction === "older" });
    } catch (why) {
      if (why instanceof Refusal) this.unloaded = new Map(this.unloaded).set(room.id, refusalText(why));
    }
    this.loading = without(this.loading, room.id);
  }

  jump(room: number): void {
    this.dispatch({ type: "jumped", room });
    const { place } = this;
    if ((place.kind === "room" || place.kind === "direct") && place.seq !== undefined && this.known.open === room) {
      const { seq: _, ...latest } = place;
      this.place = latest;
      this.window.history.replaceState(null, "", this.addressOf(latest));
    }
  }

  follow(room: Room, following: boolean): void {
    if (this.known.rooms.get(room.id)?.following !== following) this.dispatch({ type: "following", room: room.id, following });
  }

  private addressOf(place: Place): string {
    return pathOf(place) + (this.seeking === null ? "" : `?find=${encodeURIComponent(this.seeking)}`);
  }

  private dress(): void {
    const { language, theme, size } = this.preferences;
    const { dataset } = this.window.document.documentElement;
    this.spoken = speak(language === "auto" ? languageOf(this.window.navigator.languages) : language, this.window);
    dataset["theme"] = theme;
    dataset["size"] = size;
    if (theme === "contrast" || (theme === "auto" && this.contrast.matches)) dataset["contrast"] = "";
    else delete dataset["contrast"];
  }

  /** What somebody here did is shown at once. */
  private dispatch(event: Happening): void {
    this.known = apply(this.known, event, Date.now());
    this.frames.now();
  }

  /** What came from outside is shown with the next frame, however much it is: who writes meanwhile is not held up. */
  private heard(event: Happening): void {
    this.known = apply(this.known, event, Date.now());
    this.frames.soon();
  }

  private linked(link: Link): void {
    this.link = link;
    if (link.phase === "live" || link.phase === "catching_up") return;
    this.outbox.disconnect();
    this.profiles.disconnect();
    this.dispatch({ type: "lost" });
    if (link.phase !== "nobody") return;
    const turnedOut = this.known.me !== null;
    this.leaveHouse(false);
    if (turnedOut) this.notice = t.page.loggedOut;
  }

  private loggedIn(as: LoggedIn): void {
    const before = this.known.me;
    this.dispatch({ type: "logged_in", as });
    const another = before !== null && before.id !== as.user.id;
    this.notice = another ? t.page.cameInAs(as.user.name) : null;
    for (const invitation of as.invitations ?? []) this.notice ??= asked(invitation);
    this.unloaded = new Map();
    this.told.clear();
    for (const room of as.rooms) this.told.set(room.room, room.read);
    this.drafts.open(as.user.id);
    if (another) this.profiles.forget();
    this.profiles.connect();
    this.lately = (this.window.localStorage.getItem(LATELY) ?? "").split(",").map(Number).filter((id) => this.known.rooms.has(id));
    this.outbox.connect(as.user.id, this.known.epoch ?? "");
    this.stay();
    this.show(this.place.kind === "rooms" && !narrow(this.window) ? this.lastPlace() : this.place);
  }

  private received(event: { type: string }): void {
    const happening = event as Happening | Appeared | Linked | Reported;
    switch (happening.type) {
      case "said":
        this.heard(happening);
        if (happening.from.id === this.known.me?.id && happening.key !== undefined) this.outbox.seen(happening.key);
        if (isNews(this.known, happening)) later(UNREAD_MS, () => this.announce(happening));
        break;
      case "attached":
        this.heard(happening);
        for (const entry of happening.entries)
          if (entry.type === "said" && entry.from.id === this.known.me?.id && entry.key !== undefined)
            this.outbox.seen(entry.key);
        this.outbox.seenUpTo(happening.room, happening.to);
        break;
      case "linked":
        this.notice = came(happening);
        break;
      case "welcome":
      case "skipped":
      case "ignoring":
      case "edited":
      case "deleted":
      case "reacted":
      case "previewed":
      case "pinned":
      case "purged":
      case "noticed":
      case "typing":
      case "mentioned":
      case "notify":
      case "joined":
      case "left":
      case "presence":
      case "uninvited":
      case "ended":
        this.heard(happening);
        break;
      case "appointed":
        this.heard(happening);
        this.notice = appointedText(happening, this.known.rooms.get(happening.room ?? 0));
        break;
      case "read":
        this.heard(happening);
        this.told.set(happening.room, happening.seq);
        break;
      case "added":
        for (const room of happening.rooms) this.told.set(room.room, room.read);
        this.heard(happening);
        this.show(this.place);
        break;
      case "renamed": {
        const before = this.known.rooms.get(happening.room)?.name;
        this.heard(happening);
        this.stay();
        if (this.place.kind === "about" && this.place.name === before) this.show({ ...this.place, name: happening.name });
        break;
      }
      case "removed": {
        const room = this.known.rooms.get(happening.room);
        this.heard(happening);
        this.show(this.place);
        if (room !== undefined) this.notice = removedText(happening, titleOf(room)) ?? this.notice;
        break;
      }
      case "invited":
        this.heard(happening);
        this.notice = asked(happening);
        break;
      case "appeared":
        this.profiles.appeared(happening.users);
        break;
      case "reported":
        this.notice = t.page.reported(happening.report.by.name, happening.report.author.name, happening.report.room_name ?? "");
        break;
    }
  }

  /** Unless it was read meanwhile, here or elsewhere. */
  private announce(said: Said): void {
    const room = this.known.rooms.get(said.room);
    if (room === undefined || !this.lead.is || !concerns(this.known, said)) return;
    if (this.preferences.sound) chime();
    if (!this.preferences.notify || !("Notification" in this.window) || Notification.permission !== "granted") return;
    const { title, body } = headlineOf(room, said);
    const notice = new Notification(title, { body, tag: `${this.known.epoch} ${said.room}`, icon: "/favicon.svg" });
    notice.onclick = () => {
      notice.close();
      this.window.focus();
      this.visit(room, said.seq);
    };
  }

  private outboxChanged(messages: readonly Outgoing[]): void {
    this.waiting = messages;
    this.frames.soon();
    for (const { key, room, state, text, why } of messages) {
      if (state !== "failed" || this.known.rooms.has(room) || this.mourned.has(key)) continue;
      this.mourned.add(key);
      this.notice = t.page.lostInLeft(text, why ?? "");
    }
  }

  private leaveHouse(forever: boolean): void {
    this.outbox.close(forever);
    this.drafts.close(forever);
    this.uploads.close();
    this.profiles.forget();
    this.told.clear();
    this.mourned.clear();
    this.notice = null;
    this.loading = new Map();
    this.dispatch({ type: "logged_out" });
  }

  private show(place: Place): void {
    if (pathOf(place) !== pathOf(this.place)) this.notice = null;
    const before = this.place;
    this.place = place;
    if (this.known.me === null) return;
    const name = roomNameOf(place);
    const room = [...this.known.rooms.values()].find((one) => one.name === name);
    this.dispatch({ type: "opened", room: room?.id ?? null });
    if (room === undefined && place.kind === "room") void this.lookFor(place);
    if (room !== undefined) {
      keep(this.window, LAST_PLACE, pathOf(placeOfRoom(room.name)));
      this.lately = [room.id, ...this.lately.filter((id) => id !== room.id)].slice(0, LATELY_MOST);
      keep(this.window, LATELY, this.lately.join());
      if ("seq" in place && place.seq !== undefined) void this.reach(place, room, place.seq);
      else if ("seq" in before && roomNameOf(before) === name) this.jump(room.id);
    }
    if (pathOf(place) !== this.window.location.pathname) this.window.history.replaceState(null, "", this.addressOf(place));
  }

  /** Once for each time that somebody goes there: who reads on is left alone when the connection comes back. */
  private async reach(place: Place, room: Room, seq: number): Promise<void> {
    if (this.reached === place) return;
    this.reached = place;
    if (seq < room.from || seq > room.to) {
      const where = { room: room.id, before: seq + 1, limit: PAGE };
      const page = await this.ask(() => this.connection.request({ type: "history", ...where }));
      if (this.place !== place) return;
      if (page === null) {
        this.reached = null;
        return;
      }
      this.dispatch({ type: "landed", page });
      if (page.entries.at(-1)?.seq !== seq) this.notice = t.talk.noMessageAt(seq);
    }
    const shown = this.known.rooms.get(room.id);
    if (shown === undefined) return;
    this.follow(shown, false);
    this.target = { room: room.id, seq };
  }

  /** The room on the screen may have another name now. */
  private stay(): void {
    const { place } = this;
    const room = this.known.rooms.get(this.known.open ?? 0);
    if (room !== undefined && place.kind === "room" && place.name !== room.name) this.show({ ...place, name: room.name });
  }

  /** A room of ours was perhaps called so before. */
  private async lookFor(place: Extract<Place, { name: string }>): Promise<void> {
    try {
      const { room: id } = await this.connection.request({ type: "configure", room: place.name });
      const room = this.known.rooms.get(id);
      if (room !== undefined && this.place === place) this.show({ ...place, name: room.name });
    } catch {
      // There is no such room, or none for us.
    }
  }

  private lastPlace(): Place {
    const last = placeOf(this.window.localStorage.getItem(LAST_PLACE) ?? "");
    const known = [...this.known.rooms.values()].some((room) => room.name === roomNameOf(last));
    return known ? last : LOBBY;
  }

  private async enterRoom(request: () => Promise<{ rooms: [RoomState] }>): Promise<boolean> {
    const answer = await this.ask(request);
    if (answer === null) return false;
    const [room] = answer.rooms;
    if (!this.known.rooms.has(room.room)) this.dispatch({ type: "added", rooms: [room] });
    this.told.set(room.room, room.read);
    this.go(placeOfRoom(room.name));
    return true;
  }

  private async ask<T>(request: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await request();
      this.notice = null;
      return answer;
    } catch (why) {
      this.notice = sentence(why);
      return null;
    }
  }

  private tick(): void {
    if (Date.now() - this.minute >= 60_000) this.minute = Date.now();
    if ([...this.known.rooms.values()].some((room) => room.typing.length > 0)) this.dispatch({ type: "faded" });
    if (this.link.phase !== "live") return;
    for (const room of this.known.rooms.values()) {
      const told = this.told.get(room.id) ?? 0;
      if (room.read <= told) continue;
      this.told.set(room.id, room.read);
      this.connection.request({ type: "read", room: room.id, seq: room.read }).catch(() => this.told.set(room.id, told));
    }
  }
}

function came({ frontend, address, session }: Linked): string {
  return t.page.cameByLink(frontend, address, session);
}

function asked({ by, name }: Invitation): string {
  return t.page.invitesYou(by.name, name);
}

function openSocket(
  { protocol, host }: Location,
  received: (text: string) => void,
  closed: (code: number, reason: string) => void,
): Socket {
  const socket = new WebSocket(`${protocol === "https:" ? "wss" : "ws"}://${host}/ws`);
  socket.onmessage = (message: MessageEvent<string>) => received(message.data);
  socket.onclose = (close) => closed(close.code, close.reason);
  return socket;
}

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}

/** 128 random bits; `crypto.randomUUID` is missing where a page comes over plain HTTP from another machine. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** By XMLHttpRequest, because `fetch` does not tell how much has gone. */
function put(address: string, body: Blob, signal: AbortSignal, sent: (bytes: number) => void): Promise<Uploaded | Refused> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", address);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded }) => sent(loaded);
    request.onload = () => (request.response === null ? reject(new Lost()) : resolve(request.response as Uploaded | Refused));
    request.onerror = request.onabort = request.ontimeout = () => reject(new Lost());
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

function narrow(window: Window): boolean {
  return window.matchMedia("(max-width: 719px)").matches;
}

function keep(window: Window, name: string, value: string): void {
  try {
    window.localStorage.setItem(name, value);
  } catch {
    // Without storage the next visit begins in the lobby.
  }
}

function without<V>(map: ReadonlyMap<number, V>, key: number): ReadonlyMap<number, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

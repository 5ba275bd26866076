/** The line and the state together: whatever happens, what is on the screen is the log. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { BACKOFF_MOST_MS, Connection } from "../src/connection";
import { NOTHING, apply, reachesHead, type Happening, type Room, type State } from "../src/state";
import { Clock, settled } from "./clock";
import { Server } from "./server";

class Page {
  state: State = NOTHING;
  readonly clock = new Clock();
  readonly server = new Server();
  readonly connection = new Connection(this.server.environment(this.clock), {
    link: () => {},
    loggedIn: (as) => this.dispatch({ type: "logged_in", as }),
    event: (event) => this.dispatch(event as Happening),
  });

  dispatch(event: Happening): void {
    this.state = apply(this.state, event, this.clock.now);
    this.check();
  }

  get room(): Room {
    const room = this.state.rooms.get(1);
    if (room === undefined) throw new Error("the room is not known");
    return room;
  }

  /** The window has no hole and nothing twice, at every moment. */
  check(): void {
    const room = this.state.rooms.get(1);
    if (room === undefined) return;
    const log = this.server.log(1).filter((entry) => entry.seq >= room.from && entry.seq <= room.to);
    expect(room.entries.map((entry) => entry.seq)).toEqual(log.map((entry) => entry.seq));
    expect(room.to).toBeLessThanOrEqual(room.head);
  }

  async load(direction: "older" | "newer"): Promise<void> {
    const place = direction === "older" ? { before: this.room.from } : { after: this.room.to };
    try {
      const page = await this.connection.request({ type: "history", room: 1, limit: 4, ...place });
      this.dispatch({ type: "page", page, before: direction === "older" });
    } catch {
      // The line was cut meanwhile.
    }
  }
}

type Step = (page: Page) => void | Promise<void>;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.nat(6).map((count): Step => (page) => {
    for (let number = 0; number <= count; number++) page.server.say(1);
  }),
  fc.constant<Step>((page) => page.server.line.end()),
  fc.constant<Step>((page) => {
    page.server.say(1, {}, false);
  }),
  fc.constant<Step>((page) => {
    const line = page.server.line;
    const sent = line.attached.get(1);
    if (sent === undefined || !line.open) return;
    line.attached.delete(1);
    page.server.say(1);
    line.tell({ type: "gap", room: 1, from: sent + 1, to: sent + 1 });
  }),
  fc.constant<Step>((page) => {
    const last = page.server.log(1).at(-1);
    if (last !== undefined) page.server.line.tell(last);
  }),
  fc.constantFrom<Step>(
    (page) => page.load("older"),
    (page) => page.load("newer"),
    (page) => void page.load("older"),
    (page) => void page.load("newer"),
  ),
  fc.boolean().map((following): Step => (page) => page.dispatch({ type: "following", room: 1, following })),
  fc.constantFrom<Step>(
    (page) => page.dispatch({ type: "jumped", room: 1 }),
    (page) => page.dispatch({ type: "opened", room: null }),
    (page) => page.dispatch({ type: "opened", room: 1 }),
    (page) => page.connection.wake(),
  ),
  fc.nat(BACKOFF_MOST_MS).map((ms): Step => (page) => page.clock.pass(ms)),
  fc.nat(40).map((many): Step => async (page) => {
    page.server.line.end();
    for (let number = 0; number < many * 20; number++) page.server.say(1);
    await page.clock.pass(BACKOFF_MOST_MS);
  }),
);

/** A slow machine is no failure. */
const PATIENCE_MS = 120_000;

test("after any loss, repetition and order of things, the page has exactly the log", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(10), fc.array(step, { maxLength: 30 }), async (before, steps) => {
      const page = new Page();
      for (let number = 0; number < before; number++) page.server.say(1);
      page.server.logs.set(1, page.server.log(1));
      page.connection.start();
      await settled();
      for (const go of steps) {
        await go(page);
        await settled();
      }
      await page.clock.pass(3 * BACKOFF_MOST_MS);
      page.server.say(1);
      await settled();
      const log = page.server.log(1);
      expect(page.room.head).toBe(log.length);
      expect(page.room.live).toBe(true);

      // Scrolled down to the end, then up to the beginning, every message has been on the screen.
      const shown = new Set<number>();
      const look = () => page.room.entries.forEach((entry) => shown.add(entry.seq));
      for (look(); !reachesHead(page.room); look()) await page.load("newer");
      for (look(); !page.room.complete; look()) await page.load("older");
      expect([...shown].sort((one, other) => one - other)).toEqual(log.map((entry) => entry.seq));
    }),
    { numRuns: 300 },
  );
}, PATIENCE_MS);

import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ANSWER_MS,
  BACKOFF_LEAST_MS,
  BACKOFF_MOST_MS,
  Connection,
  DOUBT_MS,
  GREETING_MS,
  Lost,
  QUIET_MS,
  RESUME_MOST,
  Refusal,
  type Link,
} from "../src/connection";
import type { Event } from "../src/model";
import { Clock, settled } from "./clock";
import { ALICE, BOB, Server, message, roomState } from "./server";

let clock: Clock;
let server: Server;
let links: Link[];
let events: Event[];
let connection: Connection;

function connect(random?: () => number): Connection {
  links = [];
  events = [];
  connection = new Connection(server.environment(clock, random), {
    link: (link) => links.push(link),
    loggedIn: () => {},
    event: (event) => events.push(event),
  });
  connection.start();
  return connection;
}

function phase(): string | undefined {
  return links.at(-1)?.phase;
}

function heard(room: number): number[] {
  return events.flatMap((event) => {
    if (event.type === "said" && event.room === room) return [event.seq];
    return event.type === "attached" && event.room === room ? event.entries.map((entry) => entry.seq) : [];
  });
}

beforeEach(() => {
  clock = new Clock();
  server = new Server();
  server.logs.set(1, []);
});

describe("connecting", () => {
  test("it says that it connects, catches up and is live", async () => {
    connect();
    await settled();
    expect(links.map((link) => link.phase)).toEqual(["connecting", "catching_up", "live"]);
  });

  test("without a room there is nothing to catch up with", async () => {
    server.logs.clear();
    connect();
    await settled();
    expect(phase()).toBe("live");
  });

  test("nobody is logged in: it says so and lets go of the line", async () => {
    server.user = null;
    connect();
    await settled();
    expect(phase()).toBe("nobody");
    expect(server.line.open).toBe(false);
    await clock.pass(600_000);
    expect(server.lines).toHaveLength(1);
  });

  test("a server that does not greet is given up and tried again", async () => {
    server.greet = () => {};
    connect();
    await clock.pass(GREETING_MS);
    expect(phase()).toBe("offline");
    expect(server.lines[0]?.open).toBe(false);
    await clock.pass(BACKOFF_MOST_MS);
    expect(server.lines.length).toBeGreaterThan(1);
  });

  test("what an earlier line still says is not heard", async () => {
    connect();
    await settled();
    const earlier = server.line;
    connection.start();
    await settled();
    events.length = 0;
    earlier.open = true;
    earlier.tell(message(1, 1));
    earlier.end(4001);
    expect(events).toEqual([]);
    expect(phase()).toBe("live");
  });
});

describe("the place of somebody ignored", () => {
  test("is handed on, and is no hole", async () => {
    connect();
    await settled();
    const asked = server.line.asked.length;
    server.line.tell({ type: "skipped", room: 1, seq: 1 });
    server.line.tell(message(1, 2));
    expect(heard(1)).toEqual([2]);
    expect(events.at(-2)).toEqual({ type: "skipped", room: 1, seq: 1 });
    expect(server.line.asked).toHaveLength(asked);
  });
});

describe("coming back", () => {
  /** The waits before the first tries, when none succeeds. */
  async function waits(random: () => number, tries: number): Promise<number[]> {
    server.up = false;
    connect(random);
    await settled();
    const found: number[] = [];
    for (let number = 0; number < tries; number++) {
      const link = links.at(-1);
      if (link?.phase !== "offline") throw new Error(`it is ${phase()}`);
      found.push(link.again - clock.now);
      await clock.pass(link.again - clock.now);
    }
    return found;
  }

  test("the waits are spread over all that is allowed, and grow to 20 s", async () => {
    expect(await waits(() => 0, 8)).toEqual(Array(8).fill(BACKOFF_LEAST_MS));
    clock = new Clock();
    server = new Server();
    const longest = await waits(() => 1 - Number.EPSILON, 8);
    expect(longest.map((wait) => Math.round(wait))).toEqual([1000, 2000, 4000, 8000, 16000, 20000, 20000, 20000]);
  });

  test("every wait lies within the bounds", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (chance) => {
        clock = new Clock();
        server = new Server();
        for (const wait of await waits(() => chance, 10)) {
          expect(wait).toBeGreaterThanOrEqual(BACKOFF_LEAST_MS);
          expect(wait).toBeLessThanOrEqual(BACKOFF_MOST_MS);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("offline since the line was lost, not since the last try", async () => {
    connect();
    await settled();
    const lostAt = clock.now;
    server.up = false;
    server.line.end();
    await clock.pass(30_000);
    const link = links.findLast((one) => one.phase === "offline");
    expect(link).toMatchObject({ since: lostAt });
  });

  test("after it was live, the waits begin small again", async () => {
    connect(() => 1 - Number.EPSILON);
    await settled();
    server.up = false;
    server.line.end();
    await clock.pass(60_000);
    server.up = true;
    await clock.pass(20_000);
    expect(phase()).toBe("live");
    server.line.end();
    expect(clock.next).toBeCloseTo(1000, 5);
  });

  test("the network is back or the page is seen: it tries at once", async () => {
    connect();
    await settled();
    server.up = false;
    server.line.end();
    await clock.pass(30_000);
    server.up = true;
    connection.start();
    connection.wake();
    await settled();
    expect(phase()).toBe("live");
  });

  test.each([
    [1006, "offline"],
    [1001, "offline"],
    [1011, "offline"],
    [1012, "offline"],
    [4002, "offline"],
    [1000, "ended"],
    [1009, "ended"],
    [4003, "ended"],
    [4001, "nobody"],
  ])("closed with %i: %s", async (code, then) => {
    connect();
    await settled();
    server.line.end(code, "Because.");
    expect(phase()).toBe(then);
    const lines = server.lines.length;
    await clock.pass(60_000);
    expect(server.lines.length > lines).toBe(then === "offline");
  });

  test("the server's last words are kept", async () => {
    connect();
    await settled();
    server.line.end(4003, "Too much of what you sent made no sense.");
    expect(links.at(-1)).toEqual({ phase: "ended", code: 4003, text: "Too much of what you sent made no sense." });
  });
});

describe("a line that is dead and does not know it", () => {
  test("after silence the server is asked, and an answer keeps the line", async () => {
    connect();
    await clock.pass(QUIET_MS);
    expect(server.line.last("ping")).toBeDefined();
    await clock.pass(10 * QUIET_MS);
    expect(phase()).toBe("live");
    expect(server.lines).toHaveLength(1);
  });

  test("no answer: it is cut, and begun again", async () => {
    connect();
    await settled();
    server.silent = true;
    await clock.pass(QUIET_MS + ANSWER_MS);
    expect(phase()).toBe("offline");
    server.silent = false;
    await clock.pass(BACKOFF_MOST_MS);
    expect(phase()).toBe("live");
  });

  test("when the page is seen again it is in doubt, and has less time", async () => {
    connect();
    await settled();
    server.silent = true;
    connection.wake();
    await clock.pass(DOUBT_MS);
    expect(phase()).toBe("offline");
  });
});

describe("asking", () => {
  test("an answer goes to who asked", async () => {
    server.say(1);
    server.say(1);
    connect();
    await settled();
    const older = connection.request({ type: "history", room: 1, before: 2 });
    const newer = connection.request({ type: "history", room: 1, after: 1 });
    expect((await newer).entries.map((entry) => entry.seq)).toEqual([2]);
    expect((await older).entries.map((entry) => entry.seq)).toEqual([1]);
  });

  test("a refusal has the server's code and sentence", async () => {
    connect();
    await settled();
    const why: unknown = await connection.request({ type: "join", room: "nowhere" }).catch((error: unknown) => error);
    expect(why).toBeInstanceOf(Refusal);
    expect(why).toMatchObject({ code: "unknown_type", message: "Not here." });
  });

  test("what was not answered when the line was cut is lost, and so is what is asked offline", async () => {
    connect();
    await settled();
    server.silent = true;
    const asked = connection.request({ type: "leave", room: 1 });
    server.line.end();
    await expect(asked).rejects.toBeInstanceOf(Lost);
    await expect(connection.request({ type: "leave", room: 1 })).rejects.toBeInstanceOf(Lost);
  });
});

describe("resuming", () => {
  test("the first time, every room is attached from its head", async () => {
    server.say(1);
    connect();
    await settled();
    expect(server.line.last("attach").rooms).toEqual([{ room: 1 }]);
    expect(heard(1)).toEqual([]);
  });

  test("afterwards, from where it stopped, and what was missed comes in pages", async () => {
    connect();
    await settled();
    server.say(1);
    server.line.end();
    for (let number = 0; number < 7; number++) server.say(1);
    await clock.pass(BACKOFF_MOST_MS);
    expect(server.line.last("attach").rooms).toEqual([{ room: 1, after: 1 }]);
    expect(heard(1)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(phase()).toBe("live");
  });

  test("too far behind, from the head", async () => {
    connect();
    await settled();
    server.line.end();
    for (let number = 0; number <= RESUME_MOST; number++) server.say(1);
    await clock.pass(BACKOFF_MOST_MS);
    expect(server.line.last("attach").rooms).toEqual([{ room: 1 }]);
    server.say(1);
    expect(heard(1)).toEqual([RESUME_MOST + 2]);
  });

  test("another epoch: positions are forgotten", async () => {
    connect();
    await settled();
    server.say(1);
    server.epoch = "two";
    server.line.end();
    await clock.pass(BACKOFF_MOST_MS);
    expect(server.line.last("attach").rooms).toEqual([{ room: 1 }]);
  });

  test("another user: positions are forgotten", async () => {
    connect();
    await settled();
    server.say(1);
    server.user = BOB;
    server.line.end();
    await clock.pass(BACKOFF_MOST_MS);
    expect(server.line.last("attach").rooms).toEqual([{ room: 1 }]);
    server.user = ALICE;
  });

  test("after reset it goes on from the other log's head", async () => {
    connect();
    await settled();
    for (let number = 0; number < 5; number++) server.say(1);
    server.line.end();
    server.logs.set(1, [message(1, 1)]);
    await clock.pass(BACKOFF_MOST_MS);
    server.say(1);
    expect(heard(1)).toEqual([1, 2, 3, 4, 5, 2]);
    server.line.end();
    await clock.pass(BACKOFF_MOST_MS);
    expect(server.line.last("attach").rooms).toEqual([{ room: 1, after: 2 }]);
  });

  test("a gap: the room is attached again from where it stopped", async () => {
    connect();
    await settled();
    server.say(1);
    server.line.attached.delete(1);
    server.say(1);
    server.say(1);
    server.line.tell({ type: "gap", room: 1, from: 2, to: 3 });
    await settled();
    expect(server.line.last("attach").rooms).toEqual([{ room: 1, after: 1 }]);
    expect(heard(1)).toEqual([1, 2, 3]);
    expect(links.slice(-2).map((link) => link.phase)).toEqual(["catching_up", "live"]);
  });

  test("a hole that nobody told of is found, and filled before what comes after it", async () => {
    connect();
    await settled();
    server.say(1);
    server.say(1, {}, false);
    server.say(1);
    await settled();
    expect(heard(1)).toEqual([1, 2, 3]);
  });

  test("while a hole is being filled, what comes does not ask for it again", async () => {
    connect();
    await settled();
    server.silent = true;
    for (const seq of [2, 3, 4]) server.line.tell(message(1, seq));
    await settled();
    expect(server.line.asked.filter((command) => command.type === "attach")).toHaveLength(2);
  });

  test("what comes twice is heard once", async () => {
    connect();
    await settled();
    const said = server.say(1);
    server.line.tell(said);
    expect(heard(1)).toEqual([1]);
  });

  test("a room that was added is attached from the head that was told", async () => {
    connect();
    await settled();
    server.logs.set(2, [message(2, 1), message(2, 2)]);
    server.line.tell({ type: "added", rooms: [roomState(2, 1)] });
    await settled();
    expect(server.line.last("attach").rooms).toEqual([{ room: 2, after: 1 }]);
    expect(heard(2)).toEqual([2]);
  });

  test("a room that was removed is not heard any more, nor attached again", async () => {
    server.logs.set(2, []);
    connect();
    await settled();
    server.line.tell({ type: "removed", room: 2, destroyed: true });
    server.say(2);
    expect(heard(2)).toEqual([]);
    expect(events).toContainEqual({ type: "removed", room: 2, destroyed: true });
  });

  test("a room that the server does not attach is left", async () => {
    server.logs.set(2, []);
    server.answer = (line, command) => {
      if (command.type !== "attach") return;
      const refused = [{ room: 2, code: "not_a_member" as const, text: "Join the room first." }];
      line.tell({ type: "ok", rooms: [1], refused, id: command.id ?? 0 });
      server.attach(line, 1);
    };
    connect();
    await settled();
    expect(events.at(-1)).toEqual({ type: "removed", room: 2 });
    expect(phase()).toBe("live");
  });
});

import { describe, expect, test } from "vitest";
import type { Profile, Profiles as Answer } from "../src/model";
import { ASKED_MOST, GATHERED_MS, Profiles, STALE_MS } from "../src/profiles.svelte";
import { Clock, settled } from "./clock";

interface Question {
  readonly users: readonly number[];
  answer(profiles: Profile[]): Promise<void>;
  fail(): Promise<void>;
}

function profile(id: number, display_name: string): Profile {
  return { id, name: `user${id}`, kind: "user", display_name };
}

function begin(): { clock: Clock; profiles: Profiles; asked: Question[] } {
  const clock = new Clock();
  const asked: Question[] = [];
  const ask = (users: number[]) =>
    new Promise<Answer>((resolve, reject) => {
      asked.push({
        users,
        answer: (profiles) => (resolve({ type: "ok", profiles }), settled()),
        fail: () => (reject(new Error("offline")), settled()),
      });
    });
  const profiles = new Profiles({ now: () => clock.now, later: clock.later, ask });
  return { clock, profiles, asked };
}

describe("profiles", () => {
  test("of all who are shown at about the same time are asked for at once, each once", async () => {
    const { clock, profiles, asked } = begin();
    profiles.connect();
    expect([1, 2, 1].map((id) => profiles.of(id))).toEqual([undefined, undefined, undefined]);
    await clock.pass(GATHERED_MS);
    expect(asked.map(({ users }) => users)).toEqual([[1, 2]]);
    await asked[0]?.answer([profile(1, "Éve")]);
    expect([profiles.of(1)?.display_name, profiles.of(2)]).toEqual(["Éve", undefined]);
    await clock.pass(GATHERED_MS);
    expect(asked.length).toBe(1);
  });

  test("of more than the server answers at once are asked for one after the other", async () => {
    const { clock, profiles, asked } = begin();
    profiles.connect();
    for (let id = 1; id <= ASKED_MOST + 1; id += 1) profiles.of(id);
    await clock.pass(GATHERED_MS);
    await asked[0]?.answer([]);
    await clock.pass(GATHERED_MS);
    expect(asked.map(({ users }) => users.length)).toEqual([ASKED_MOST, 1]);
  });

  test("wait for the line, are asked for again where no answer came, and after a while", async () => {
    const { clock, profiles, asked } = begin();
    profiles.of(1);
    await clock.pass(GATHERED_MS);
    expect(asked).toEqual([]);
    profiles.connect();
    await clock.pass(GATHERED_MS);
    await asked[0]?.fail();
    profiles.of(1);
    await clock.pass(GATHERED_MS);
    await asked[1]?.answer([profile(1, "Éve")]);
    await clock.pass(STALE_MS + 1);
    expect(profiles.of(1)?.display_name).toBe("Éve");
    await clock.pass(GATHERED_MS);
    await asked[2]?.answer([profile(1, "Eva")]);
    expect(profiles.of(1)?.display_name).toBe("Eva");
  });

  test("follow what somebody is told to be seen as, in the place of all that they had chosen", () => {
    const { profiles } = begin();
    profiles.connect();
    profiles.learn([{ ...profile(1, "Éve"), colour: "teal", status: "lunch" }]);
    profiles.appeared([{ id: 1, avatar: "x4Wc" }, { id: 2, display_name: "nobody knows" }]);
    expect([profiles.of(1), profiles.of(2)]).toEqual([{ id: 1, name: "user1", kind: "user", status: "lunch", avatar: "x4Wc" }, undefined]);
  });

  test("are looked at anew on demand, and forgotten with who asked", async () => {
    const { profiles, asked } = begin();
    profiles.connect();
    profiles.learn([profile(1, "Éve")]);
    const looked = profiles.look(1);
    await asked[0]?.answer([profile(1, "Eva")]);
    expect((await looked)?.display_name).toBe("Eva");
    profiles.forget();
    expect(profiles.of(1)).toBeUndefined();
  });
});

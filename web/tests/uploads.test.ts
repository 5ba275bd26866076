import { expect, test } from "vitest";
import type { Error as Refused, Uploaded } from "../src/model";
import { Uploads, type Upload } from "../src/uploads";

const STORED: Uploaded = { type: "ok", room: 1, file: { id: "x", name: "a b.txt", type: "text/plain", bytes: 2 } };
const PARCEL = { room: 1, name: "a b.txt", body: new Blob(["hi"]) };

/** Uploads over a line that answers as it is told. */
function uploads(...answers: (Uploaded | Refused | Error)[]) {
  const asked: string[] = [];
  const seen: (readonly Upload[])[] = [];
  const all = new Uploads(
    async (address) => {
      asked.push(address);
      const answer = answers.shift() ?? STORED;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    () => "k1",
    (now) => seen.push(now),
  );
  return { all, asked, seen };
}

test("a file is on its way until it has arrived", async () => {
  const { all, asked, seen } = uploads();
  await all.add({ ...PARCEL, reply_to: 7 });
  expect(asked).toEqual(["/api/files/1/a%20b.txt?key=k1&reply_to=7"]);
  expect(seen).toEqual([[{ key: "k1", room: 1, name: "a b.txt", bytes: 2, sent: 0 }], []]);
});

test("a refusal is shown until somebody gives it up", async () => {
  const { all, seen } = uploads({ type: "error", code: "no_space", text: "The disk is full." });
  await all.add(PARCEL);
  expect(seen.at(-1)).toMatchObject([{ why: "The disk is full." }]);
  all.cancel("k1");
  expect(seen.at(-1)).toEqual([]);
});

test("what was lost on the way is sent again with the same key", async () => {
  const { all, asked, seen } = uploads(new Error("cut"));
  await all.add(PARCEL);
  expect(seen.at(-1)).toMatchObject([{ why: "The connection was lost." }]);
  await all.retry("k1");
  expect(asked[0]).toBe(asked[1]);
  expect(seen.at(-1)).toEqual([]);
});

test("what was called off is not shown as lost", async () => {
  const seen: (readonly Upload[])[] = [];
  const all = new Uploads(
    (_address, _body, signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    () => "k1",
    (now) => seen.push(now),
  );
  const sent = all.add(PARCEL);
  all.close();
  await sent;
  expect(seen.at(-1)).toEqual([]);
});

test("it is told how much of each has gone, also of several at once", async () => {
  const seen: (readonly Upload[])[] = [];
  const going: ((bytes: number) => void)[] = [];
  const ends: ((answer: Uploaded) => void)[] = [];
  let keys = 0;
  const all = new Uploads(
    (_address, _body, _signal, sent) => {
      going.push(sent);
      return new Promise((resolve) => ends.push(resolve));
    },
    () => `k${(keys += 1)}`,
    (now) => seen.push(now),
  );
  const sending = [all.add(PARCEL), all.add({ ...PARCEL, name: "c" })];
  going[1]?.(1);
  expect(seen.at(-1)).toMatchObject([{ key: "k1", sent: 0 }, { key: "k2", sent: 1, bytes: 2 }]);
  for (const end of ends) end(STORED);
  await Promise.all(sending);
  going[1]?.(2); // late, and of nothing that is left
  expect(seen.at(-1)).toEqual([]);
});

/** Becoming somebody and nobody: the requests that set and clear the cookie. */
import { Refusal } from "./connection";
import type { Error as Refused, User } from "./model";
import { t } from "./words/words.svelte";

export type Way = "guest" | "login" | "register";

/** What somebody wrote at the door; what a way does not need is left out. */
export interface Credentials {
  readonly name: string;
  readonly password?: string;
  /** Of an authenticator, where the account takes one too. */
  readonly code?: string;
  /** Where an account is made with one only. */
  readonly invitation?: string;
}

/** Rejects with Refusal: the server's sentence. */
export async function enter(way: Way, body: Credentials): Promise<User> {
  const answer = (await post(way, body)) as { user: User };
  return answer.user;
}

export async function logout(): Promise<void> {
  await post("logout", {});
}

function post(what: string, body: object): Promise<unknown> {
  return call(what, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

/** Ask by a request of its own. Rejects with Refusal. */
export async function call<Answer extends { type: "ok" }>(what: string, request: RequestInit): Promise<Answer> {
  let answer: Answer | Refused;
  try {
    const response = await fetch(`/api/${what}`, request);
    answer = (await response.json()) as typeof answer;
  } catch {
    throw new Refusal("unavailable", t.page.unreachable);
  }
  if (answer.type === "error") throw new Refusal(answer.code, answer.text, answer.retry_ms ?? null);
  return answer;
}

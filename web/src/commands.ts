/** What may be typed after a slash: one table, which also prints its own help. */

import { t, type Catalogue } from "./words/words.svelte";

/** What the catalogues know as `takes` (what is in brackets may be left out) and `help`. */
type Named = { [Name in keyof Catalogue["commands"]]: Catalogue["commands"][Name] extends { takes: string } ? Name : never }[keyof Catalogue["commands"]];

/** What a command can do; the page gives it. */
export interface Doer {
  say(text: string, me: boolean): void;
  join(room: string): void;
  create(room: string): void;
  leave(): void;
  direct(user: string, text: string): void;
  linkTerminal(code: string): void;
  endSession(session: string): void;
  showPeople(): void;
  showRooms(): void;
  showHelp(): void;
  logout(): void;
}

export interface SlashCommand {
  readonly name: Named;
  /** Something has to come after the name. */
  readonly needs?: true;
  run(doer: Doer, words: string): void;
}

export const COMMANDS: readonly SlashCommand[] = [
  { name: "me", needs: true, run: (doer, words) => doer.say(words, true) },
  { name: "join", needs: true, run: (doer, words) => doer.join(bare(words)) },
  { name: "create", needs: true, run: (doer, words) => doer.create(bare(words)) },
  { name: "leave", run: (doer) => doer.leave() },
  {
    name: "msg",
    needs: true,
    run: (doer, words) => {
      const [, name = "", text = ""] = /^(\S+)\s*([^]*)$/.exec(words) ?? [];
      doer.direct(bare(name), text);
    },
  },
  { name: "who", run: (doer) => doer.showPeople() },
  { name: "rooms", run: (doer) => doer.showRooms() },
  { name: "link", run: (doer, words) => doer.linkTerminal(words) },
  { name: "end", needs: true, run: (doer, words) => doer.endSession(words) },
  { name: "logout", run: (doer) => doer.logout() },
  { name: "help", run: (doer) => doer.showHelp() },
];

/** Do what was typed: a command, or something to say; `//x` says "/x". Gives a sentence when it makes no sense. */
export function perform(typed: string, doer: Doer): string | null {
  const slash = /^\/([a-zA-Z]+)(?:\s+([^]*))?$/.exec(typed.trim());
  if (slash === null) {
    doer.say(typed.startsWith("//") ? typed.slice(1) : typed, false);
    return null;
  }
  const name = (slash[1] ?? "").toLowerCase();
  const words = (slash[2] ?? "").trim();
  const command = COMMANDS.find((one) => one.name === name);
  if (command === undefined) return t.commands.unknown(name);
  if (words === "" && command.needs) return t.commands.incomplete(name, t.commands[command.name].takes);
  command.run(doer, words);
  return null;
}

function bare(words: string): string {
  return words.trim().replace(/^[#@]/, "").toLowerCase();
}

/** What may be typed after a slash: one table, which also prints its own help. A terminal's table says the same. */

import type { Appear, Archive, Away, Ban, Ignore, Invite, Kick, Mute, Notify, Rename, Status, Topic, Unban, Unignore, Uninvite, Unmute } from "./model";
import { t, type Catalogue } from "./words/words.svelte";

/** What the catalogues know as `takes` (what is in brackets may be left out) and `help`. */
type Named = { [Name in keyof Catalogue["commands"]]: Catalogue["commands"][Name] extends { takes: string } ? Name : never }[keyof Catalogue["commands"]];

/** What is done by asking the server for it, and nothing else. */
export type Order =
  | Away
  | Appear
  | Archive
  | Ban
  | Ignore
  | Invite
  | Kick
  | Mute
  | Notify
  | Rename
  | Status
  | Topic
  | Unban
  | Unignore
  | Uninvite
  | Unmute;

/** What a command can do; the page gives it. */
export interface Doer {
  /** The room that is open. */
  readonly room: number;
  say(text: string, me: boolean): void;
  join(room: string): void;
  create(room: string, kind: "public" | "private"): void;
  /** Without a name: the room that is open. */
  leave(room: string): void;
  direct(user: string, text: string): void;
  order(order: Order): void;
  linkTerminal(code: string): void;
  endSession(session: string, user: string): void;
  showTopic(): void;
  showPeople(): void;
  showPins(room: string): void;
  showRooms(words: string): void;
  showFound(words: string): void;
  showHelp(words: string): void;
  logout(): void;
}

export interface SlashCommand {
  readonly name: Named;
  /** Something has to come after the name. */
  readonly needs?: true;
  /** False: what came after the name makes no sense. */
  run(doer: Doer, words: string): boolean | void;
}

export const COMMANDS: readonly SlashCommand[] = [
  { name: "me", needs: true, run: (doer, words) => doer.say(words, true) },
  { name: "join", needs: true, run: (doer, words) => doer.join(bare(words)) },
  {
    name: "create",
    needs: true,
    run: (doer, words) => {
      const [name = "", kind, ...more] = words.split(/\s+/);
      if (more.length > 0 || (kind !== undefined && kind !== "private")) return false;
      return doer.create(bare(name), kind ?? "public");
    },
  },
  { name: "leave", run: (doer, words) => doer.leave(bare(words)) },
  {
    name: "msg",
    needs: true,
    run: (doer, words) => {
      const [name, text] = cut(words);
      doer.direct(bare(name), text);
    },
  },
  { name: "who", run: (doer) => doer.showPeople() },
  {
    name: "topic",
    run: (doer, words) => {
      if (words === "") doer.showTopic();
      else doer.order({ type: "topic", room: doer.room, text: words === "-" ? "" : words });
    },
  },
  { name: "invite", needs: true, run: (doer, words) => doer.order({ type: "invite", room: doer.room, user: bare(words) }) },
  {
    name: "uninvite",
    needs: true,
    run: (doer, words) => doer.order({ type: "uninvite", room: doer.room, ...(/^\d+$/.test(words) ? { link: Number(words) } : { user: bare(words) }) }),
  },
  { name: "search", needs: true, run: (doer, words) => doer.showFound(words) },
  { name: "pins", run: (doer, words) => doer.showPins(bare(words)) },
  {
    name: "notify",
    needs: true,
    run: (doer, words) => {
      const level = (["all", "mentions", "nothing"] as const).find((one) => one === words.toLowerCase());
      if (level === undefined) return false;
      return doer.order({ type: "notify", room: doer.room, level });
    },
  },
  { name: "rooms", run: (doer, words) => doer.showRooms(words) },
  { name: "away", run: (doer, words) => doer.order({ type: "away", ...(words === "" ? {} : { text: words }) }) },
  { name: "back", run: (doer) => doer.order({ type: "away", on: false }) },
  { name: "status", run: (doer, words) => doer.order({ type: "status", text: words }) },
  { name: "display", needs: true, run: (doer, words) => doer.order({ type: "appear", display_name: words }) },
  { name: "ignore", needs: true, run: (doer, words) => doer.order({ type: "ignore", user: bare(words) }) },
  { name: "unignore", needs: true, run: (doer, words) => doer.order({ type: "unignore", user: bare(words) }) },
  {
    name: "kick",
    needs: true,
    run: (doer, words) => {
      const [name, reason] = cut(words);
      doer.order({ type: "kick", room: doer.room, user: bare(name), ...(reason === "" ? {} : { reason }) });
    },
  },
  { name: "ban", needs: true, run: (doer, words) => doer.order({ type: "ban", room: doer.room, ...sentenced(words) }) },
  { name: "unban", needs: true, run: (doer, words) => doer.order({ type: "unban", room: doer.room, user: bare(words) }) },
  { name: "mute", needs: true, run: (doer, words) => doer.order({ type: "mute", room: doer.room, ...sentenced(words) }) },
  { name: "unmute", needs: true, run: (doer, words) => doer.order({ type: "unmute", room: doer.room, user: bare(words) }) },
  {
    name: "rename",
    needs: true,
    run: (doer, words) => {
      const [first = "", second, ...more] = words.split(/\s+/).map(bare);
      if (more.length > 0) return false;
      return doer.order({ type: "rename", room: second === undefined ? doer.room : first, name: second ?? first });
    },
  },
  { name: "archive", run: (doer, words) => doer.order({ type: "archive", room: bare(words) || doer.room }) },
  { name: "unarchive", run: (doer, words) => doer.order({ type: "archive", room: bare(words) || doer.room, on: false }) },
  { name: "link", run: (doer, words) => doer.linkTerminal(words) },
  {
    name: "end",
    needs: true,
    run: (doer, words) => {
      const [session, user] = cut(words);
      doer.endSession(session, bare(user));
    },
  },
  { name: "help", run: (doer, words) => doer.showHelp(words) },
  { name: "quit", run: (doer) => doer.logout() },
];

/** Those that have all of these words in their line of the help. */
export function helpOn(words: string): readonly SlashCommand[] {
  const wanted = words.toLowerCase().split(/\s+/);
  return COMMANDS.filter(({ name }) => {
    const { takes, help } = t.commands[name];
    const line = `/${name} ${takes} ${help}`.toLowerCase();
    return wanted.every((word) => line.includes(word));
  });
}

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
  if (command.run(doer, words) === false) return t.commands.incomplete(name, t.commands[command.name].takes);
  return null;
}

/** The first word, and what comes after it. */
function cut(words: string): [string, string] {
  const [, first = "", rest = ""] = /^(\S+)\s*([^]*)$/.exec(words) ?? [];
  return [first, rest];
}

const MINUTES = { m: 1, h: 60, d: 24 * 60 } as const;

/** Whom, for how long (as 30m, 12h, 7d; else for good), and why. */
function sentenced(words: string): { user: string; minutes?: number; reason?: string } {
  const [name, rest] = cut(words);
  const [, count, unit, after = ""] = /^(\d{1,6})([mhd])(?:\s+([^]*))?$/.exec(rest) ?? [];
  const reason = count === undefined ? rest : after;
  return {
    user: bare(name),
    ...(count === undefined ? {} : { minutes: Number(count) * MINUTES[unit as keyof typeof MINUTES] }),
    ...(reason === "" ? {} : { reason }),
  };
}

function bare(words: string): string {
  return words.trim().replace(/^[#@]/, "").toLowerCase();
}

/** What may be typed after a slash: one table, which also prints its own help. */

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
  readonly name: string;
  /** What comes after the name: what is in brackets may be left out. */
  readonly takes: string;
  readonly help: string;
  run(doer: Doer, words: string): void;
}

export const COMMANDS: readonly SlashCommand[] = [
  { name: "me", takes: "TEXT", help: "Say it of yourself", run: (doer, words) => doer.say(words, true) },
  { name: "join", takes: "ROOM", help: "Enter a public room", run: (doer, words) => doer.join(bare(words)) },
  { name: "create", takes: "ROOM", help: "Make a room", run: (doer, words) => doer.create(bare(words)) },
  { name: "leave", takes: "", help: "Leave this room", run: (doer) => doer.leave() },
  {
    name: "msg",
    takes: "NAME [TEXT]",
    help: "Write to one person",
    run: (doer, words) => {
      const [, name = "", text = ""] = /^(\S+)\s*([^]*)$/.exec(words) ?? [];
      doer.direct(bare(name), text);
    },
  },
  { name: "who", takes: "", help: "See who is here", run: (doer) => doer.showPeople() },
  { name: "rooms", takes: "", help: "See all rooms", run: (doer) => doer.showRooms() },
  {
    name: "link",
    takes: "[CODE]",
    help: "Log in a terminal: shows a code to type there, or takes the one that it shows",
    run: (doer, words) => doer.linkTerminal(words),
  },
  { name: "end", takes: "SESSION", help: "Log one of your sessions out", run: (doer, words) => doer.endSession(words) },
  { name: "logout", takes: "", help: "Log out", run: (doer) => doer.logout() },
  { name: "help", takes: "", help: "See this list", run: (doer) => doer.showHelp() },
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
  if (command === undefined) return `There is no command /${name}. /help lists them; //${name} says it.`;
  if (words === "" && /^[A-Z]/.test(command.takes)) return `Write /${name} ${command.takes}.`;
  command.run(doer, words);
  return null;
}

function bare(words: string): string {
  return words.trim().replace(/^[#@]/, "").toLowerCase();
}

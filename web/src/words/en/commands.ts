/** What may be typed after a slash; the commands themselves are the same everywhere. */
export const commands = {
  title: "What you can type",
  beginLine: "Begin a new line",
  unknown: (name: string) => `There is no command /${name}. /help lists them; //${name} says it.`,
  incomplete: (name: string, takes: string) => `Write /${name} ${takes}.`,
  me: { takes: "TEXT", help: "Say it of yourself" },
  join: { takes: "ROOM", help: "Enter a public room" },
  create: { takes: "ROOM", help: "Make a room" },
  leave: { takes: "", help: "Leave this room" },
  msg: { takes: "NAME [TEXT]", help: "Write to one person" },
  who: { takes: "", help: "See who is here" },
  rooms: { takes: "", help: "See all rooms" },
  link: { takes: "[CODE]", help: "Log in a terminal: shows a code to type there, or takes the one that it shows" },
  end: { takes: "SESSION", help: "Log one of your sessions out" },
  logout: { takes: "", help: "Log out" },
  help: { takes: "", help: "See this list" },
};

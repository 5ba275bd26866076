/** People: who is here, and how. */
export const people = {
  title: "People",
  hereNow: "Here now",
  hereBefore: "Here before",
  away: "Away",
  awayAloud: ", away",
  hereWith: (how: string, status: string) => `${how} · ${status}`,
  you: "you",
  guest: "guest",
  bot: "bot",
  allMembers: "All members",
};

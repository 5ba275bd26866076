/** Personen: wer hier ist, und wie. */
import type { Catalogue } from "../en";

export const people: Catalogue["people"] = {
  title: "Personen",
  hereNow: "Jetzt hier",
  hereBefore: "Zuletzt hier",
  away: "Abwesend",
  awayAloud: ", abwesend",
  hereWith: (how, status) => `${how} · ${status}`,
  you: "du",
  guest: "Gast",
  bot: "Bot",
  allMembers: "Alle Mitglieder",
};

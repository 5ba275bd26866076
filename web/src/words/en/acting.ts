/** Somebody's card, and what can be done to people, with a reason. */
import { counting } from "../plural";

const { many } = counting("en");

/** So many minutes, in the largest unit that fits. */
function spell(minutes: number): string {
  if (minutes % 1440 === 0) return many(minutes / 1440, { one: "{n} day", other: "{n} days" });
  if (minutes % 60 === 0) return many(minutes / 60, { one: "{n} hour", other: "{n} hours" });
  return many(minutes, { one: "{n} minute", other: "{n} minutes" });
}

export const acting = {
  // The card.
  card: (name: string) => `About ${name}`,
  kinds: { user: "Account", guest: "Guest", bot: "Bot" },
  onServer: (what: string) => `${what} of this server`,
  web: "in the browser",
  line: "at a terminal",
  hereBy: (how: string, where: string) => `${how} ${where}`,
  notHere: "Not here",
  lastSeen: (when: string) => `Last seen ${when}`,
  thisIsYou: "This is you.",
  editProfile: "Change how others see you",
  write: "Write directly",
  mention: "Mention",
  ignore: "Ignore",
  unignore: "Stop ignoring",
  ignored: "You ignore them: nothing that they say reaches you. They are not told.",
  inRoom: (room: string) => `In #${room}`,
  onThisServer: "On this server",
  notMember: "Does not belong to this room.",
  role: "Role",
  roleChanged: "The role is changed.",
  invite: (room: string) => `Invite into #${room}`,
  invited: "The invitation is on its way.",
  kick: "Remove",
  ban: "Ban",
  mute: "Mute",
  unban: "Let in again",
  unmute: "Let speak again",
  banned: (until: string) => (until === "" ? "Banned for good" : `Banned until ${until}`),
  muted: (until: string) => (until === "" ? "Muted for good" : `Muted until ${until}`),
  because: (what: string, why: string) => `${what}: ${why}`,
  lifted: "It is lifted.",

  // What is done to somebody.
  kickTitle: (name: string, room: string) => `Remove ${name} from #${room}?`,
  kickHint: "They may come back. Everybody in the room is told.",
  banTitle: (name: string, room: string) => `Ban ${name} from #${room}?`,
  banHint: "They are removed and may not come back meanwhile. Everybody in the room is told.",
  muteTitle: (name: string, room: string) => `Mute ${name} in #${room}?`,
  muteHint: "They go on reading, and can say nothing meanwhile. Everybody in the room is told.",
  serverBanTitle: (name: string) => `Ban ${name} from this server?`,
  serverBanHint: "They are logged out everywhere, and may not come back meanwhile.",
  serverMuteTitle: (name: string) => `Mute ${name} on this server?`,
  serverMuteHint: "They go on reading, and can say nothing in any room meanwhile.",
  reason: "Reason (they are told)",
  howLong: "For how long",
  term: (minutes: number) => (minutes === 0 ? "For good" : spell(minutes)),
  kicked: (name: string) => `${name} is removed.`,
  isBanned: (name: string) => `${name} is banned.`,
  isMuted: (name: string) => `${name} is muted.`,

  // Reporting.
  reportTitle: "Report this message?",
  reportHint: "Those who keep order here are told, and see who told them. Its author is not.",
  reportNote: "What is wrong with it",
  reportSent: "Those who keep order are told.",
};

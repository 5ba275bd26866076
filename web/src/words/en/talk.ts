/** The conversation: messages, what can be done with them, and where they are written. */
import { counting } from "../plural";

const { many } = counting("en");

export const talk = {
  // When it was.
  now: "now",
  minutesAgo: (minutes: number) => `${minutes} min ago`,
  today: "Today",
  yesterday: "Yesterday",

  // Who.
  somebody: "somebody",
  you: "you",
  two: (one: string, other: string) => `${one} and ${other}`,
  andOthers: (one: string, other: string, others: number) =>
    `${one}, ${other} and ${many(others, { one: "{n} other", other: "{n} others" })}`,
  writing: (names: string, count: number) => many(count, { one: `${names} is writing`, other: `${names} are writing` }),

  // Above the conversation.
  messagesIn: (room: string) => `Messages in ${room}`,
  notHere: "Not here; will find what you write",
  pinned: "What is pinned",
  levelTitle: "Of what you are told here",
  tellMeOf: "Tell me of",
  levelAll: "All messages",
  levelMentions: "Mentions",
  levelNothing: "Nothing",
  aboutRoom: (room: string) => `About #${room}: members, invitations, settings`,
  aboutAloud: "About this room",
  leavePrivate: (room: string) => `Only a member can let you into #${room} again. Leave it?`,
  whoIsHere: "Who is here",
  peopleHere: (count: number) => many(count, { one: "{n} people here", other: "{n} people here" }),

  // The log.
  youAndBegin: (name: string) => `This is where you and ${name} begin.`,
  roomBegins: (room: string) => `This is where ${room} begins.`,
  loadEarlier: "Load earlier messages",
  loadLater: "Load later messages",
  loadingLater: "Loading later messages…",
  fresh: "New",
  freshCount: (count: string) => `${count} new`,
  latest: "Latest",
  noMessageAt: (seq: number) => `There is no message ${seq} here any more.`,

  // An empty room.
  youAnd: (name: string) => `You and ${name}`,
  welcomeTo: (room: string) => `Welcome to ${room}`,
  onlyYouTwo: "Only the two of you can read this. Whoever is away finds it when they come back.",
  onlyYouMany: (count: number) =>
    many(count, { other: "Only you {n} can read this. Whoever is away finds it when they come back." }),
  welcomeLobby: "Everybody who comes here is in this room. Say something: it will still be here tomorrow.",
  welcomePrivate: "Only members can find and read this room.",
  welcomePublic: "Nothing has been said yet. Anyone can join, and will find what you say.",
  inTerminal: "In a terminal? {connect} then {nick}",
  inTerminalJoin: "In a terminal? {connect} then {nick}, {join}",

  // A message.
  saidAt: (name: string, time: string) => `${name}, ${time}:`,
  showAnswered: "Show the message that this answers",
  answers: "Answers",
  earlierMessage: "an earlier message",
  deletedMessage: "deleted message",
  deleted: "This message was deleted.",
  edited: "edited",
  showLess: "Show less",
  showAll: "Show all",
  reactions: "Reactions",
  reacted: (emoji: string, count: number, names: string) => `${emoji} ${count}: ${names}`,
  fileTitle: (name: string, size: string) => `${name}, ${size}`,

  // What can be done with it.
  thisMessage: "This message",
  react: "React",
  reply: "Reply",
  edit: "Edit",
  copyLink: "Copy link",
  pin: "Pin",
  delete: "Delete",
  report: "Report",
  deleteTitle: "Delete this message?",
  deleteHint: "Nobody can bring it back.",

  // A picture alone.
  smaller: "Smaller",
  larger: "Larger",
  openFile: "Open by itself",
  pictureBefore: "The picture before",
  pictureAfter: "The next picture",

  // The search.
  search: "Search",
  searchFor: "Words to look for",
  searchHere: (room: string) => `Only in #${room}`,
  withLinks: "With links",
  order: "Order",
  newestFirst: "Newest first",
  bestFirst: "Best first",
  searchHint: "Also from:NAME, in:ROOM, before:2026-11-28, after:2026-11-01 and “a phrase” in quotes.",
  searching: "Searching…",
  nothingFound: "Nothing was found in the rooms that you are in.",
  foundCount: (count: number, more: boolean) => (more ? `${count} found, and there are more` : `${count} found`),
  found: "Messages that were found",

  // What is pinned.
  pinnedTo: (room: string) => `Pinned to ${room}`,
  pinnedMessages: "Pinned messages",
  noPinsMay: "Nothing yet. Point at a message and choose the pin.",
  noPins: "Nothing yet. Moderators pin what should be found again.",
  pinnedWhen: (day: string, time: string) => `${day}, ${time}`,
  takeDown: "Take down",

  // Where messages are written.
  messageTo: (room: string) => `Message to ${room}`,
  message: (room: string) => `Message ${room}`,
  changing: "You change what you said",
  answering: "You answer {name}: {what}",
  cancelEscape: "Cancel (Escape)",
  suggestions: "Suggestions",
  charactersLeft: (count: number) => many(count, { one: "{n} characters left", other: "{n} characters left" }),
  sendFile: "Send a file",
  filesToSend: "Files to send",
  send: "Send",
  doWithout: (name: string) => `Do without ${name}`,
  sendingFile: (name: string) => `Sending ${name}`,
  sentOf: (sent: string, all: string) => `${sent} of ${all}`,
  fileNotSent: (name: string, why: string) => `${name} was not sent. ${why}`,
  sending: "Sending",
  waitsForLine: "Waits for the connection.",
  discard: "Discard",
  notSent: (why: string) => `Not sent. ${why}`,
  connectionLost: "The connection was lost.",
  historyReplaced: "The server's history was replaced since you wrote this.",

  // Emoji.
  emoji: "Emoji",
  findEmoji: "Find an emoji",
  kinds: "Kinds",
  emojiToChoose: "Emoji to choose from",
  emojiNotLoaded: "Emoji could not be loaded.",
  nothingCalledSo: "Nothing is called so.",
  smileys: "Smileys",
  peopleEmoji: "People",
  nature: "Nature",
  food: "Food",
  travel: "Travel",
  activities: "Activities",
  things: "Things",
  symbols: "Symbols",
  flags: "Flags",

  // Told outside the page.
  headlineIn: (name: string, room: string) => `${name} in #${room}`,
  headlineTo: (name: string, people: string) => `${name} to ${people}`,

  // What happened in a room.
  topicChanged: (who: string, topic: string) => `${who} changed the topic to “${topic}”`,
  topicRemoved: (who: string) => `${who} removed the topic`,
  kicked: (who: string, whom: string) => `${who} removed ${whom}`,
  banned: (who: string, whom: string) => `${who} banned ${whom}`,
  muted: (who: string, whom: string) => `${who} muted ${whom}`,
  because: (what: string, why: string) => `${what}: ${why}`,
  unbanned: (who: string, whom: string) => `${who} lets ${whom} in again`,
  unmuted: (who: string, whom: string) => `${who} lets ${whom} speak again`,
  moderated: (who: string) => `${who} lets only moderators speak`,
  unmoderated: (who: string) => `${who} lets everybody speak again`,
  keeps: (who: string, what: string) => `${who} set this room to keep ${what}`,
  days: (count: number) => many(count, { one: "{n} day", other: "{n} days" }),
  newestEntries: (count: number) => many(count, { one: "the newest entry", other: "the newest {n} entries" }),
  atMost: (days: string, entries: string) => `${days}, at most ${entries}`,
  keepsAll: (who: string) => `${who} set this room to keep everything`,
  archived: (who: string) => `${who} archived this room: it can be read, and nothing else`,
  unarchived: (who: string) => `${who} lets this room live again`,
  anotherIcon: (who: string) => `${who} gave the room another icon`,
  iconRemoved: (who: string) => `${who} removed the room’s icon`,
  previewed: (who: string) => `${who} has links looked at here`,
  unpreviewed: (who: string) => `${who} has links looked at no longer`,
  renamed: (who: string, before: string, name: string) => `${who} renamed #${before} to #${name}`,
  slowed: (who: string, seconds: string) => `${who} slowed this room down: one message every ${seconds} s`,
  unslowed: (who: string) => `${who} ended the slow mode`,
};

/** The house around the conversation: the door, the list of rooms, the line to the server. */
import { counting } from "../plural";

const { many } = counting("en");

export const page = {
  // Everywhere.
  close: "Close",
  cancel: "Cancel",
  tryAgain: "Try again",
  showMore: "Show more",
  you: "You",

  // The door.
  guestTitle: "What should we call you?",
  guestHint: "A name is enough. You can come in at once.",
  guestGo: "Come in",
  loginTitle: "Welcome back",
  loginHint: "Log in with your name and password.",
  loginGo: "Log in",
  registerTitle: "Make an account",
  registerHint: "Your name stays yours, on every device.",
  registerGo: "Make my account",
  foundTitle: "Welcome to your server",
  foundHint: "Nobody owns it yet. Make the first account: it will, and can let others keep order with you.",
  foundHintCode: "Nobody owns this server yet. Whoever has the code that it printed when it started makes the owner's account.",
  foundCode: "Code of the server",
  foundCodeRule: "It stands where chatd was started. Each start prints a new one.",
  foundServer: "I set this server up",
  name: "Name",
  password: "Password",
  passwordRule: "At least 8 characters.",
  code: "Code",
  codeRule: "Six digits from your authenticator, or one of your recovery codes.",
  invitation: "Invitation",
  encryptedOnly: "Passwords are taken over an encrypted connection only: open this page with https.",
  oneMoment: "One moment…",
  lockedDown: "The server is locked down for a while: nobody new is let in.",
  asGuest: "Come in as a guest",
  haveAccount: "I have an account",
  makeAccount: "Make an account",
  promise: "Everything said here is stored before anyone sees it, and nothing is missed.",

  // The line to the server.
  offlineSince: (time: string) => `Offline since ${time}.`,
  keptForLater: "What you write is kept and sent later.",
  againIn: (seconds: number) => `Trying again in ${seconds} s.`,
  again: "Trying again.",
  tryNow: "Try now",
  connecting: "Connecting…",
  catchingUp: "Catching up…",
  connectAgain: "Connect again",
  unreachable: "The server cannot be reached. Try again in a moment.",
  offline: "You are offline. Try again when you are back.",
  loggedOut: "You were logged out. Come in again to go on.",
  cameInAs: (name: string) => `In another window you came in as ${name}: so you are here too, now.`,

  // The list of rooms.
  rooms: "Rooms",
  allRooms: "All rooms",
  directMessages: "Direct messages",
  filter: "Filter",
  filterMine: "Filter my rooms and people",
  noneCalledSo: "None is called so.",
  noDirects: "Choose a person in a room to write to them alone.",
  unread: (count: string) => `${count} unread`,
  unreadForYou: (count: string, mine: string) => `${count} unread, ${mine} for you`,
  unreadAbove: "Unread above",
  unreadBelow: "Unread below",
  guest: "Guest",
  account: "Account",
  offlineAs: (kind: string) => `${kind}, offline`,
  settings: "Settings",
  logOut: "Log out",
  unsent: (count: number) =>
    `${many(count, { one: "A message of yours has not been sent.", other: "{n} messages of yours have not been sent." })} Log out and throw away what you wrote?`,

  // Finding and making rooms.
  findRoom: "Find a room",
  findOrMake: "Find or make a room",
  roomName: "Name of the room",
  roomNameHint: "Name of a room",
  joinOrMake: (name: string) => `Join or make #${name}`,
  make: (name: string) => `Make #${name}`,
  privateRoom: "Private: only members see it",
  nameRule: "A name begins with a letter a–z and has at most 31 letters, digits, hyphens and underscores.",
  members: (count: number) => many(count, { one: "{n} member", other: "{n} members" }),
  open: "Open",
  join: "Join",
  noRoomYet: "There is no room yet.",
  noRoomCalledSo: "No room is called like that.",
  moreRooms: "Show more rooms",

  // Where one is in no room.
  notInRoom: "You are not in this room.",
  joinRoom: (name: string) => `Join #${name}`,
  makeIt: "Make it",
  notYetWritten: "You have not written to each other yet.",
  writeTo: (name: string) => `Write to ${name}`,
  invited: "You are invited",
  invitedHint: "Whoever has this address can come into a room here.",
  comeIn: "Come in",
  whereTo: "Where to?",
  whereToHint: "Choose a room on the left, or find another one.",
  toLobby: "Go to the lobby",

  // What happened to oneself.
  removedYou: (name: string, room: string) => `${name} removed you from #${room}.`,
  removedYouWhy: (name: string, room: string, why: string) => `${name} removed you from #${room}: ${why}`,
  deletedRoom: (name: string, room: string) => `${name} deleted #${room}, with everything in it.`,
  invitesYou: (name: string, room: string) => `${name} invites you into #${room}. /join ${room} enters it.`,
  cameByLink: (frontend: string, address: string, session: string) =>
    `The ${frontend === "line" ? "terminal" : "web client"} at ${address} is now logged in as you. If that is not you: /end ${session}`,
  sessionEnded: "That session has ended.",
  typeLink: (code: string, minutes: number) =>
    `Type /link ${code} in the terminal, within ${many(minutes, { one: "{n} minute", other: "{n} minutes" })}. Whoever types it is you.`,
  lostInLeft: (text: string, why: string) => `Not sent to a room that you left: “${text}”. ${why}`,
  addressIs: (address: string) => `The address is ${address}`,
};

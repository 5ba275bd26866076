/** How somebody likes the page. */
export const settings = {
  title: "Settings",
  colours: "Colours",
  likeSystem: "Like the system",
  light: "Light",
  dark: "Dark",
  language: "Language",
  likeBrowser: "Like the browser",
  enterKey: "The Enter key",
  enterSends: "Sends the message; Shift+Enter begins a new line",
  enterBreaks: "Begins a new line; Shift+Enter sends",
  notices: "When somebody writes to me or names me, and I am not looking",
  notify: "Show a notification",
  notifyBlocked: "This browser does not let the page show notifications. Its settings for this site can change that.",
  sound: "Play a sound",
  keptHere: "These settings are kept in this browser.",
};

/** All that the page says, in the language of who reads it. */
import { en, type Catalogue, type Far, type Near } from "./en";
import { PSEUDO, localeOf, type Language } from "./languages";

export type { Catalogue };

/** Of the browser, what a language is shown in. */
type Reader = Pick<Window, "navigator" | "document">;

interface Tongue {
  readonly language: Language;
  /** The far part is absent while no part of the page was opened that needs it. */
  readonly words: Near & Partial<Far>;
  /** For dates and numbers. */
  readonly locale: string;
}

const START: Tongue = { language: "en", words: en, locale: "en" };

let tongue: Tongue = $state.raw(START);
/** What was asked for last: what is loaded later than that is late. */
let wanted: Language = "en";
/** Whether the words are there of the parts that are loaded when they are opened. */
let farToo = false;

/** `t.talk.reply` is what the page says there; it follows the language, in components too. */
export const t = new Proxy(en as Catalogue, {
  get: (_, section) => Reflect.get(tongue.words, section) as unknown,
});

export function locale(): string {
  return tongue.locale;
}

export function language(): Language {
  return tongue.language;
}

/** Speak a language from now on. Where it cannot be loaded, the page goes on as before. */
export async function speak(which: Language, reader: Reader): Promise<void> {
  wanted = which;
  const far = farToo;
  try {
    become(which, await load(which, far), far, reader);
  } catch {
    // Offline: the next time may be better.
  }
}

/** A part of the page that is loaded when it is opened, and its words. Rejects where they cannot be loaded. */
export async function part<Part>(loading: Promise<Part>, reader: Reader = window): Promise<Part> {
  const loaded = await loading;
  while (!farToo) {
    const which = wanted;
    become(which, await load(which, true), true, reader);
  }
  return loaded;
}

/** Unless something else was asked for meanwhile. */
function become(which: Language, words: Tongue["words"], far: boolean, { navigator, document }: Reader): void {
  if (wanted !== which || (farToo && !far)) return;
  farToo = far;
  tongue = { language: which, words, locale: localeOf(which, navigator.languages) };
  document.documentElement.lang = which;
  document.documentElement.dir = which in PSEUDO ? PSEUDO[which as keyof typeof PSEUDO] : "ltr";
}

async function load(which: Language, far: boolean): Promise<Tongue["words"]> {
  const [near, more] = await Promise.all([nearWords(which), far ? farWords(which) : {}]);
  const words = { ...near, ...more };
  return which in PSEUDO ? (await import("./pseudo")).pseudo(words) : words;
}

async function nearWords(which: Language): Promise<Near> {
  return which === "de" ? (await import("./de")).de : en;
}

async function farWords(which: Language): Promise<Far> {
  return which === "de" ? (await import("./de/far")).far : (await import("./en/far")).far;
}

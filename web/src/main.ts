import { mount } from "svelte";
import { Chat } from "./chat.svelte";
import App from "./page/App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/markdown.css";

const target = document.getElementById("app");

async function begin(target: HTMLElement): Promise<void> {
  const chat = new Chat(window);
  await chat.spoken; // nobody should see another language first
  mount(App, { target, props: { chat } });
}

if (target !== null) void begin(target);

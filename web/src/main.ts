import { mount } from "svelte";
import { Chat } from "./chat.svelte";
import App from "./page/App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/markdown.css";

const target = document.getElementById("app");
if (target !== null) mount(App, { target, props: { chat: new Chat(window) } });

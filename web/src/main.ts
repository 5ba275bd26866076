import { mount } from "svelte";
import { Chat } from "./chat.svelte";
import App from "./page/App.svelte";
import "./styles/tokens.css";
import "./styles/base.css";

const target = document.getElementById("app");
if (target !== null) mount(App, { target, props: { chat: new Chat(window) } });

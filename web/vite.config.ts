import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const server = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: "../chatd/static",
    emptyOutDir: true,
    assetsInlineLimit: 0, // data: URLs do not pass the Content-Security-Policy
    modulePreload: { polyfill: false },
    target: "es2022",
    // What every visitor needs comes as one script, whatever of it is shared with parts that come later.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "index", tags: ["$initial"] }] } } },
  },
  server: {
    proxy: {
      "/api": server,
      "/ws": { target: server, ws: true },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.ts"],
  },
});

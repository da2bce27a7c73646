import { readFileSync } from "node:fs";

import { defineConfig } from "vite";

import { licencesPlugin } from "./licences";

/** The policy that the demo's nginx sends, so that `npm run preview` behaves the same. */
const nginx = readFileSync(new URL("../demo/nginx.conf.template", import.meta.url), "utf8");
const [, contentSecurityPolicy] = /add_header Content-Security-Policy "([^"]+)"/.exec(nginx) ?? [];
if (contentSecurityPolicy === undefined) throw new Error("demo/nginx.conf.template sends no Content-Security-Policy");

/** HUBBLECAST_BROKER: where Web-STOMP listens while developing, for example ws://127.0.0.1:15674. */
const broker = process.env["HUBBLECAST_BROKER"] ?? "ws://127.0.0.1:15674";
const proxy = { "/ws": { target: broker, ws: true } };

export default defineConfig({
  plugins: [licencesPlugin()],
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy, headers: { "Content-Security-Policy": contentSecurityPolicy } },
  build: {
    target: "es2022",
    // Its polyfill would be a script of its own; every browser that knows Trusted Types preloads modules.
    modulePreload: { polyfill: false },
    // A data: address in a style sheet is no image of ours; files stay files.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
});

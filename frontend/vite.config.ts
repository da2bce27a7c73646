import { defineConfig } from "vite";

import { licencesPlugin } from "./licences";

/** The policy that the shipped nginx configuration sends, so that `npm run preview` behaves the same. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** HUBBLECAST_BROKER: where Web-STOMP listens while developing, for example ws://127.0.0.1:15674. */
const broker = process.env["HUBBLECAST_BROKER"] ?? "ws://127.0.0.1:15674";
const proxy = { "/ws": { target: broker, ws: true } };

export default defineConfig({
  plugins: [licencesPlugin()],
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy, headers: { "Content-Security-Policy": CONTENT_SECURITY_POLICY } },
  build: {
    target: "es2022",
    // Its polyfill would be a script of its own; every browser that knows Trusted Types preloads modules.
    modulePreload: { polyfill: false },
    // A data: address in a style sheet is no image of ours; files stay files.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
});

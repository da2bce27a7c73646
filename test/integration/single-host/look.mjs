// Looks at the page in Chromium as an operator would: node look.mjs, with its orders as JSON on stdin.
// {"address": IP, "name": the page's host name, "key": the base64 SHA-256 of the public key that it must have,
//  "user", "password", "rows": how many rows to wait for, "text": or which text, "seconds": how long}
// Prints one line of JSON: the rows' uuids and texts, what went wrong on the console, and every host that was asked.

import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const require = createRequire(new URL("../../../frontend/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const orders = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    `--host-resolver-rules=MAP ${orders.name} ${orders.address}`,
    `--ignore-certificate-errors-spki-list=${orders.key}`,
  ],
});
try {
  const page = await browser.newPage();
  const problems = [];
  const hosts = new Set();
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("websocket", (socket) => hosts.add(new URL(socket.url()).host));
  const login = `${encodeURIComponent(orders.user)}:${encodeURIComponent(orders.password)}`;
  await page.goto(`https://${orders.name}/#login=${login}`);
  const rows = page.locator("[data-testid=row]");
  const deadline = Date.now() + orders.seconds * 1000;
  const told = () => page.evaluate((text) => text !== "" && document.body.innerText.includes(text), orders.text);
  while ((await rows.count()) < orders.rows && !(await told()) && Date.now() < deadline) await page.waitForTimeout(100);
  const seen = await rows.evaluateAll((elements) =>
    elements.map((element) => ({ uuid: element.dataset.uuid ?? "", text: element.textContent ?? "" })),
  );
  const body = await page.evaluate(() => document.body.innerText.slice(0, 400));
  console.log(JSON.stringify({ rows: seen, problems, hosts: [...hosts], url: page.url(), body }));
} finally {
  await browser.close();
}

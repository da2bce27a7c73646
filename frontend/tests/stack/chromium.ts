/**
 * Debian's Chromium, headless, and what to look out for in every page of a test.
 */

import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";

const EXECUTABLE = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

/** Without a sandbox, as Chromium has none for root and in containers; it opens no page but ours. */
const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

export async function launch(extraArguments: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: EXECUTABLE, args: [...ARGUMENTS, ...extraArguments] });
}

/** A page, and everything that went wrong in it since it was opened: script errors, console errors, CSP reports, dialogs. */
export interface Watched {
  readonly page: Page;
  readonly complaints: string[];
}

export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 860 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A broker that is away shows in the console as a failed WebSocket, written by the browser itself.
    if (message.type() === "error" && !message.text().includes("WebSocket connection to")) {
      complaints.push(`console: ${message.text()}`);
    }
  });
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction("reportViolation", (report: string) => complaints.push(`CSP: ${report}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      const { reportViolation } = window as unknown as { reportViolation: (report: string) => void };
      reportViolation(`${violatedDirective} ${blockedURI}`);
    });
  });
  return { page, complaints };
}

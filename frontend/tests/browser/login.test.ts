/**
 * Getting in, and being told why not.
 */

import { readFile } from "node:fs/promises";

import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";

import { picture, rowsAppear, useStack } from "./kit";
import { SOON_MS } from "./soon";

async function logIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByTestId("login-user").fill(user);
  await page.getByTestId("login-password").fill(password);
  await page.getByTestId("login-submit").click();
}

describe("the log-in", { timeout: 180_000 }, () => {
  const stack = useStack(50);

  it("is by a form, leads to rows, and ends with log out", async () => {
    const page = await stack.open(stack.demo.info.page);
    await page.getByTestId("login-form").waitFor();
    await picture(page, "login");
    await logIn(page, stack.demo.info.user, stack.demo.info.password);
    await rowsAppear(page);
    await page.getByTestId("logout").click();
    await page.getByTestId("login-form").waitFor();
    await expect.poll(async () => page.getByTestId("row").count()).toBe(0);
    await expect.poll(async () => page.getByTestId("login-password").inputValue()).toBe("");
  });

  it("lasts through a reload where that was asked for, and no longer than that", async () => {
    const page = await stack.open(stack.demo.info.page);
    await page.getByTestId("login-keep").check();
    await logIn(page, stack.demo.info.user, stack.demo.info.password);
    await rowsAppear(page);
    await page.reload();
    await rowsAppear(page);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(stack.demo.info.password);
    expect(await page.evaluate(() => document.cookie)).toBe("");
    await page.getByTestId("logout").click();
    await page.reload();
    await page.getByTestId("login-form").waitFor();
  });

  it("by a link leaves nothing in the address or the history", async () => {
    const page = await stack.open();
    await rowsAppear(page);
    expect(page.url()).not.toContain("login");
    expect(page.url()).not.toContain(stack.demo.info.password);
    await page.reload();
    // Kept in memory: a reload asks again.
    await page.getByTestId("login-form").waitFor();
  });

  it("tells a wrong password from the rest, and tries it once only", async () => {
    const page = await stack.open(stack.demo.info.page);
    await logIn(page, stack.demo.info.user, "wrong");
    await expect
      .poll(async () => page.getByTestId("login-words").innerText())
      .toContain("refused this user and password");
    await picture(page, "login-refused");
    let sockets = 0;
    page.on("websocket", () => (sockets += 1));
    await page.waitForTimeout(3_000);
    expect(sockets).toBe(0);
    await logIn(page, stack.demo.info.user, stack.demo.info.password);
    await rowsAppear(page);
  });

  it("is handed over again where the browser lost it on the way", async () => {
    const page = await stack.open(stack.demo.info.page);
    await page.evaluate(() => {
      const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
      let lost = 0;
      Object.defineProperty(document, "cookie", {
        get: () => {
          document.documentElement.setAttribute("data-cookie-read", "yes");
          return cookie?.get?.call(document) as string;
        },
        set: (value: string) => {
          if (!value.includes("Max-Age") && ++lost === 1) return;
          cookie?.set?.call(document, value);
        },
      });
    });
    await logIn(page, stack.demo.info.user, stack.demo.info.password);
    await rowsAppear(page);
    // Without the reading Chromium itself loses it now and then. A bundler must not leave it out.
    expect(await page.evaluate(() => document.documentElement.getAttribute("data-cookie-read"))).toBe("yes");
  });

  it("tells a user who may see nothing so, in a sentence", async () => {
    // The adapter's user may publish and nothing else. The broker closes the socket on it without a word.
    const password = (await readFile(stack.demo.adapterPasswordFile, "ascii")).trim();
    const page = await stack.open(stack.demo.info.page);
    await logIn(page, "adapter", password);
    await expect
      .poll(async () => page.getByTestId("trouble").filter({ hasText: "may see no flows" }).count(), {
        timeout: SOON_MS,
      })
      .toBeGreaterThan(0);
    await picture(page, "login-not-allowed");
  });

  it("ignores a log-in in the address that it can't read, and says so", async () => {
    const page = await stack.open(`${stack.demo.info.page}#login=demo:%E0%A4%A`);
    await expect.poll(async () => page.getByTestId("login-words").innerText()).toContain("could not be read");
    expect(page.url()).not.toContain("login=");
  });
});

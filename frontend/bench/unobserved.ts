/**
 * Ends Playwright's watch over the network of a page.
 *
 * Why: a watched page hands each message of its WebSocket over to the debugger, in full. At 20,000 flows a second that takes half a core and bounds
 * what the socket brings, so it is the debugger that would be measured. An operator has none.
 */

import type { Page } from "playwright-core";

interface Session {
  send: (method: "Network.disable") => Promise<unknown>;
}

interface Inside {
  readonly _connection: {
    toImpl: (page: Page) => { readonly delegate: { readonly _mainFrameSession: { readonly _client: Session } } };
  };
}

/** @throws TypeError where a newer Playwright keeps its own session elsewhere: there is no public way to it */
export async function unobserved(page: Page): Promise<void> {
  const { _connection: connection } = page as unknown as Inside;
  await connection.toImpl(page).delegate._mainFrameSession._client.send("Network.disable");
}

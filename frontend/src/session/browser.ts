/**
 * What the session needs of the browser.
 */

import type { FlushClock } from "../stores/flush";
import type { AddressBar } from "./address";
import type { Endpoint, Login } from "../transport/link";

export const browserClock: FlushClock = {
  now: () => performance.now(),
  hidden: () => document.visibilityState === "hidden",
  onFrame: (run) => {
    const handle = requestAnimationFrame(run);
    return () => {
      cancelAnimationFrame(handle);
    };
  },
  after: (ms, run) => {
    const handle = setTimeout(run, ms);
    return () => {
      clearTimeout(handle);
    };
  },
};

export const addressBar: AddressBar = {
  replace: (fragment) => {
    history.replaceState(null, "", location.pathname + location.search + fragment);
  },
  after: browserClock.after,
};

/** Web-STOMP behind the same host that the page came from. */
export function brokerEndpoint(location: Location): Endpoint {
  const isSecure = location.protocol === "https:";
  // Connections open side by side: the cookie has to stay until the last of them is open.
  let opening = 0;
  return {
    url: `${isSecure ? "wss" : "ws"}://${location.host}/ws`,
    // nginx makes a header of the cookie, which goes to no other address than /ws and lasts for the handshake.
    announce: (login) => {
      const attributes = `; Path=/ws; SameSite=Strict${isSecure ? "; Secure" : ""}`;
      document.cookie = `hubble_login=${credentials(login)}${attributes}`;
      awaitCookies();
      opening += 1;
      let isOpening = true;
      return () => {
        if (!isOpening) return;
        isOpening = false;
        opening -= 1;
        if (opening === 0) document.cookie = `hubble_login=; Max-Age=0${attributes}`;
      };
    },
  };
}

/**
 * Chromium does not wait for a cookie to be set, and a WebSocket takes another way through it: on a busy machine it was opened without the cookie
 * once in fifty times. Reading takes the same way as setting, and waits.
 */
function awaitCookies(): string {
  // A bundler takes a read whose value nobody wants for one that does nothing, but not a call.
  return Reflect.get(document, "cookie");
}

/** As HTTP's basic authentication has it. */
function credentials({ user, password }: Login): string {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(""));
}

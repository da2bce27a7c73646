/**
 * The log-in that a link may carry: `#login=USER:PASSWORD`, both percent-encoded, before or among the rest of the page's state. A fragment
 * never leaves the browser, and the log-in is taken out of the address bar before anything else is done.
 */

import type { Login } from "../transport/link";

const KEY = "login=";

export type FragmentLogin =
  { readonly is: "none" } | { readonly is: "malformed" } | { readonly is: "login"; readonly login: Login };

export function parseFragment(fragment: string): FragmentLogin {
  const login = parts(fragment).find((part) => part.startsWith(KEY));
  if (login === undefined) return { is: "none" };
  const [user, password, ...rest] = login.slice(KEY.length).split(":");
  if (user === undefined || user === "" || password === undefined || rest.length > 0) return { is: "malformed" };
  try {
    return { is: "login", login: { user: decodeURIComponent(user), password: decodeURIComponent(password) } };
  } catch {
    return { is: "malformed" };
  }
}

/** The rest of the fragment, with its `#`, or "". */
export function withoutLogin(fragment: string): string {
  const rest = parts(fragment).filter((part) => !part.startsWith(KEY) && part !== "");
  return rest.length === 0 ? "" : `#${rest.join("&")}`;
}

function parts(fragment: string): readonly string[] {
  return fragment.replace(/^#/, "").split("&");
}

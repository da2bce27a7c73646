/**
 * hubblecast's page: Hubble's flows from the broker, live.
 *
 *     transport/Feed ──messages──▶ session ──▶ stores ◀── ui
 *                    ◀──one ack a frame──┘
 *
 * wire/ knows the messages, flow/ puts a flow into words, stores/ hold what the page knows and nothing of the DOM, transport/ speaks STOMP
 * and knows nothing of the stores, session/ ties them together, ui/ shows it. Nothing here can write to the broker's flows.
 */

import { autorun, configure } from "mobx";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { addressBar, browserClock, brokerEndpoint } from "./session/browser";
import { Address } from "./session/address";
import { bindAddress } from "./session/bindings";
import { parseFragment, withoutLogin } from "./session/fragment";
import { Keeper } from "./session/keeper";
import { keepRecentFilters } from "./session/recent";
import { Session } from "./session/session";
import { SettingsStore } from "./stores/settings";
import { App } from "./ui/App";

// Before anything else, so that no log-in stays in the address bar or the history.
const fragment = parseFragment(location.hash);
const state = withoutLogin(location.hash);
if (fragment.is !== "none") history.replaceState(null, "", location.pathname + location.search + state);

configure({
  enforceActions: "always",
  computedRequiresReaction: false,
  reactionRequiresObservable: import.meta.env.DEV,
});
const settings = new SettingsStore(() => localStorage);
autorun(() => {
  document.documentElement.dataset["theme"] = settings.theme;
});

const session = new Session(
  brokerEndpoint(location),
  browserClock,
  settings,
  () => localStorage,
  new Keeper(() => sessionStorage),
);
if (fragment.is === "login") session.logIn(fragment.login);
else session.logInAgain();
if (fragment.is === "malformed") session.connection.setNotice("bad-fragment");

const address = new Address(state, addressBar);
bindAddress(address, session);
keepRecentFilters(session.filter, () => localStorage);
addEventListener("hashchange", () => {
  // A link was opened in this tab.
  const { hash } = location;
  const { is } = parseFragment(hash);
  const rest = withoutLogin(hash);
  if (is !== "none") history.replaceState(null, "", location.pathname + location.search + rest);
  address.take(rest);
});

addEventListener("online", () => {
  session.retryNow();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") session.retryNow();
});

document.addEventListener("resume", () => {
  session.resumed();
});

const root = document.getElementById("page");
if (root === null) throw new Error("index.html has no #page");
createRoot(root).render(
  <StrictMode>
    <App
      session={session}
      link={() => {
        address.flush();
        return location.href;
      }}
    />
  </StrictMode>,
);

/**
 * The log-in with a broker user. The password stays in this form's hands until it is sent.
 */

import { observer } from "mobx-react-lite";
import { useState, type ReactNode, type SubmitEvent } from "react";

import type { Session } from "../session/session";
import { connectionWords, troubleWords } from "./words";

export const LoginForm = observer(function LoginForm({ session }: { readonly session: Session }): ReactNode {
  const { connection, health } = session;
  const [user, setUser] = useState(connection.user ?? "");
  const [password, setPassword] = useState("");
  const [keep, setKeep] = useState(false);
  const trying = connection.user !== null;

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    session.logIn({ user, password }, keep);
  };

  return (
    <main className="login">
      <form className="login-card" onSubmit={submit} data-testid="login-form">
        <h1 className="brand">hubblecast</h1>
        <p className="login-lead">Cilium Hubble&rsquo;s flows, live. Log in with your user of the broker.</p>
        <label>
          User
          <input
            name="user"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            required
            value={user}
            data-testid="login-user"
            onChange={(event) => {
              setUser(event.target.value);
            }}
          />
        </label>
        <label>
          Password
          <input
            name="password"
            type="password"
            autoComplete="current-password"
            value={password}
            data-testid="login-password"
            onChange={(event) => {
              setPassword(event.target.value);
            }}
          />
        </label>
        <label className="login-keep">
          <input
            type="checkbox"
            checked={keep}
            data-testid="login-keep"
            onChange={(event) => {
              setKeep(event.target.checked);
            }}
          />
          Stay logged in while this tab is open
        </label>
        <button className="button button-primary" type="submit" data-testid="login-submit">
          Log in
        </button>
        <p className="login-words" role="status" data-testid="login-words" data-tone={trying ? undefined : "bad"}>
          {words()}
        </p>
      </form>
    </main>
  );

  function words(): string {
    if (trying) {
      const said = connectionWords(connection.flows, health.nowMs, true);
      return [said.long === "" ? `${said.short}…` : said.long, said.retry].filter(Boolean).join(" ");
    }
    if (connection.notice === null) return "";
    if (connection.notice === "bad-fragment") return "The log-in in the address could not be read and was ignored.";
    return troubleWords(connection.notice);
  }
});

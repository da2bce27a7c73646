import { describe, expect, it } from "vitest";

import { ConnectionStore } from "../../src/stores/connection";
import { parseFragment, withoutLogin } from "../../src/session/fragment";
import { backoffMs } from "../../src/transport/backoff";
import { troubleOfError, type FeedState, type Trouble } from "../../src/transport/state";
import { connectionWords, lossWords, troubleWords } from "../../src/ui/words";

describe("the fragment", () => {
  it("carries a log-in, percent-encoded", () => {
    expect(parseFragment("#login=demo:p%3Aw%25%2F%C3%BC")).toEqual({
      is: "login",
      login: { user: "demo", password: "p:w%/ü" },
    });
  });

  it("may have the page's state beside it, which is what stays", () => {
    for (const fragment of ["#login=demo:pw&filter=a%26b", "#filter=a%26b&login=demo:pw"]) {
      expect(parseFragment(fragment)).toEqual({ is: "login", login: { user: "demo", password: "pw" } });
      expect(withoutLogin(fragment)).toBe("#filter=a%26b");
    }
    expect(withoutLogin("#login=demo:pw")).toBe("");
    expect(withoutLogin("#login=a:b:c&x=1&login=c:d")).toBe("#x=1");
    expect(withoutLogin("")).toBe("");
  });

  it.each(["", "#", "#flow=1", "#LOGIN=a:b"])("%j is none of ours", (fragment) => {
    expect(parseFragment(fragment)).toEqual({ is: "none" });
  });

  it.each(["#login=", "#login=demo", "#login=:pw", "#login=a:b:c", "#login=a:%", "#login=%ff:x"])(
    "%j is malformed",
    (fragment) => {
      expect(parseFragment(fragment)).toEqual({ is: "malformed" });
    },
  );
});

describe("the wait between tries", () => {
  it("grows to a quarter of a minute, and is drawn by lot", () => {
    expect(backoffMs(1, () => 0)).toBe(250);
    expect(backoffMs(1, () => 0.999)).toBeLessThan(1_000);
    expect(backoffMs(3, () => 0.999)).toBeGreaterThan(3_500);
    expect(backoffMs(1_000, () => 0.999)).toBeLessThanOrEqual(15_000);
    expect(backoffMs(1_000, () => 0)).toBe(250);
  });
});

describe("an ERROR frame", () => {
  it.each<[string, string, Trouble["kind"]]>([
    ["Bad CONNECT", "Access refused for user 'demo'\n", "credentials"],
    ["Bad CONNECT", "Access refused for user 'guest'", "handover"],
    ["Bad CONNECT", "Virtual host 'hubble' access denied", "vhost"],
    ["not_found", "NOT_FOUND - no exchange 'hubble_flows' in vhost 'hubble'", "no-exchange"],
    ["access_refused", "ACCESS_REFUSED - …", "forbidden"],
    ["precondition_failed", "x", "broker"],
  ])("%s, %s means %s", (message, body, kind) => {
    expect(troubleOfError(message, body, "demo").kind).toBe(kind);
  });

  it("refuses guest where guest is who logs in", () => {
    expect(troubleOfError("Bad CONNECT", "Access refused for user 'guest'", "guest").kind).toBe("credentials");
  });

  it("is quoted in part only", () => {
    const trouble = troubleOfError("odd", "x".repeat(10_000), "demo");
    expect(troubleWords(trouble).length).toBeLessThan(300);
  });
});

describe("the words for a connection", () => {
  const waiting = (trouble: Trouble): FeedState => ({ is: "waiting", trouble, retryAtMs: 5_000 });

  it.each<[FeedState, boolean, string]>([
    [{ is: "connecting" }, true, "Connecting to the broker"],
    [{ is: "subscribing" }, true, "Logged in, subscribing"],
    [{ is: "live" }, true, "Connected, waiting for the first flow"],
    [{ is: "live" }, false, "Connected"],
    [waiting({ kind: "unreachable" }), false, "Broker away"],
    [waiting({ kind: "lost" }), false, "Connection lost"],
    [waiting({ kind: "exchange" }), true, "Nothing to read yet"],
    [{ is: "stopped", trouble: { kind: "credentials" } }, true, "Log-in refused"],
  ])("%j are: %s, %s", (state, first, short) => {
    expect(connectionWords(state, 0, first).short).toBe(short);
  });

  it("say when the next try comes", () => {
    expect(connectionWords(waiting({ kind: "lost" }), 2_100, false).retry).toBe("trying again in 3 s");
    expect(connectionWords(waiting({ kind: "lost" }), 9_000, false).retry).toBe("trying again now");
  });

  it("name every trouble", () => {
    const kinds: Trouble[] = [
      { kind: "unreachable" },
      { kind: "lost" },
      { kind: "credentials" },
      { kind: "vhost" },
      { kind: "exchange" },
      { kind: "no-exchange" },
      { kind: "forbidden" },
      { kind: "broker", said: "no" },
    ];
    const words = kinds.map((trouble) => troubleWords(trouble, "hubble_status"));
    expect(new Set(words).size).toBe(kinds.length);
  });

  it("name a loss that nobody told us of", () => {
    expect(lossWords("BRAND_NEW").short).toBe("brand new");
  });
});

describe("the connection", () => {
  it("asks for a log-in until one was good, and again when it is refused", () => {
    const connection = new ConnectionStore();
    expect(connection.needsLogin).toBe(true);
    connection.loggingIn("demo");
    connection.setFlows({ is: "connecting" });
    expect(connection.needsLogin).toBe(true);
    connection.setFlows({ is: "subscribing" });
    expect(connection.needsLogin).toBe(false);
    connection.setFlows({ is: "waiting", trouble: { kind: "lost" }, retryAtMs: 0 });
    expect(connection.needsLogin).toBe(false);
    connection.loggedOut({ kind: "credentials" });
    expect([connection.needsLogin, connection.user]).toEqual([true, null]);
  });
});

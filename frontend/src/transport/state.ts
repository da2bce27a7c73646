/**
 * In which states a feed can be, and why it is not live.
 */

export type Trouble =
  /** No answer on the socket: nginx or the broker is away. */
  | { readonly kind: "unreachable" }
  /** The socket was open and broke, or fell silent. */
  | { readonly kind: "lost" }
  /** User or password are wrong. */
  | { readonly kind: "credentials" }
  /** The log-in did not come with the socket, so the broker took the page for nobody. */
  | { readonly kind: "handover" }
  /** The user may not use the vhost, or there is none. */
  | { readonly kind: "vhost" }
  /** The broker closed the socket on SUBSCRIBE without a word: the exchange is not there (yet), or the user may not read it. */
  | { readonly kind: "exchange" }
  /** The broker tells of nothing that the user may see. */
  | { readonly kind: "no-rights" }
  /** What the user may see is nothing. */
  | { readonly kind: "sees-nothing" }
  /** The broker said so: there is no such exchange (newer brokers do say it). */
  | { readonly kind: "no-exchange" }
  /** The broker said so: the user may not read it. */
  | { readonly kind: "forbidden" }
  /** Anything else that the broker put into an ERROR frame. */
  | { readonly kind: "broker"; readonly said: string };

export type FeedState =
  | { readonly is: "stopped"; readonly trouble: Trouble | null }
  | { readonly is: "connecting" }
  | { readonly is: "subscribing" }
  | { readonly is: "live" }
  /** Logged in, and there is nothing to be read for this user. */
  | { readonly is: "barred"; readonly trouble: Trouble }
  /** Until the next try, which comes at `retryAtMs` (milliseconds of the clock that the feed was given). */
  | { readonly is: "waiting"; readonly trouble: Trouble; readonly retryAtMs: number };

/** As whom RabbitMQ refuses a socket that came without a log-in, which it asks for in a header. */
const NOBODY = "guest";

/**
 * What an ERROR frame means. RabbitMQ puts a short word into the `message` header and the rest into the body.
 *
 * @param user that the page logs in as
 */
export function troubleOfError(message: string, body: string, user: string): Trouble {
  if (message === "not_found") return { kind: "no-exchange" };
  if (message === "access_refused") return { kind: "forbidden" };
  if (message === "Bad CONNECT") {
    if (user !== NOBODY && body.startsWith(`Access refused for user '${NOBODY}'`)) return { kind: "handover" };
    if (/^access refused/i.test(body)) return { kind: "credentials" };
    if (/^virtual host/i.test(body)) return { kind: "vhost" };
  }
  return { kind: "broker", said: `${message} ${body}`.trim().slice(0, 200) };
}

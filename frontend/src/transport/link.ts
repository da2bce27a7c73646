/**
 * One STOMP connection from its opening to its end, for whoever decides what to read on it and when to try again.
 *
 * The client of @stomp/stompjs is used for one attempt only: as to trying again it has no jitter, and doubles its wait across the 15 minutes of its
 * default.
 */

import { Client, Versions, type IMessage } from "@stomp/stompjs";

import { VHOST } from "../wire/topology";
import { messageFrame, type MessageFrame } from "./frames";
import { troubleOfError, type Trouble } from "./state";

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Where the broker is, and how a log-in gets there. */
export interface Endpoint {
  /** ws:// or wss:// address of Web-STOMP. */
  readonly url: string;
  /**
   * Hands the log-in to the server in front of the broker, for the moment in which the socket opens: a browser can't set a header on a WebSocket.
   *
   * @returns a function that takes it back
   */
  readonly announce: (login: Login) => () => void;
}

export interface LinkEvents {
  readonly onConnected: () => void;
  /** The end, told once; not after `close`. */
  readonly onClosed: (trouble: Trouble) => void;
  readonly onMessage: (message: MessageFrame) => void;
}

/** How long the broker may take from opening the socket to CONNECTED. */
const CONNECT_TIMEOUT_MS = 8_000;

/** How long SUBSCRIBE may take until its receipt. */
const SUBSCRIBE_TIMEOUT_MS = 8_000;

/** The broker beats this often, so a dead socket is noticed in twice that. */
const HEARTBEAT_FROM_BROKER_MS = 10_000;

/**
 * RabbitMQ's web server ends a WebSocket on which nothing came for a minute, unless it is told otherwise (`web_stomp.ws_opts.idle_timeout`), and the
 * broker one on which less came than was promised. So heartbeats are frequent, and little is promised: browsers wake the timers of a hidden tab once
 * a minute only.
 */
const HEARTBEAT_TO_BROKER_MS = 20_000;
const PROMISED_TO_BROKER_MS = 180_000;

const HEARTBEAT = "\n";

/** While messages come the broker sends no heartbeats; the client is told this often that the socket lives. */
const SIGN_OF_LIFE_MS = 1_000;

const NO_SUBSCRIPTION = "Subscription not found";

/** Only in 1.2 an ACK names a header of its own. */
const VERSIONS = new Versions([Versions.V1_2]);

export class Link {
  readonly #client: Client;
  readonly #events: LinkEvents;
  #open = true;
  #trouble: Trouble = { kind: "unreachable" };
  #said: Trouble | null = null;
  /** Subscriptions that the broker has not confirmed yet, and what it means if it never does. */
  readonly #pending = new Map<string, Trouble>();

  constructor(endpoint: Endpoint, login: Login, events: LinkEvents) {
    this.#events = events;
    this.#client = new Client({
      webSocketFactory: () => this.#socket(endpoint, login),
      stompVersions: VERSIONS,
      connectHeaders: { login: login.user, passcode: login.password, host: VHOST },
      connectionTimeout: CONNECT_TIMEOUT_MS,
      heartbeatIncoming: HEARTBEAT_FROM_BROKER_MS,
      heartbeatOutgoing: PROMISED_TO_BROKER_MS,
      reconnectDelay: 0,
      discardWebsocketOnCommFailure: true,
      // Otherwise the client prints each frame into a string, even with nobody listening to its debug output.
      logRawCommunication: true,
    });
    this.#client.onConnect = () => {
      this.#trouble = { kind: "lost" };
      if (this.#open) events.onConnected();
    };
    this.#client.onStompError = ({ headers: { message = "" }, body }) => {
      // A message that was on its way when its subscription ended. It changes nothing.
      if (message !== NO_SUBSCRIPTION) this.#said = troubleOfError(message, body, login.user);
    };
    this.#client.onWebSocketClose = () => {
      const [refusal] = this.#pending.values();
      // What the broker put into words says more than what its silence means.
      this.#closed(this.#said ?? refusal ?? this.#trouble);
    };
    this.#client.activate();
  }

  /**
   * @param id of the subscription, to tell its messages by
   * @param onSubscribed once the broker has done it
   * @param refusal what it means if the broker closes the socket instead, as it does without a word where something is missing or forbidden
   */
  subscribe(
    id: string,
    destination: string,
    headers: Readonly<Record<string, string>>,
    onSubscribed: () => void,
    refusal: Trouble,
  ): void {
    if (!this.connected) return;
    this.#pending.set(id, refusal);
    const timer = setTimeout(() => {
      if (this.#pending.has(id)) this.#closed({ kind: "lost" });
    }, SUBSCRIBE_TIMEOUT_MS);
    this.#client.watchForReceipt(`+${id}`, () => {
      clearTimeout(timer);
      this.#pending.delete(id);
      if (this.#open) onSubscribed();
    });
    // Called for a frame that was not ours to cut.
    const received = ({ headers: { ack = "", destination: to = "", "x-stream-offset": at }, body }: IMessage): void => {
      if (this.#open) {
        const offset = at === undefined ? null : Number(at);
        this.#events.onMessage({ subscription: id, ack, destination: to, offset, body });
      }
    };
    this.#client.subscribe(destination, received, { ...headers, id, receipt: `+${id}` });
  }

  unsubscribe(id: string): void {
    if (this.connected) this.#client.unsubscribe(id);
  }

  /** Acknowledges the message, or in ack mode "client" all up to it. */
  acknowledge({ ack, subscription }: Pick<MessageFrame, "ack" | "subscription">): void {
    if (this.connected) this.#client.ack(ack, subscription);
  }

  get connected(): boolean {
    return this.#open && this.#client.connected;
  }

  close(): void {
    this.#open = false;
    void this.#client.deactivate();
  }

  /** The socket, with whole MESSAGE frames cut by ourselves and everything else handed to the client's parser. */
  #socket({ url, announce }: Endpoint, login: Login): WebSocket {
    const takeBack = announce(login);
    const socket = new WebSocket(url, VERSIONS.protocolVersions());
    socket.addEventListener("open", takeBack, { once: true });
    socket.addEventListener("close", takeBack, { once: true });
    const heartbeats = setInterval(() => {
      if (this.connected) socket.send(HEARTBEAT);
    }, HEARTBEAT_TO_BROKER_MS);
    socket.addEventListener("close", () => {
      clearInterval(heartbeats);
    });
    let toClient: ((event: { readonly data: unknown }) => void) | null = null;
    Object.defineProperty(socket, "onmessage", {
      set: (handler: typeof toClient) => {
        toClient = handler;
      },
    });
    let signOfLifeMs = -Infinity;
    /** Whether the client's parser stands in the middle of a frame. */
    let withinFrame = false;
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      const { data } = event;
      const frame = withinFrame || typeof data !== "string" ? null : messageFrame(data);
      if (frame === null) {
        withinFrame = typeof data !== "string" || !/[\0\n]$/.test(data);
        toClient?.(event);
        return;
      }
      if (event.timeStamp - signOfLifeMs >= SIGN_OF_LIFE_MS) {
        signOfLifeMs = event.timeStamp;
        toClient?.({ data: HEARTBEAT });
      }
      if (this.#open) this.#events.onMessage(frame);
    });
    return socket;
  }

  #closed(trouble: Trouble): void {
    if (!this.#open) return;
    this.close();
    this.#events.onClosed(trouble);
  }
}

/**
 * Ties the feeds to the stores: messages go in, one commit a frame comes out, and what was committed is acknowledged.
 *
 *     control ──what the user may see──▶ flows feed, status feed, history
 */

import { reaction, runInAction } from "mobx";

import { ConnectionStore } from "../stores/connection";
import { FacetsStore } from "../stores/facets";
import { FilterStore } from "../stores/filter";
import { FlowsStore } from "../stores/flows";
import { FlushScheduler, type FlushClock } from "../stores/flush";
import { HealthStore } from "../stores/health";
import type { SettingsStore } from "../stores/settings";
import { ViewStore } from "../stores/view";
import type { Endpoint, Login } from "../transport/link";
import type { FeedState, Trouble } from "../transport/state";
import { parseViewer } from "../wire/viewer";
import { Errand } from "./errand";
import { Feeds, FLOWS_PREFETCH } from "./feeds";
import type { Keeper } from "./keeper";
import { Narrowing } from "./narrowing";
import { Past, type FlowName } from "./past";
import { Sleep } from "./sleep";

/** How often counts and clocks on the page move on. */
const TICK_MS = 250;

/** What one frame may spend on making rows of messages; a hidden tab, which draws nothing, takes longer turns. */
const COMMIT_BUDGET_MS = 8;
const HIDDEN_COMMIT_BUDGET_MS = 100;

/** A filter has to stand for this long before the broker is asked for other keys. */
const NARROW_AFTER_MS = 1_000;

/** Asked for inside, as some browsers throw at the mere mention of it. */
export type SessionStorage = () => Pick<Storage, "getItem" | "setItem">;

export class Session {
  readonly connection = new ConnectionStore();
  readonly filter = new FilterStore();
  readonly flows = new FlowsStore();
  readonly facets = new FacetsStore(this.flows);
  readonly health: HealthStore;
  readonly settings: SettingsStore;
  readonly view: ViewStore;
  readonly past: Past;

  readonly #clock: FlushClock;
  readonly #scheduler: FlushScheduler;
  readonly #feeds: Feeds;
  readonly #sleep: Sleep;
  readonly #narrowing = new Narrowing(this.filter);
  readonly #errand: Errand;
  readonly #disposers: (() => void)[] = [];
  readonly #keeper: Keeper;
  #lastUser: string | null = null;
  /** Since when flows do not come, though they did before; null while they do. */
  #awaySinceMs: number | null = null;
  #wasLive = false;

  constructor(endpoint: Endpoint, clock: FlushClock, settings: SettingsStore, storage: SessionStorage, keeper: Keeper) {
    this.#clock = clock;
    this.settings = settings;
    this.#keeper = keeper;
    this.health = new HealthStore((loss) => {
      this.flows.gaps.add(loss, null, clock.now());
      this.#scheduler.request();
    });
    this.#scheduler = new FlushScheduler(clock, () => this.#flush());
    this.view = new ViewStore(this.flows, this.filter, clock.now, () => {
      this.#scheduler.request();
    });
    this.past = new Past({
      ...{ endpoint, storage, flows: this.flows, view: this.view, health: this.health },
      wake: () => {
        this.#scheduler.request();
      },
      nextFrame: async () => nextFrame(clock),
    });
    this.#errand = new Errand(this.past);
    this.#sleep = new Sleep(() => {
      this.#woke();
    });
    const { now, hidden } = clock;
    this.#feeds = new Feeds(endpoint, now, {
      onControlState: (state) => {
        this.#controlState(state);
      },
      onFlowsState: (state) => {
        this.#flowsState(state);
      },
      onStatusState: (state) => {
        this.connection.setStatus(state);
      },
      onDocument: (body) => {
        this.#document(body);
      },
      onFlows: (lane, { destination, body }, worked) => {
        this.#sleep.sign(hidden());
        this.flows.receive(lane, destination, body, now(), worked);
        // The other half is on its way meanwhile.
        this.#scheduler.request(this.flows.waiting * 2 >= FLOWS_PREFETCH);
      },
      onStatus: (body) => {
        this.health.receive(body, now());
        // In a hidden tab this is the heartbeat that gets flows committed when they have stopped coming.
        if (hidden()) this.#scheduler.request();
      },
    });
    const ticker = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    this.#disposers.push(
      () => {
        clearInterval(ticker);
      },
      reaction(
        () => this.filter.bindingKeys,
        () => {
          this.#narrow();
        },
        { delay: NARROW_AFTER_MS },
      ),
    );
  }

  /** @param keep whether for as long as the tab lives */
  logIn(login: Login, keep = false): void {
    if (keep) this.#keeper.keep(login);
    // Rows are someone's view of the cluster: another user does not inherit them.
    if (this.#lastUser !== null && this.#lastUser !== login.user) this.#forget();
    this.#lastUser = login.user;
    this.#stop();
    this.connection.loggingIn(login.user);
    this.#feeds.start(login);
  }

  /** Logs in with what the tab has kept, if it has. */
  logInAgain(): void {
    const login = this.#keeper.read();
    if (login !== null) this.logIn(login, true);
  }

  /** Shows a flow of the past, or the flows around a time, as soon as the past can be read. @param wanted a time is in milliseconds since 1970 */
  showPast(wanted: FlowName | number): void {
    this.#errand.take(wanted);
    if (this.connection.flows.is === "live") this.#errand.run();
  }

  /** Leaves the past, if that is what is shown or is yet to be shown. */
  showPresent(): void {
    this.#errand.take(null);
    if (this.view.holds.has("past")) this.view.resume();
  }

  logOut(): void {
    this.#keeper.forget();
    this.#stop();
    this.#forget();
    this.connection.loggedOut(null);
  }

  /** The network is back, or the tab is: does not wait for the next try. */
  retryNow(): void {
    this.#feeds.retryNow();
  }

  /** The browser says that it lets the page run again. */
  resumed(): void {
    this.#sleep.sign(this.#clock.hidden());
  }

  dispose(): void {
    this.#stop();
    for (const dispose of this.#disposers) dispose();
    this.#scheduler.dispose();
    this.view.dispose();
  }

  /** The broker refused the log-in. */
  #refused(trouble: Trouble): void {
    this.#keeper.forget();
    this.#stop();
    this.connection.loggedOut(trouble);
  }

  /** Until the user's rights are known, how the connection does is how the control does. */
  #controlState(state: FeedState): void {
    if (state.is === "stopped" && state.trouble !== null) {
      this.#refused(state.trouble);
    } else if (this.connection.viewer === null && state.is !== "live") {
      this.connection.setFlows(state);
    }
  }

  #document(body: string): void {
    const parsed = parseViewer(body);
    if (!parsed.ok) {
      this.flows.refuse(`the document of this user's rights: ${parsed.why}`);
      return;
    }
    const viewer = parsed.value;
    this.connection.setViewer(viewer);
    const { login } = this.#feeds;
    if (login !== null) this.past.open(login, viewer);
    this.#feeds.readFlows(this.#narrowing.wanted(viewer));
    this.#feeds.readStatuses({ keys: viewer.status, queue: viewer.queue });
    if (viewer.flows.length === 0) this.connection.setFlows({ is: "barred", trouble: { kind: "sees-nothing" } });
  }

  /** Asks the broker for what the filter lets through, where that is less than everything. */
  #narrow(): void {
    const { viewer } = this.connection;
    if (viewer === null) return;
    const { wanted, gap } = this.#narrowing.change(viewer, Date.now());
    if (gap !== null) this.flows.gaps.add(gap, this.flows.ring.end, this.#clock.now());
    this.#feeds.readFlows(wanted);
  }

  #flowsState(state: FeedState): void {
    if (this.connection.viewer === null) return;
    this.connection.setFlows(state);
    if (state.is === "live") {
      if (this.#awaySinceMs !== null) this.flows.wasAway(this.#awaySinceMs, Date.now(), this.#clock.now());
      this.#awaySinceMs = null;
      this.#wasLive = true;
      this.past.tryAgain();
      void this.past.replayOn();
      this.#errand.run();
    } else if (this.#wasLive) {
      this.#awaySinceMs ??= Date.now();
    }
    if (state.is === "stopped" && state.trouble !== null) this.#refused(state.trouble);
  }

  /** The computer slept, or the browser froze the tab: what has piled up meanwhile is of no use, and what is missing stands as a gap. */
  #woke(): void {
    if (this.#feeds.login === null) return;
    this.#awaySinceMs ??= this.#sleep.lastSignMs;
    this.flows.discard();
    this.#feeds.renew();
  }

  #stop(): void {
    this.connection.setViewer(null);
    this.past.close();
    this.#feeds.stop();
  }

  #forget(): void {
    this.view.clear();
    this.flows.forget();
    this.health.clear();
    this.past.forget();
    this.#awaySinceMs = null;
    this.#wasLive = false;
    this.#narrowing.forget();
  }

  /** One commit; then the broker may send on. */
  #flush(): boolean {
    const ms = this.#clock.hidden() ? HIDDEN_COMMIT_BUDGET_MS : COMMIT_BUDGET_MS;
    const more = runInAction(() => {
      const committed = this.flows.commit({ now: this.#clock.now, ms });
      const searching = this.view.advance(committed.changed);
      return committed.more || searching;
    });
    this.#feeds.acknowledge();
    return more;
  }

  #tick(): void {
    this.#sleep.sign(this.#clock.hidden());
    const nowMs = this.#clock.now();
    runInAction(() => {
      this.flows.tick(nowMs);
      this.view.tick();
      this.health.tick(nowMs);
    });
  }
}

/** Where there are no frames, in a hidden tab, soon. */
async function nextFrame({ hidden, onFrame, after }: FlushClock): Promise<void> {
  await new Promise<void>((done) => {
    if (hidden()) after(0, done);
    else onFrame(done);
  });
}

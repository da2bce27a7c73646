/**
 * The past, out of the streams that the user may read: the last minutes below the live rows, older ones as the reader scrolls down, any time, any one
 * flow.
 */

import { action, computed, makeObservable, observable, runInAction } from "mobx";

import { millisOf } from "../flow/time";
import { Gaps, placeOfTime } from "../stores/gaps";
import type { RowSource } from "../stores/ring";
import type { Row } from "../stores/row";
import type { ViewStore } from "../stores/view";
import { backoffMs } from "../transport/backoff";
import { StreamError, Streams } from "../transport/streams";
import type { Endpoint, Login } from "../transport/link";
import type { Trouble } from "../transport/state";
import type { Flow } from "../wire/flow";
import type { Viewer } from "../wire/viewer";
import { knownOf, startBelow } from "./heldrows";
import { readLosses } from "./pastlosses";
import { PastReader } from "./pastreader";
import { Replay, type ReplayParts } from "./replay";

/** Rows that one step brings. */
const STEP_ROWS = 1_000;

/** Rows of the past that are held at most; who wants to see more goes to a time. */
const HELD_ROWS_MAX = 200_000;

/** Rows above the time that is gone to. */
const AHEAD_ROWS = 500;

/** A flow that a link names is looked for within this time of the moment that it names. */
const AROUND_MS = 2_000;
const AROUND_ROWS_MAX = 50_000;

/** What a link needs to name a flow. */
export interface FlowName {
  readonly uuid: string;
  /** The flow's time, in milliseconds since 1970. */
  readonly ms: number;
}

export type PastState =
  | { readonly is: "idle" }
  | { readonly is: "loading" }
  /** The rows go back to where the streams begin. */
  | { readonly is: "beginning" }
  | { readonly is: "failed"; readonly trouble: Trouble }
  /** The flow that a link names is not there (any more). */
  | { readonly is: "not-found" };

export interface PastParts extends ReplayParts {
  readonly endpoint: Endpoint;
  readonly view: ViewStore;
}

export class Past {
  state: PastState = { is: "idle" };
  viewer: Viewer | null = null;
  private wentToMs: number | null = null;
  readonly replay: Replay;

  readonly #parts: PastParts;
  #streams: Streams | null = null;
  #replayFailures = 0;
  #replayTimer: ReturnType<typeof setTimeout> | undefined;
  /** Rises as something else is to be shown, which ends what is under way. */
  #task = 0;
  #older: PastReader | null = null;
  #newer: PastReader | null = null;
  /** The rows that the readers belong to. */
  #span: RowSource | null = null;

  constructor(parts: PastParts) {
    this.#parts = parts;
    this.replay = new Replay(parts);
    makeObservable<this, "setState" | "wentToMs">(this, {
      state: observable.ref,
      viewer: observable.ref,
      isAvailable: computed,
      shownMs: computed,
      wentToMs: observable,
      open: action.bound,
      close: action.bound,
      setState: action.bound,
    });
  }

  /** The time of the past that is shown, in milliseconds since 1970; null while the present is. */
  get shownMs(): number | null {
    return this.#parts.view.holds.has("past") ? this.wentToMs : null;
  }

  get isAvailable(): boolean {
    return this.viewer !== null && this.viewer.history.length > 0;
  }

  open(login: Login, viewer: Viewer): void {
    this.close();
    this.viewer = viewer;
    this.#streams = new Streams(this.#parts.endpoint, login);
  }

  close(): void {
    this.#task += 1;
    clearTimeout(this.#replayTimer);
    this.viewer = null;
    this.state = { is: "idle" };
    this.#streams?.close();
    this.#streams = null;
    this.#forgetReaders();
  }

  /** Other rows are to come: another user's. */
  forget(): void {
    this.replay.forget();
  }

  /** The broker can be reached again: what failed may be tried anew. */
  tryAgain(): void {
    if (this.state.is === "failed") this.setState({ is: "idle" });
  }

  /** The last minutes, below the live rows. To be called whenever flows come live: what was interrupted goes on. */
  async replayOn(): Promise<void> {
    const { viewer } = this;
    const streams = this.#streams;
    clearTimeout(this.#replayTimer);
    if (streams === null || viewer === null || viewer.history.length === 0 || this.replay.isDone) return;
    try {
      await this.replay.advance(streams, viewer);
      this.#replayFailures = 0;
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#replayFailures += 1;
      // Closed, it is tried when flows come live again.
      if (streams !== this.#streams) return;
      this.#replayTimer = setTimeout(
        () => {
          void this.replayOn();
        },
        backoffMs(this.#replayFailures, Math.random),
      );
    }
  }

  /** Rows older than those that are held, as the reader comes to their end. */
  async older(): Promise<void> {
    const { view } = this.#parts;
    const source = view.held ? view.source : null;
    if (source === null || this.state.is === "loading" || source.end - source.first >= HELD_ROWS_MAX) return;
    if (source !== this.#span) this.#startBelow(source);
    if (this.state.is === "beginning") return;
    await this.#run(async (streams, viewer, goesOn) => {
      this.#older ??= new PastReader(streams, viewer.history, startBelow(source), "backwards", knownOf(source));
      const past = await this.#older.next(STEP_ROWS);
      if (!goesOn() || view.source !== source) return;
      view.extendDown(past);
      await this.#showLosses(streams, viewer, source, past);
    });
  }

  /** Rows newer than those of the past that are shown. @returns how many came */
  async newer(): Promise<number> {
    const { view } = this.#parts;
    const source = view.source;
    if (!view.holds.has("past") || this.state.is === "loading" || this.#newer === null) return 0;
    if (source.end - source.first >= HELD_ROWS_MAX) return 0;
    let came = 0;
    await this.#run(async (streams, viewer, goesOn) => {
      const past = (await this.#newer?.next(STEP_ROWS)) ?? [];
      if (!goesOn() || view.source !== source) return;
      came = past.length;
      view.extendUp(past);
      await this.#showLosses(streams, viewer, source, past);
    });
    return came;
  }

  /** Shows the flows around a time. */
  async goTo(ms: number): Promise<void> {
    await this.#run(async (streams, viewer, goesOn) => {
      await this.#show(streams, viewer, goesOn, ms, () => false);
    });
  }

  /** Shows one flow, which a link names by its uuid and its time. */
  async goToFlow({ uuid, ms }: FlowName): Promise<void> {
    if (!this.isAvailable) this.setState({ is: "not-found" });
    await this.#run(async (streams, viewer, goesOn) => {
      const row = await this.#show(streams, viewer, goesOn, ms, (flow) => flow.uuid === uuid);
      if (!goesOn()) return;
      if (row === null) this.setState({ is: "not-found" });
      else this.#parts.view.reveal(row, true);
    });
  }

  /** @returns the row of the flow that is looked for, if it is there */
  async #show(
    streams: Streams,
    viewer: Viewer,
    goesOn: () => boolean,
    ms: number,
    isWanted: (flow: Flow) => boolean,
  ): Promise<Row | null> {
    const { view } = this.#parts;
    const newer = new PastReader(streams, viewer.history, { ms: ms - AROUND_MS }, "forwards");
    const older = new PastReader(streams, viewer.history, { ms: ms - AROUND_MS }, "backwards");
    const flows: Flow[] = [...(await older.next(STEP_ROWS))].reverse();
    for (let seen = 0; seen < AROUND_ROWS_MAX;) {
      const some = await newer.next(AHEAD_ROWS);
      flows.push(...some);
      seen += some.length;
      const lastMs = millisOf(some.at(-1)?.time);
      if (some.length === 0 || some.some(isWanted)) break;
      if (lastMs !== null && lastMs > ms + AROUND_MS) break;
    }
    if (!goesOn()) return null;
    runInAction(() => {
      this.wentToMs = ms;
      view.showPast(flows);
    });
    const { source } = view;
    this.#span = source;
    this.#older = older;
    this.#newer = newer;
    await this.#showLosses(streams, viewer, source, flows);
    if (!goesOn() || view.source !== source) return null;
    const at = placeOfTime(source, ms) ?? source.first;
    const middle = source.at(Math.min(at, source.end - 1));
    if (middle !== undefined) view.reveal(middle, false);
    for (let seq = source.first; seq < source.end; seq += 1) {
      const row = source.at(seq);
      if (row !== undefined && isWanted(row.flow)) return row;
    }
    return null;
  }

  /** Other rows are held than those that were read for. */
  #startBelow(source: RowSource): void {
    this.#forgetReaders();
    this.#span = source;
    this.setState({ is: "idle" });
  }

  #forgetReaders(): void {
    this.#older = null;
    this.#newer = null;
    this.#span = null;
  }

  /** Does one thing with the state told. */
  async #run(work: (streams: Streams, viewer: Viewer, goesOn: () => boolean) => Promise<void>): Promise<void> {
    const { viewer } = this;
    const streams = this.#streams;
    if (streams === null || viewer === null || viewer.history.length === 0) return;
    const task = (this.#task += 1);
    const goesOn = (): boolean => this.#task === task;
    this.setState({ is: "loading" });
    try {
      await work(streams, viewer, goesOn);
      // Not before: whoever sees that nothing is read any more may begin something else.
      if (goesOn() && this.state.is === "loading") {
        this.setState({ is: this.#older?.exhausted === true ? "beginning" : "idle" });
      }
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#forgetReaders();
      if (goesOn()) this.setState({ is: "failed", trouble: error.trouble });
    }
  }

  /** Losses that statuses told in the time of some rows of the past. */
  async #showLosses(streams: Streams, viewer: Viewer, source: RowSource, flows: readonly Flow[]): Promise<void> {
    const times = [flows[0], flows.at(-1)].map((flow) => millisOf(flow?.time)).filter((ms) => ms !== null);
    if (times.length === 0) return;
    const { view, health } = this.#parts;
    const losses = await readLosses(streams, viewer, health, Math.min(...times), Math.max(...times));
    if (view.source !== source) return;
    const gaps = new Gaps();
    for (const gap of view.heldGaps) if (gap.seq !== null) gaps.add(gap, gap.seq, -Infinity);
    for (const loss of losses) {
      if (gaps.list.some(({ id }) => id === loss.id)) continue;
      gaps.add(loss, placeOfTime(source, loss.lastMs ?? loss.firstMs ?? 0), -Infinity);
    }
    view.showGaps(gaps.list);
  }

  private setState(state: PastState): void {
    this.state = state;
  }
}

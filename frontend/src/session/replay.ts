/**
 * The last minutes, put below the live rows once they come. What is interrupted goes on from where it was, so that nothing is missing and nothing
 * comes twice.
 */

import { action, makeObservable, observable, runInAction } from "mobx";

import { millisOf } from "../flow/time";
import type { FlowsStore } from "../stores/flows";
import type { HealthStore } from "../stores/health";
import type { ViewStore } from "../stores/view";
import type { Viewer } from "../wire/viewer";
import { readLosses } from "./pastlosses";
import { NOTHING_KNOWN, PastReader, type Known, type StretchReader } from "./pastreader";

/** Minutes that may be replayed when the page is opened. */
export const REPLAY_MINUTES: readonly number[] = [0, 1, 5, 15, 60];
export const REPLAY_MINUTES_DEFAULT = 5;
const KEY = "hubblecast.replay-minutes";

/** Rows that one step brings. */
const STEP_ROWS = 1_000;

export interface ReplayParts {
  readonly flows: FlowsStore;
  readonly view: Pick<ViewStore, "advance">;
  readonly health: HealthStore;
  /** Asks for a commit in the next frame. */
  readonly wake: () => void;
  /** Resolves in the next frame, or soon where there are none. */
  readonly nextFrame: () => Promise<void>;
  /** Asked for inside, as some browsers throw at the mere mention of it. */
  readonly storage: () => Pick<Storage, "getItem" | "setItem">;
}

/** One replay, from its beginning to its end over however many connections. */
interface Run {
  readonly reader: PastReader;
  readonly sinceMs: number;
  /** Rows that were cleared since are not wanted back. */
  readonly clears: number;
  hasRows: boolean;
}

export class Replay {
  minutes = REPLAY_MINUTES_DEFAULT;

  readonly #parts: ReplayParts;
  #run: Run | null = null;
  #isDone = false;
  /** One try after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: ReplayParts) {
    this.#parts = parts;
    makeObservable(this, { minutes: observable, setMinutes: action.bound });
    try {
      this.setMinutes(Number(parts.storage().getItem(KEY) ?? NaN), false);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  }

  /** Ignores what is none of REPLAY_MINUTES. @param keep for the next time; what a link asks for is not kept */
  setMinutes(minutes: number, keep: boolean): void {
    if (!REPLAY_MINUTES.includes(minutes)) return;
    this.minutes = minutes;
    if (!keep) return;
    try {
      this.#parts.storage().setItem(KEY, String(minutes));
    } catch {
      // As above.
    }
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Other rows are to come: another user's. */
  forget(): void {
    this.#run = null;
    this.#isDone = false;
  }

  /**
   * Begins, or goes on with what was interrupted; does nothing once all is there. To be called when flows come live, so that nothing can fall
   * in between.
   *
   * @throws StreamError where it is interrupted
   */
  async advance(streams: StretchReader, viewer: Viewer): Promise<void> {
    const mine = this.#last.then(async () => this.#advance(streams, viewer));
    this.#last = mine.catch(() => undefined);
    await mine;
  }

  async #advance(streams: StretchReader, viewer: Viewer): Promise<void> {
    if (this.#isDone) return;
    if (this.minutes === 0) {
      this.#isDone = true;
      return;
    }
    const run = (this.#run ??= this.#begin(streams, viewer));
    run.reader.continueOver(streams);
    if (!run.hasRows) await this.#rows(run);
    if (this.#run !== run) return;
    await this.#losses(run, streams, viewer);
    if (this.#run === run) this.#isDone = true;
  }

  #begin(streams: StretchReader, viewer: Viewer): Run {
    const { flows } = this.#parts;
    const known: Known = {
      batch: (key, epoch, first) => flows.hasSeen(key, epoch, first),
      flow: NOTHING_KNOWN.flow,
    };
    return {
      reader: new PastReader(streams, viewer.history, "end", "backwards", known),
      sinceMs: Date.now() - this.minutes * 60_000,
      clears: flows.clears,
      hasRows: false,
    };
  }

  async #rows(run: Run): Promise<void> {
    const { flows, view, wake, nextFrame } = this.#parts;
    const { reader, sinceMs, clears } = run;
    while (!run.hasRows && flows.ring.room > 0) {
      const past = await reader.next(STEP_ROWS);
      if (this.#run !== run || flows.clears !== clears) break;
      const wanted = past.filter(({ time }) => !((millisOf(time) ?? sinceMs) < sinceMs));
      run.hasRows = wanted.length < past.length || past.length === 0;
      runInAction(() => {
        flows.prepend(wanted);
        view.advance(true);
      });
      wake();
      await nextFrame();
    }
    run.hasRows = true;
  }

  /** They find their places among the rows by themselves. */
  async #losses(run: Run, streams: StretchReader, viewer: Viewer): Promise<void> {
    const { flows, health, wake } = this.#parts;
    if (flows.clears !== run.clears) return;
    const losses = await readLosses(streams, viewer, health, run.sinceMs, Date.now());
    runInAction(() => {
      for (const loss of losses) if (health.isNews(loss)) flows.gaps.add(loss, null, -Infinity);
    });
    wake();
  }
}

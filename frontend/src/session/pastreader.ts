/**
 * Reads flows of the past out of one or more streams, as one sequence: backwards or forwards from a moment.
 *
 * A stream is read in stretches by offset; one that goes back is read forwards and used from its end. Where there are several streams the flow with
 * the latest (or earliest) time comes next. A flow that is in two of them comes once.
 */

import { TimeReader } from "../flow/time";
import type { From, Streams, Stretch } from "../transport/streams";
import { parseBatch } from "../wire/batch";
import type { Flow } from "../wire/flow";
import { routingKeyOf } from "../wire/topology";

/** Whether a batch, or a flow, is there already. */
export interface Known {
  readonly batch: (key: string, epoch: string, first: number) => boolean;
  readonly flow: (flow: Flow) => boolean;
}

/** What reads stretches of streams. */
export type StretchReader = Pick<Streams, "read">;

export const NOTHING_KNOWN: Known = { batch: () => false, flow: () => false };

/** Where to begin: at the end of the streams, or at a time in milliseconds since 1970. */
export type Start = "end" | { readonly ms: number };

/** Flows that one stretch should bring, and messages that it may take for that. */
const STRETCH_FLOWS = 2_000;
const STRETCH_MESSAGES_MIN = 20;
const STRETCH_MESSAGES_MAX = 1_000;

/** How long a stream is silent at its end. Within a stretch silence means that what was there is gone. */
const SILENCE_MS = 400;
const SILENCE_WITHIN_MS = 1_500;

/** At the end of a stream so many batches in a row that are known mean that what follows is, too. */
const KNOWN_IN_A_ROW = 10;

/** A stretch that has come to the present would go on for ever: after this long it has what was stored. */
const STRETCH_MS = 1_000;

/** What is read from a time on begins this much earlier or later, as the times of flows and of the stream's chunks are not the same. */
const SLACK_MS = 5_000;

interface Entry {
  readonly flow: Flow;
  readonly ms: number;
}

/** What a stretch brought: the offset of its first message, and the one behind its last. */
interface Seen {
  first: number | null;
  next: number;
}

function saw(seen: Seen, offset: number): void {
  seen.first ??= offset;
  seen.next = offset + 1;
}

/** One stream's part. */
interface Source {
  readonly stream: string;
  /** The first message that was read, going back; the next one to read, going on. Null before anything was read. */
  offset: number | null;
  /** Flows that were read and not yet given out, in the stream's order. */
  entries: Entry[];
  exhausted: boolean;
  messages: number;
  flows: number;
}

export class PastReader {
  #streams: StretchReader;
  readonly #sources: readonly Source[];
  readonly #start: Start;
  readonly #backwards: boolean;
  readonly #known: Known;
  readonly #given = new Set<string>();
  /** Taken out of the streams and not yet given out: a failure came between. */
  #taken: Flow[] = [];
  readonly #times = new TimeReader();

  constructor(
    streams: StretchReader,
    names: readonly string[],
    start: Start,
    direction: "backwards" | "forwards",
    known: Known = NOTHING_KNOWN,
  ) {
    this.#streams = streams;
    this.#start = start;
    this.#backwards = direction === "backwards";
    this.#known = known;
    this.#sources = names.map((stream) => ({
      ...{ stream, offset: null, entries: [], exhausted: false },
      ...{ messages: 0, flows: 0 },
    }));
  }

  /** Whether the streams have nothing more: going back that is their beginning, going on it is the present. */
  get exhausted(): boolean {
    return this.#sources.every(({ exhausted, entries }) => exhausted && entries.length === 0);
  }

  /** Goes on from where it is over another connection, after the last one ended. */
  continueOver(streams: StretchReader): void {
    this.#streams = streams;
  }

  /**
   * The next flows, in the direction of reading. Fewer than asked for: going back only at the beginning, going on wherever a stretch ends.
   *
   * @throws StreamError
   */
  async next(count: number): Promise<readonly Flow[]> {
    const flows = this.#taken;
    while (flows.length < count) {
      // All of them, though one may fail: none must go on while another try begins.
      const filled = await Promise.allSettled(this.#sources.map(async (source) => this.#fill(source)));
      const failed = filled.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason;
      // Until one of them runs dry and has to be read on.
      let taken = this.#take();
      if (taken === null) break;
      while (taken !== null) {
        if (this.#isNew(taken.flow)) flows.push(taken.flow);
        if (flows.length >= count || this.#sources.some((one) => one.entries.length === 0 && !one.exhausted)) break;
        taken = this.#take();
      }
      if (!this.#backwards && flows.length > 0) break;
    }
    this.#taken = [];
    return flows;
  }

  #take(): Entry | null {
    let best: Source | null = null;
    let bestMs = 0;
    for (const source of this.#sources) {
      const entry = this.#backwards ? source.entries.at(-1) : source.entries[0];
      if (entry === undefined) continue;
      if (best === null || (this.#backwards ? entry.ms > bestMs : entry.ms < bestMs)) {
        best = source;
        bestMs = entry.ms;
      }
    }
    return (this.#backwards ? best?.entries.pop() : best?.entries.shift()) ?? null;
  }

  #isNew(flow: Flow): boolean {
    if (this.#known.flow(flow)) return false;
    if (flow.uuid === undefined) return true;
    if (this.#given.has(flow.uuid)) return false;
    this.#given.add(flow.uuid);
    return true;
  }

  async #fill(source: Source): Promise<void> {
    while (source.entries.length === 0 && !source.exhausted) {
      if (source.offset === null) await this.#begin(source);
      else if (this.#backwards) await this.#back(source, source.offset);
      else await this.#on(source, source.offset);
    }
  }

  /** The first stretch: around the moment of the start. */
  async #begin(source: Source): Promise<void> {
    if (this.#start === "end") {
      await this.#tail(source);
      return;
    }
    const { ms } = this.#start;
    const from = { seconds: Math.floor((ms - (this.#backwards ? 0 : SLACK_MS)) / 1000) };
    const seen: Seen = { first: null, next: 0 };
    let knownInARow = 0;
    await this.#read(source, from, SILENCE_MS, (offset, entries, isKnown, isLong) => {
      saw(seen, offset);
      knownInARow = isKnown ? knownInARow + 1 : 0;
      const isPast = entries.some((entry) => entry.ms > ms + SLACK_MS);
      this.#keep(source, entries);
      const isAfter = entries.some((entry) => entry.ms > ms);
      if (this.#backwards) return !isPast && !(isLong && (isAfter || isKnown)) && knownInARow < KNOWN_IN_A_ROW;
      return source.entries.length < STRETCH_FLOWS && !isLong;
    });
    if (seen.first === null) {
      // The stream ends before that moment.
      if (this.#backwards) await this.#tail(source);
      else source.exhausted = true;
    } else {
      source.offset = this.#backwards ? seen.first : seen.next;
    }
  }

  /** The end of the stream, up to where what follows is known. */
  async #tail(source: Source): Promise<void> {
    const seen: Seen = { first: null, next: 0 };
    let knownInARow = 0;
    await this.#read(source, "last", SILENCE_MS, (offset, entries, isKnown, isLong) => {
      saw(seen, offset);
      knownInARow = isKnown ? knownInARow + 1 : 0;
      this.#keep(source, entries);
      return knownInARow < KNOWN_IN_A_ROW && !isLong;
    });
    if (seen.first === null) source.exhausted = true;
    source.offset = seen.first;
  }

  /** The stretch before what was read. */
  async #back(source: Source, end: number): Promise<void> {
    if (end <= 0) {
      source.exhausted = true;
      return;
    }
    const seen: Seen = { first: null, next: 0 };
    const from = Math.max(0, end - this.#stretch(source));
    await this.#read(source, { offset: from }, SILENCE_WITHIN_MS, (offset, entries) => {
      if (offset < end) {
        saw(seen, offset);
        this.#keep(source, entries);
      }
      return offset < end - 1;
    });
    // The stream's oldest messages go as it grows: then what comes first lies behind the end.
    if (seen.first === null) source.exhausted = true;
    else source.offset = seen.first;
  }

  /** The stretch behind what was read. */
  async #on(source: Source, begin: number): Promise<void> {
    const stretch = this.#stretch(source);
    const seen: Seen = { first: null, next: 0 };
    await this.#read(source, { offset: begin }, SILENCE_MS, (offset, entries, _isKnown, isLong) => {
      if (offset >= begin) {
        saw(seen, offset);
        this.#keep(source, entries);
      }
      return offset < begin + stretch && !isLong;
    });
    if (seen.first === null) source.exhausted = true;
    else source.offset = seen.next;
  }

  async #read(
    source: Source,
    from: From,
    silenceMs: number,
    onBatch: (offset: number, entries: readonly Entry[], isKnown: boolean, isLong: boolean) => boolean,
  ): Promise<void> {
    let beganMs: number | null = null;
    const stretch: Stretch = {
      ...{ stream: source.stream, from, silenceMs },
      onMessage: ({ offset, destination, body }) => {
        beganMs ??= Date.now();
        const isLong = Date.now() - beganMs > STRETCH_MS;
        const parsed = parseBatch(body);
        if (!parsed.ok) return onBatch(offset ?? 0, [], false, isLong);
        const { epoch, first, flows } = parsed.value;
        const isKnown =
          this.#known.batch(routingKeyOf(destination), epoch, first) ||
          flows.every((flow) => flow === null || this.#known.flow(flow));
        const entries: Entry[] = [];
        for (const flow of isKnown ? [] : flows) {
          if (flow !== null) entries.push({ flow, ms: this.#times.read(flow.time) });
        }
        return onBatch(offset ?? 0, entries, isKnown, isLong);
      },
    };
    try {
      await this.#streams.read(stretch);
    } catch (error) {
      // The next try reads the whole stretch again.
      source.entries = [];
      throw error;
    }
  }

  #keep(source: Source, entries: readonly Entry[]): void {
    source.messages += 1;
    source.flows += entries.length;
    const { ms: startMs } = this.#start === "end" ? { ms: null } : this.#start;
    for (const entry of entries) {
      const isWanted = startMs === null || (this.#backwards ? !(entry.ms > startMs) : !(entry.ms <= startMs));
      if (isWanted) source.entries.push(entry);
    }
  }

  /** Messages to read at once, from how many flows a message held so far. */
  #stretch({ messages, flows }: Source): number {
    const inOne = messages === 0 ? 1 : Math.max(0.1, flows / messages);
    return Math.min(STRETCH_MESSAGES_MAX, Math.max(STRETCH_MESSAGES_MIN, Math.ceil(STRETCH_FLOWS / inOne)));
  }
}

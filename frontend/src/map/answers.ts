/**
 * How answers of layer 7 did on a way: how many, how long they took, how many the server failed. Counts by size of latency, four sizes to a doubling,
 * give percentiles within a tenth, and a row can be taken out again.
 */

import type { Flow } from "../wire/flow";

/** A row's answer in one byte: its size of latency in the low bits, and whether the server failed it. 0 is a row that is no answer. */
export type AnswerByte = number;

const SIZES_A_DOUBLING = 4;
const LEAST_NS = 1_000;
const GREATEST_SIZE = 126;
/** An answer that does not say how long it took. */
const NO_LATENCY = 127;
const FAILED = 128;

const HTTP_FAILED_MIN = 500;

export interface AnswerSummary {
  readonly count: number;
  /** Answers of HTTP with a status of 500 and above. */
  readonly failed: number;
  /** Half of the answers took no longer, 95 of 100 took no longer; null where none says how long it took. */
  readonly p50_ns: number | null;
  readonly p95_ns: number | null;
}

export function answerOf({ l7 }: Flow): AnswerByte {
  if (l7?.type !== "RESPONSE") return 0;
  const ns = Number(l7.latency_ns ?? 0);
  const failed = (l7.http?.code ?? 0) >= HTTP_FAILED_MIN ? FAILED : 0;
  return (ns > 0 ? sizeOf(ns) : NO_LATENCY) + failed;
}

function sizeOf(ns: number): number {
  const size = 1 + Math.floor(SIZES_A_DOUBLING * Math.log2(ns / LEAST_NS));
  return Math.max(1, Math.min(GREATEST_SIZE, size));
}

/** The middle of a size. */
function nsOf(size: number): number {
  return LEAST_NS * 2 ** ((size - 0.5) / SIZES_A_DOUBLING);
}

export class Answers {
  readonly #counts = new Uint32Array(NO_LATENCY + 1);
  #count = 0;
  #failed = 0;

  add(answer: AnswerByte, times = 1): void {
    const size = answer & ~FAILED;
    this.#counts[size] = (this.#counts[size] ?? 0) + times;
    this.#count += times;
    if (answer >= FAILED) this.#failed += times;
  }

  /** Takes one out that was added. */
  remove(answer: AnswerByte): void {
    this.add(answer, -1);
  }

  merge(other: Answers): void {
    for (const [size, count] of other.#counts.entries()) this.#counts[size] = (this.#counts[size] ?? 0) + count;
    this.#count += other.#count;
    this.#failed += other.#failed;
  }

  /** Null where there are none. */
  summary(): AnswerSummary | null {
    if (this.#count === 0) return null;
    const timed = this.#count - (this.#counts[NO_LATENCY] ?? 0);
    return {
      count: this.#count,
      failed: this.#failed,
      p50_ns: this.#part(0.5, timed),
      p95_ns: this.#part(0.95, timed),
    };
  }

  #part(part: number, timed: number): number | null {
    if (timed === 0) return null;
    const rank = Math.ceil(timed * part);
    let seen = 0;
    for (let size = 1; size <= GREATEST_SIZE; size += 1) {
      seen += this.#counts[size] ?? 0;
      if (seen >= rank) return nsOf(size);
    }
    return null;
  }
}

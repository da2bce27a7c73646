/**
 * What a link names of the past, a flow or a time, kept until the past can be read.
 */

import type { FlowName, Past } from "./past";

export class Errand {
  readonly #past: Pick<Past, "goTo" | "goToFlow">;
  #wanted: FlowName | number | null = null;

  constructor(past: Pick<Past, "goTo" | "goToFlow">) {
    this.#past = past;
  }

  /** @param wanted a flow, or milliseconds since 1970; null gives the errand up */
  take(wanted: FlowName | number | null): void {
    this.#wanted = wanted;
  }

  /** Now the past can be read. */
  run(): void {
    const wanted = this.#wanted;
    this.#wanted = null;
    if (typeof wanted === "number") void this.#past.goTo(wanted);
    else if (wanted !== null) void this.#past.goToFlow(wanted);
  }
}

/**
 * What a gap row says: when, how many, where.
 */

import type { ZoneClock } from "../flow/time";
import { cut, seen } from "../flow/visible";
import type { Gap } from "../stores/loss";
import { wholeText } from "./numbers";
import { lossWords } from "./words";

const NAME_CHARACTERS_MAX = 80;

/** For example "10:12:03.100 – 10:12:09.000: 311 flows lost: …, on node-1". */
export function gapWords(gap: Gap, clock: ZoneClock): string {
  const node = gap.node === "" ? "" : `, on ${seen(cut(gap.node, NAME_CHARACTERS_MAX))}`;
  return `${when(gap, clock)}${gapSentence(gap)}${node}`;
}

function when({ firstMs, lastMs }: Gap, clock: ZoneClock): string {
  const from = firstMs ?? lastMs;
  const to = lastMs ?? firstMs;
  if (from === null || to === null) return "";
  const [first, last] = [clock.time(from), clock.time(to)];
  return first === last ? `${first}: ` : `${first} – ${last}: `;
}

/** What is missing, for example "311 flows lost: overwritten in Hubble's ring before they were read". */
export function gapSentence({ kind, count }: Gap): string {
  const flows = count === 1 ? "1 flow" : `${wholeText(count ?? 0)} flows`;
  switch (kind) {
    case "away":
      return count === 0
        ? "this page was not connected; that it missed flows is not known"
        : `this page was not connected and missed at least ${flows}`;
    case "narrowed":
      return "only flows that the filter of then lets through were asked of the broker";
    case "gap":
      return "a connection to Hubble was lost; how many flows passed is not known";
    default: {
      const { gap } = lossWords(kind);
      return count === null ? `flows lost, how many is not known: ${gap}` : `${flows} lost: ${gap}`;
    }
  }
}

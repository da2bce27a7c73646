/**
 * Flows as JSON lines in the form of `hubble observe -o jsonpb`, which `hubble observe --input-file` reads.
 */

import type { Flow } from "../wire/flow";

/** A GetFlowsResponse: Hubble repeats the node and the time beside the flow. "" where a flow can't be written. */
export function jsonLine(flow: Flow): string {
  try {
    return `${JSON.stringify({ flow, node_name: flow.node_name, time: flow.time })}\n`;
  } catch {
    // Nested more deeply than a browser can write.
    return "";
  }
}

/**
 * Cuts a MESSAGE frame of STOMP 1.2 out of a WebSocket message.
 *
 * Why not leave it to @stomp/stompjs: its parser turns the text into bytes and walks over them one by one in a script, which at 20,000 flows a
 * second takes more of the page's time than everything else together. Here the browser's own search does it. Whatever is not exactly one whole
 * MESSAGE frame is left to that parser.
 */

export interface MessageFrame {
  readonly subscription: string;
  /** What an ACK has to name. */
  readonly ack: string;
  readonly destination: string;
  /** Where the message stands in its stream, null where it does not come from one. */
  readonly offset: number | null;
  readonly body: string;
}

const COMMAND = "MESSAGE\n";

/** @returns null where the text is anything but one whole MESSAGE frame */
export function messageFrame(text: string): MessageFrame | null {
  if (!text.startsWith(COMMAND)) return null;
  const headEnd = text.indexOf("\n\n", COMMAND.length - 1);
  if (headEnd < 0) return null;
  const end = text.indexOf("\0", headEnd);
  // Behind the frame a line feed may stand, as a heartbeat does.
  if (end < 0 || end < text.length - 2 || (end === text.length - 2 && text[end + 1] !== "\n")) return null;
  const headers = headersOf(text.slice(COMMAND.length, headEnd));
  const subscription = headers.get("subscription");
  const ack = headers.get("ack");
  if (subscription === undefined || ack === undefined) return null;
  const offset = Number(headers.get("x-stream-offset"));
  return {
    subscription,
    ack,
    destination: headers.get("destination") ?? "",
    offset: headers.has("x-stream-offset") && Number.isSafeInteger(offset) ? offset : null,
    body: text.slice(headEnd + 2, end),
  };
}

function headersOf(head: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of head.split("\n")) {
    const colon = line.indexOf(":");
    // Of repeated headers the first one counts, says STOMP 1.2.
    if (colon > 0 && !headers.has(line.slice(0, colon)))
      headers.set(line.slice(0, colon), unescaped(line.slice(colon + 1)));
  }
  return headers;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\n": "\n", "\\r": "\r", "\\c": ":", "\\\\": "\\" };

function unescaped(value: string): string {
  return value.includes("\\") ? value.replace(/\\[nrc\\]/g, (pair) => ESCAPES[pair] ?? pair) : value;
}

/**
 * The rows that pass the filter, as a file: made in the browser, a slice a frame, and never sent anywhere.
 */

import "./Export.css";

import { observer } from "mobx-react-lite";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { csvHead, csvLine } from "../export/csv";
import { jsonLine } from "../export/jsonlines";
import { fileName, RowWriter } from "../export/writer";
import type { Session } from "../session/session";
import type { Row } from "../stores/row";
import { wholeText } from "./numbers";

/** How much of a frame the writing may take. */
const WRITE_BUDGET_MS = 5;

/** In a hidden tab there are no frames; then this is how often a slice is written. */
const HIDDEN_INTERVAL_MS = 50;

/** Texts are handed to the browser in parts of about this size, so that they do not fill the heap. */
const PART_CHARACTERS = 4 << 20;

const MENU_ID = "export";

type Kind = "csv" | "json";

export const Export = observer(function Export({ session }: { readonly session: Session }): ReactNode {
  const { view } = session;
  const [progress, setProgress] = useState<{ readonly written: number; readonly total: number } | null>(null);
  const cancel = useRef<AbortController | null>(null);
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(
    () => () => {
      cancel.current?.abort();
    },
    [],
  );

  const run = async (kind: Kind): Promise<void> => {
    menu.current?.hidePopover();
    cancel.current?.abort();
    const stop = new AbortController();
    cancel.current = stop;
    const writer = writerOf(kind, session);
    const blob = await written(writer, kind, stop.signal, () => {
      setProgress({ written: writer.written, total: writer.total });
    });
    setProgress(null);
    if (blob !== null) download(blob, fileName(Date.now(), kind === "csv" ? "csv" : "jsonl"));
  };

  const { matching, complete } = view.counts;
  return (
    <>
      {progress !== null && (
        <span className="export-progress" data-testid="export-progress">
          <progress max={progress.total} value={progress.written} aria-label="Writing the file" />
          <button
            className="button button-quiet"
            type="button"
            onClick={() => {
              cancel.current?.abort();
            }}
          >
            Stop
          </button>
        </span>
      )}
      <button
        ref={button}
        className="button button-quiet"
        type="button"
        popoverTarget={MENU_ID}
        title="The rows that pass the filter, as a file"
        data-testid="export-button"
      >
        Export
      </button>
      <div
        ref={menu}
        id={MENU_ID}
        popover="auto"
        className="export-menu"
        role="dialog"
        aria-label="Export"
        onBeforeToggle={() => {
          const right = button.current?.getBoundingClientRect().right;
          if (right !== undefined) menu.current?.style.setProperty("right", `${innerWidth - right}px`);
        }}
        onKeyDown={(event) => {
          event.stopPropagation();
        }}
      >
        <p>
          <b>{wholeText(matching)}</b> rows pass the filter{complete ? "" : " so far"}. The file is made here, in the
          browser.
        </p>
        <button className="button" type="button" data-testid="export-csv" onClick={() => void run("csv")}>
          CSV, the columns that are shown
        </button>
        <button className="button" type="button" data-testid="export-json" onClick={() => void run("json")}>
          JSON lines, all fields
        </button>
        <p className="export-hint">
          <code>hubble observe --input-file FILE</code> reads the JSON lines.
        </p>
      </div>
    </>
  );
});

function writerOf(kind: Kind, { view, settings }: Session): RowWriter {
  const rows = picture(view.flowRows);
  if (kind === "json") return new RowWriter(rows, "", (row) => jsonLine(row.flow));
  const columns = settings.columns.map(({ column }) => column);
  const reading = { clock: settings.clock, timeFormat: settings.timeFormat, nowMs: Date.now() };
  return new RowWriter(rows, csvHead(columns), (row) => csvLine(row.flow, columns, reading));
}

/** The rows as they stand, oldest first. References only, so that it is quick. */
function picture(rows: Session["view"]["flowRows"]): Row[] {
  const taken: Row[] = [];
  for (let index = rows.count - 1; index >= 0; index -= 1) {
    const row = rows.at(index);
    if (row !== undefined) taken.push(row);
  }
  return taken;
}

/** @returns null where it was stopped */
async function written(writer: RowWriter, kind: Kind, stop: AbortSignal, onProgress: () => void): Promise<Blob | null> {
  const parts: Blob[] = [];
  let text = "";
  do {
    text += writer.write(() => performance.now(), WRITE_BUDGET_MS);
    if (text.length > PART_CHARACTERS || writer.done) {
      parts.push(new Blob([text]));
      text = "";
    }
    onProgress();
    if (!writer.done) await nextFrame();
    if (stop.aborted) return null;
  } while (!writer.done);
  return new Blob(parts, { type: kind === "csv" ? "text/csv;charset=utf-8" : "application/x-ndjson" });
}

async function nextFrame(): Promise<void> {
  await new Promise<void>((done) => {
    if (document.visibilityState === "hidden") setTimeout(done, HIDDEN_INTERVAL_MS);
    else
      requestAnimationFrame(() => {
        done();
      });
  });
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the file by then.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

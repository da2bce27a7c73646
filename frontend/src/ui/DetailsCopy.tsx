/**
 * A button that copies a text, and says whether it could.
 */

import { useEffect, useRef, useState, type ReactNode } from "react";

/** How long the outcome stays. */
const SAID_MS = 2_500;

interface Props {
  readonly text: () => string;
  readonly label: string;
  /** A sign without words, for beside a value. */
  readonly small?: boolean;
  readonly testId?: string;
}

export function DetailsCopy({ text, label, small = false, testId }: Props): ReactNode {
  const [said, setSaid] = useState<"" | "Copied" | "Could not copy">("");
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );

  const copy = async (): Promise<void> => {
    const done = await copied(text());
    setSaid(done ? "Copied" : "Could not copy");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setSaid("");
    }, SAID_MS);
  };

  return (
    <>
      <button
        className={small ? "button button-quiet copy-small" : "button"}
        type="button"
        title={label}
        aria-label={label}
        data-testid={testId}
        onClick={() => void copy()}
      >
        {small ? (said === "Copied" ? "✓" : "⧉") : said === "" ? label : said}
      </button>
      <span role="status" className="copied">
        {said}
      </span>
    </>
  );
}

/** @returns whether it was copied */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain HTTP there is no clipboard to write to, but a marked text can be copied.
    return copiedByMarking(text);
  }
}

function copiedByMarking(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "copy-area";
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  try {
    // No other way is left where the page did not come over TLS.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
    return document.execCommand("copy");
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}

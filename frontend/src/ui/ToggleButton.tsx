/**
 * A button that shows or hides a part of the page, and its key.
 */

import type { ReactNode } from "react";

interface Props {
  readonly label: string;
  /** What the part is, in words. */
  readonly title: string;
  /** The key that does the same; keys.ts has them. */
  readonly shortcut: string;
  readonly pressed: boolean;
  readonly testId: string;
  readonly onToggle: () => void;
}

export function ToggleButton({ label, title, shortcut, pressed, testId, onToggle }: Props): ReactNode {
  return (
    <button
      className="button button-quiet toggle"
      type="button"
      aria-pressed={pressed}
      aria-keyshortcuts={shortcut}
      title={`${title} (${shortcut})`}
      data-testid={testId}
      onClick={onToggle}
    >
      {label}
    </button>
  );
}

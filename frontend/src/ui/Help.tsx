/**
 * The list of keys.
 */

import { useEffect, useRef, type ReactNode } from "react";

import { HELP } from "./keys";

export function Help({ onClose }: { readonly onClose: () => void }): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="help" onClose={onClose} aria-labelledby="help-title" data-testid="help">
      <div className="details-head">
        <h2 id="help-title">Keyboard</h2>
        <span className="spring" />
        <button
          className="button button-quiet"
          type="button"
          aria-label="Close help"
          onClick={() => dialog.current?.close()}
        >
          ✕
        </button>
      </div>
      <dl>
        {HELP.map(([keys, meaning]) => (
          <div key={keys} className="field">
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  );
}

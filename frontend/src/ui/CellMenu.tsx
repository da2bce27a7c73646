/**
 * What a cell of the table offers to the filter: a menu on right click, on the menu key and on I; Alt-click asks for the nearest choice at once, and
 * Shift-Alt-click leaves it out.
 */

import { observer } from "mobx-react-lite";
import {
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { createPortal } from "react-dom";

import { cellChoices, rowChoices } from "../filter/choices";
import type { Choice } from "../filter/edit";
import { shellQuoted } from "../filter/shellwords";
import { cut, seen } from "../flow/visible";
import type { Session } from "../session/session";
import type { Row } from "../stores/row";

const VALUE_CHARACTERS_MAX = 60;

interface Place {
  readonly leftPx: number;
  readonly topPx: number;
}

interface Offer extends Place {
  readonly choices: readonly Choice[];
}

interface Props {
  readonly session: Session;
  readonly grid: RefObject<HTMLElement | null>;
  /** The row that an event's target lies in. */
  readonly rowOf: (target: EventTarget | null) => Row | null;
}

export function CellMenu({ session, grid, rowOf }: Props): ReactNode {
  const [offer, setOffer] = useState<Offer | null>(null);
  const find = useRef(rowOf);
  useLayoutEffect(() => {
    find.current = rowOf;
  });

  useEffect(() => {
    const element = grid.current;
    if (element === null) return;
    const { filter, view } = session;
    /** The row under a pressed pointer: until the menu comes, another flow may stand there. */
    let pressed: { readonly row: Row; readonly column: string } | null = null;

    const press = (event: PointerEvent): void => {
      const row = find.current(event.target);
      pressed = row === null || row.gap !== undefined ? null : { row, column: columnOf(event.target) };
      if (pressed === null || event.button !== 0 || !event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const [choice] = cellChoices(pressed.row.flow, pressed.column);
      if (choice === undefined) return;
      if (event.shiftKey) filter.exclude(choice);
      else filter.include(choice);
    };
    const open = (event: MouseEvent): void => {
      if (!(event.target instanceof Element) || event.target.closest("[role=columnheader]") !== null) return;
      const isPointer = event.target.closest("[role=row]") !== null && pressed !== null;
      const row = isPointer ? pressed?.row : view.selected;
      if (row === null || row === undefined || row.gap !== undefined) return;
      event.preventDefault();
      // A selected row stays where it is while one reads.
      view.select(row);
      const choices = isPointer && pressed !== null ? cellChoices(row.flow, pressed.column) : rowChoices(row.flow);
      const place = isPointer ? { leftPx: event.clientX, topPx: event.clientY } : placeOf(element);
      setOffer({ ...place, choices: choices.length > 0 ? choices : rowChoices(row.flow) });
    };
    const key = (event: globalThis.KeyboardEvent): void => {
      if (event.key !== "i" || event.ctrlKey || event.metaKey || event.altKey) return;
      const row = view.selected;
      if (row === null || row.gap !== undefined) return;
      event.preventDefault();
      setOffer({ ...placeOf(element), choices: rowChoices(row.flow) });
    };
    element.addEventListener("pointerdown", press, { capture: true });
    element.addEventListener("contextmenu", open);
    element.addEventListener("keydown", key);
    return () => {
      element.removeEventListener("pointerdown", press, { capture: true });
      element.removeEventListener("contextmenu", open);
      element.removeEventListener("keydown", key);
    };
  }, [session, grid]);

  if (offer === null) return null;
  // Outside of the table, whose keys are not the menu's.
  return createPortal(
    <Menu
      session={session}
      offer={offer}
      onClose={() => {
        setOffer(null);
        grid.current?.focus();
      }}
    />,
    document.body,
  );
}

interface MenuProps {
  readonly session: Session;
  readonly offer: Offer;
  readonly onClose: () => void;
}

const Menu = observer(function Menu({ session, offer, onClose }: MenuProps): ReactNode {
  const { filter } = session;
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const element = menu.current;
    if (element === null) return;
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(offer.leftPx, innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(offer.topPx, innerHeight - height - 8))}px`;
    element.querySelector("button")?.focus();
  }, [offer]);

  const key = (event: KeyboardEvent): void => {
    const items = [...(menu.current?.querySelectorAll("button") ?? [])];
    const at = items.findIndex((item) => item === document.activeElement);
    // Two columns: to ask for it, and to leave it out.
    const steps: Readonly<Record<string, number>> = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 };
    const step = steps[event.key];
    if (step !== undefined) items[(at + step + items.length) % items.length]?.focus();
    else if (event.key === "Home") items[0]?.focus();
    else if (event.key === "End") items.at(-2)?.focus();
    else if (event.key === "Escape" || event.key === "Tab") onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={menu}
      className="choices"
      role="menu"
      aria-label="Filter by this"
      data-testid="cell-menu"
      onKeyDown={key}
      onContextMenu={(event) => {
        event.preventDefault();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
    >
      {offer.choices.length === 0 && (
        <button type="button" role="menuitem" aria-disabled="true" onClick={onClose}>
          Nothing here can be asked for
        </button>
      )}
      {offer.choices.flatMap((choice) => {
        const text = choiceText(choice);
        const isTime = choice.flag === "since" || choice.flag === "until";
        return [
          <button
            key={`+${text}`}
            type="button"
            role="menuitem"
            data-act="include"
            data-testid="choice-include"
            aria-label={`Only ${text}`}
            onClick={() => {
              filter.include(choice);
              onClose();
            }}
          >
            {text}
          </button>,
          <button
            key={`-${text}`}
            type="button"
            role="menuitem"
            data-act="exclude"
            data-testid="choice-exclude"
            aria-label={`Without ${text}`}
            aria-disabled={isTime}
            onClick={() => {
              if (isTime) return;
              filter.exclude(choice);
              onClose();
            }}
          >
            {isTime ? "" : "not"}
          </button>,
        ];
      })}
    </div>
  );
});

function choiceText({ flag, value }: Choice): string {
  if (value === "") return `--${flag}`;
  return value === "false" ? `--${flag}=false` : `--${flag} ${shellQuoted(seen(cut(value, VALUE_CHARACTERS_MAX)))}`;
}

/** The column of the cell that an event's target lies in; its class has it. */
function columnOf(target: EventTarget | null): string {
  const cell = target instanceof Element ? target.closest("[role=gridcell]") : null;
  const name = [...(cell?.classList ?? [])].find((one) => one.startsWith("cell-"));
  return name?.slice("cell-".length) ?? "";
}

/** Beside the selected row, where it is in sight, else in the table's corner. */
function placeOf(grid: HTMLElement): Place {
  const row = grid.querySelector("[role=row][aria-selected=true]") ?? grid;
  const { left, top, height } = row.getBoundingClientRect();
  return { leftPx: left + 120, topPx: row === grid ? top + 40 : top + height };
}

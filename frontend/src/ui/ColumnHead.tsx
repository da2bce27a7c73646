/**
 * The head of the table: titles that are dragged to another place, and edges that are dragged to another width. The same is done by keyboard
 * in the settings.
 */

import "./ColumnHead.css";

import { observer } from "mobx-react-lite";
import { useRef, useState, type PointerEvent, type ReactNode } from "react";

import type { SettingsStore, ShownColumn } from "../stores/settings";

/** A press that moves less than this is no drag. */
const DRAG_PX_MIN = 5;

export const ColumnHead = observer(function ColumnHead({ settings }: { readonly settings: SettingsStore }): ReactNode {
  return (
    <div className="head row-grid" role="row" aria-rowindex={1}>
      {settings.columns.map((shown) => (
        <HeadCell key={shown.column.id} shown={shown} settings={settings} />
      ))}
    </div>
  );
});

interface Props {
  readonly shown: ShownColumn;
  readonly settings: SettingsStore;
}

function HeadCell({ shown: { column }, settings }: Props): ReactNode {
  const cell = useRef<HTMLDivElement>(null);
  const [moving, setMoving] = useState(false);
  const startPx = useRef<number | null>(null);

  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    startPx.current = event.clientX;
    cell.current?.setPointerCapture(event.pointerId);
  };

  const move = (event: PointerEvent): void => {
    if (startPx.current === null || cell.current === null) return;
    if (!moving && Math.abs(event.clientX - startPx.current) < DRAG_PX_MIN) return;
    setMoving(true);
    const before = cell.current.previousElementSibling?.getBoundingClientRect();
    const after = cell.current.nextElementSibling?.getBoundingClientRect();
    // Past the middle of a neighbour, so that columns of different widths do not swap back and forth.
    if (before !== undefined && event.clientX < before.left + before.width / 2) settings.moveColumn(column.id, -1);
    else if (after !== undefined && event.clientX > after.left + after.width / 2) settings.moveColumn(column.id, 1);
  };

  const release = (): void => {
    startPx.current = null;
    setMoving(false);
  };

  return (
    <div
      ref={cell}
      className={`cell head-cell cell-${column.id}`}
      role="columnheader"
      data-testid={`head-${column.id}`}
      data-moving={moving}
      title={`${column.title}: drag to move; the settings (C) do it by keyboard`}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={release}
    >
      {column.title}
      <Edge cell={cell} id={column.id} settings={settings} />
    </div>
  );
}

interface EdgeProps {
  readonly cell: { readonly current: HTMLElement | null };
  readonly id: string;
  readonly settings: SettingsStore;
}

/** The right edge of a title. A double click gives the width back to the table. */
function Edge({ cell, id, settings }: EdgeProps): ReactNode {
  const start = useRef<{ readonly px: number; readonly widthPx: number } | null>(null);
  return (
    <span
      className="head-edge"
      aria-hidden="true"
      data-testid={`edge-${id}`}
      onPointerDown={(event) => {
        event.stopPropagation();
        const widthPx = cell.current?.getBoundingClientRect().width;
        if (event.button !== 0 || widthPx === undefined) return;
        start.current = { px: event.clientX, widthPx };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        event.stopPropagation();
        if (start.current !== null) settings.resizeColumn(id, start.current.widthPx + event.clientX - start.current.px);
      }}
      onPointerUp={(event) => {
        event.stopPropagation();
        start.current = null;
      }}
      onPointerCancel={() => {
        start.current = null;
      }}
      onDoubleClick={() => {
        settings.resizeColumn(id, null);
      }}
    />
  );
}

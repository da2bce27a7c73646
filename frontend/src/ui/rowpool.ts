/**
 * The rows in sight, drawn by hand. Everything else on the page is React's.
 *
 * Why by hand: at some thousand flows a second every row in sight is another one in every frame. Forty row elements are made once and their
 * texts are written over, which is the least that a browser can be asked to do; no element comes or goes. Rows have one height, so which ones
 * are in sight is a division. Texts go into text nodes and nowhere else.
 */

import { cellTexts, verdictText, type Column, type Reading } from "../flow/columns";
import type { Row } from "../stores/row";
import { gapWords } from "./gapwords";

/** Rows drawn beyond each edge, so that a scroll shows no blank before its frame. */
const OVERSCAN = 4;

/** Names of attributes have to be short to be cheap to match. */
const UUID_CHARACTERS_MAX = 64;

export interface Rows {
  readonly count: number;
  at(index: number): Row | undefined;
}

/** What the rows look like. */
export interface Layout {
  readonly columns: readonly Column[];
  readonly rowHeightPx: number;
  readonly reading: Reading;
}

interface Slot {
  readonly element: HTMLElement;
  readonly texts: readonly Text[];
  row: Row | null;
  index: number;
  selected: boolean;
  isGap: boolean;
}

export class RowPool {
  readonly #sheet: HTMLElement;
  readonly #slots: Slot[] = [];
  readonly #idPrefix: string;
  #layout: Layout;
  #first = 0;
  /** Texts of the rows in sight: a row that only moves down is not put into words again. */
  #texts = new Map<Row, readonly string[]>();

  /** @param sheet the element that holds the rows; it is moved to where they belong */
  constructor(sheet: HTMLElement, idPrefix: string, layout: Layout) {
    this.#sheet = sheet;
    this.#idPrefix = idPrefix;
    this.#layout = layout;
  }

  /** Goes on with other columns, another height or another reading; `draw` shows it. */
  setLayout(layout: Layout): void {
    if (!sameColumns(layout.columns, this.#layout.columns)) this.#resize(0);
    if (layout.rowHeightPx !== this.#layout.rowHeightPx) this.#first = -1;
    this.#layout = layout;
    this.#texts.clear();
    for (const slot of this.#slots) slot.row = null;
  }

  /** Draws the rows between two heights, in pixels from the top of the first row. */
  draw(rows: Rows, topPx: number, heightPx: number, selectedSeq: number | null): void {
    const { columns, rowHeightPx, reading } = this.#layout;
    const first = Math.max(0, Math.floor(topPx / rowHeightPx) - OVERSCAN);
    const end = Math.min(rows.count, Math.ceil((topPx + heightPx) / rowHeightPx) + OVERSCAN);
    this.#resize(Math.max(0, end - first));
    if (first !== this.#first) {
      this.#first = first;
      this.#sheet.style.transform = `translateY(${first * rowHeightPx}px)`;
    }
    const known = this.#texts;
    this.#texts = new Map();
    for (const [offset, slot] of this.#slots.entries()) {
      const row = rows.at(first + offset);
      if (row === undefined) continue;
      const texts = known.get(row) ?? textsOf(row, columns, reading);
      this.#texts.set(row, texts);
      write(slot, row, texts, first + offset, row.seq === selectedSeq);
    }
  }

  /** The row that an event's target lies in. */
  rowOf(target: EventTarget | null): Row | null {
    const element = target instanceof Element ? target.closest("[role=row]") : null;
    return this.#slots.find((slot) => slot.element === element)?.row ?? null;
  }

  /** The id of the element that shows the row, for aria-activedescendant. */
  elementId(seq: number): string | undefined {
    return this.#slots.find((slot) => slot.row?.seq === seq)?.element.id;
  }

  #resize(size: number): void {
    while (this.#slots.length < size) {
      const slot = makeSlot(`${this.#idPrefix}${this.#slots.length}`, this.#layout.columns);
      this.#slots.push(slot);
      this.#sheet.append(slot.element);
    }
    while (this.#slots.length > size) this.#slots.pop()?.element.remove();
  }
}

/** A gap has one text, which its row shows across all columns. */
function textsOf({ flow, gap }: Row, columns: readonly Column[], reading: Reading): readonly string[] {
  if (gap === undefined) return cellTexts(flow, columns, reading);
  return columns.map((_, index) => (index === 0 ? gapWords(gap, reading.clock) : ""));
}

function sameColumns(some: readonly Column[], others: readonly Column[]): boolean {
  return some.length === others.length && some.every((column, index) => column === others[index]);
}

function makeSlot(id: string, columns: readonly Column[]): Slot {
  const element = document.createElement("div");
  element.className = "row";
  element.id = id;
  element.setAttribute("role", "row");
  element.dataset["testid"] = "row";
  const texts = columns.map((column) => {
    const cell = document.createElement("div");
    cell.className = `cell cell-${column.id}`;
    cell.dataset["column"] = column.id;
    cell.setAttribute("role", "gridcell");
    const text = document.createTextNode("");
    cell.append(text);
    element.append(cell);
    return text;
  });
  return { element, texts, row: null, index: -1, selected: false, isGap: false };
}

function write(slot: Slot, row: Row, contents: readonly string[], index: number, selected: boolean): void {
  const { element, texts } = slot;
  if (slot.index !== index) {
    slot.index = index;
    // The header is row 1.
    element.setAttribute("aria-rowindex", String(index + 2));
  }
  if (slot.selected !== selected) {
    slot.selected = selected;
    element.setAttribute("aria-selected", String(selected));
  }
  if (slot.row === row) return;
  slot.row = row;
  writeGap(slot, row);
  element.dataset["uuid"] = (row.flow.uuid ?? "").slice(0, UUID_CHARACTERS_MAX);
  element.dataset["verdict"] = row.gap === undefined ? verdictText(row.flow).slice(0, UUID_CHARACTERS_MAX) : "";
  for (const [column, content] of contents.entries()) {
    const text = texts[column];
    if (text !== undefined && text.data !== content) text.data = content;
  }
}

function writeGap(slot: Slot, { gap }: Row): void {
  const isGap = gap !== undefined;
  if (slot.isGap === isGap) return;
  slot.isGap = isGap;
  slot.element.classList.toggle("gap", isGap);
  slot.element.dataset["testid"] = isGap ? "gap" : "row";
  const [first] = slot.element.children;
  if (isGap) first?.setAttribute("aria-colspan", String(slot.texts.length));
  else first?.removeAttribute("aria-colspan");
}

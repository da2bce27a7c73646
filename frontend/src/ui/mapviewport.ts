/**
 * How the map lies in its window: all of it in sight until the reader moves or zooms.
 *
 * While it is dragged the browser moves what it has drawn already. To draw a thousand curves anew for each step of a hand would take every frame.
 */

import { useEffect, useMemo, useRef, useState, type PointerEvent, type RefObject } from "react";
import { flushSync } from "react-dom";

import { boundsOf, type MapLayout } from "../map/layout";
import { fitted, zoomed, type Viewport } from "./mapgeometry";

/** A press that moves less is a click. */
const DRAG_PX_MIN = 4;

export interface ViewportControl {
  readonly svg: RefObject<SVGSVGElement | null>;
  readonly viewport: Viewport;
  /** Around the middle of the window. */
  readonly zoom: (factor: number) => void;
  readonly fit: () => void;
  /** Whether the pointer is dragging, or has just done so: the click that follows is none. */
  readonly isDragged: () => boolean;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerUp: () => void;
}

interface Drag {
  readonly fromX: number;
  readonly fromY: number;
  dx: number;
  dy: number;
  moved: boolean;
}

/** @param onDrag told when a drag begins and when it ends */
export function useViewport(layout: MapLayout, onDrag: (isDragged: boolean) => void): ViewportControl {
  const svg = useRef<SVGSVGElement>(null);
  const drag = useRef<Drag | null>(null);
  const [size, setSize] = useState({ width: 800, height: 300 });
  const [own, setOwn] = useState<Viewport | null>(null);
  const bounds = useMemo(() => boundsOf(layout), [layout]);
  const viewport = own ?? (bounds === null ? { x: 0, y: 0, scale: 1 } : fitted(bounds, size.width, size.height));
  const now = useRef(viewport);
  useEffect(() => {
    now.current = viewport;
  });

  useEffect(() => {
    const element = svg.current;
    if (element === null) return;
    const sizes = new ResizeObserver(() => {
      setSize({ width: Math.max(50, element.clientWidth), height: Math.max(50, element.clientHeight) });
    });
    sizes.observe(element);
    const wheel = (event: WheelEvent): void => {
      event.preventDefault();
      if (drag.current?.moved === true) return;
      const { left, top } = element.getBoundingClientRect();
      setOwn(zoomed(now.current, Math.exp(-event.deltaY / 400), event.clientX - left, event.clientY - top));
    };
    // React's own listener could not keep the page from scrolling.
    element.addEventListener("wheel", wheel, { passive: false });
    return () => {
      sizes.disconnect();
      element.removeEventListener("wheel", wheel);
    };
  }, []);

  /** Moves the element itself; null puts it back, once the drawing lies in it as it was moved. */
  const shift = (by: Drag | null): void => {
    if (svg.current === null) return;
    svg.current.dataset["dragged"] = String(by !== null);
    svg.current.style.transform = by === null ? "" : `translate(${by.dx}px, ${by.dy}px)`;
  };

  return {
    svg,
    viewport,
    zoom: (factor) => {
      setOwn(zoomed(now.current, factor, size.width / 2, size.height / 2));
    },
    fit: () => {
      setOwn(null);
    },
    isDragged: () => drag.current !== null,
    onPointerDown: ({ button, clientX, clientY }) => {
      if (button === 0) drag.current = { fromX: clientX, fromY: clientY, dx: 0, dy: 0, moved: false };
    },
    onPointerMove: ({ clientX, clientY, pointerId }) => {
      const held = drag.current;
      if (held === null) return;
      [held.dx, held.dy] = [clientX - held.fromX, clientY - held.fromY];
      if (!held.moved && Math.hypot(held.dx, held.dy) < DRAG_PX_MIN) return;
      if (!held.moved) {
        held.moved = true;
        svg.current?.setPointerCapture(pointerId);
        onDrag(true);
      }
      shift(held);
    },
    onPointerUp: () => {
      const held = drag.current;
      if (held?.moved !== true) {
        drag.current = null;
        return;
      }
      const { x, y, scale } = now.current;
      flushSync(() => {
        setOwn({ scale, x: x + held.dx, y: y + held.dy });
      });
      shift(null);
      onDrag(false);
      // The click that follows comes before this.
      setTimeout(() => {
        drag.current = null;
      });
    },
  };
}

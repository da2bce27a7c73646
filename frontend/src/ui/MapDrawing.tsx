/**
 * The drawing: areas, places and ways between them. It is moved and zoomed by mouse and by keyboard; a click or Enter narrows the filter.
 */

import { observer } from "mobx-react-lite";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

import type { Choice } from "../filter/edit";
import type { GraphEdge } from "../map/graph";
import type { FilterStore } from "../stores/filter";
import { Area, Edge, LargeName, Node, type PartEvents } from "./MapParts";
import type { MapPicture } from "./mapdriver";
import { areaChoices, edgeChoices, isAsked, nodeChoices } from "./mapfilter";
import { neighbour } from "./mapgeometry";
import { useViewport } from "./mapviewport";
import { edgeWords, nodePath } from "./mapwords";
import { wholeText } from "./numbers";

/** Smaller than this, names of places are not read and those of areas are written large. */
const SCALE_NEAR = 0.5;

/** More than these are drawn faintly, so that something can be seen between them. */
const MANY_EDGES = 200;

interface Props {
  readonly picture: MapPicture;
  readonly filter: FilterStore;
  /** Everything is to be laid out anew. */
  readonly onArrange: () => void;
  /** Whether a hand holds the drawing. */
  readonly onHold: (isHeld: boolean) => void;
  readonly onPoint: (words: string) => void;
  readonly onAsk: (choices: readonly Choice[]) => void;
}

export const MapDrawing = observer(function MapDrawing(props: Props): ReactNode {
  const { picture, filter, onArrange } = props;
  const { graph, layout, seconds } = picture;
  const { svg, viewport, zoom, fit, isDragged, ...pointer } = useViewport(layout, props.onHold);
  const [lit, setLit] = useState<string | null>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const tabStop = current !== null && layout.nodes.has(current) ? current : (graph.nodes[0]?.key ?? null);

  const latest = useRef({ ...props, isDragged });
  useEffect(() => {
    latest.current = { ...props, isDragged };
  });
  const events = useMemo((): PartEvents => {
    const askFor = (choices: readonly Choice[]): void => {
      if (!latest.current.isDragged() && choices.length > 0) latest.current.onAsk(choices);
    };
    const edgeOf = (key: string | null): GraphEdge | undefined =>
      latest.current.picture.graph.edges.find((edge) => edge.key === key);
    return {
      areaClicked: (area) => {
        askFor(areaChoices(area));
      },
      edgeClicked: (key) => {
        const edge = edgeOf(key);
        if (edge !== undefined) askFor(edgeChoices(edge));
      },
      edgePointed: (key) => {
        const edge = edgeOf(key);
        latest.current.onPoint(edge === undefined ? "" : edgeWords(edge, latest.current.picture.seconds));
      },
      nodeClicked: (key) => {
        const node = latest.current.picture.graph.nodes.find((one) => one.key === key);
        if (node !== undefined) askFor(nodeChoices(node));
      },
      nodePointed: (key) => {
        const node = latest.current.picture.graph.nodes.find((one) => one.key === key);
        setLit(key);
        latest.current.onPoint(node === undefined ? "" : `${nodePath(node)}: ${wholeText(node.flows)} flows`);
      },
      nodeFocused: setCurrent,
    };
  }, []);

  const key = (event: KeyboardEvent): void => {
    const target = tabStop === null ? undefined : neighbour(layout.nodes, tabStop, event.key);
    if (target !== undefined) {
      setCurrent(target);
      svg.current?.querySelector<SVGElement>(`[data-key="${CSS.escape(target)}"]`)?.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      if (tabStop !== null) events.nodeClicked(tabStop);
    } else if (event.key === "+" || event.key === "-") {
      zoom(event.key === "+" ? 1.25 : 0.8);
    } else if (event.key === "0") {
      fit();
      onArrange();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  const far = viewport.scale < SCALE_NEAR;
  return (
    <div className="map-window">
      <svg
        ref={svg}
        className="map-drawing"
        role="group"
        aria-label="Places: arrows go from one to the next, Enter shows only its flows, + and - zoom, 0 shows all"
        data-far={far}
        data-lit={lit !== null}
        data-many={graph.edges.length > MANY_EDGES}
        data-testid="map-drawing"
        onKeyDown={key}
        {...pointer}
        onPointerCancel={pointer.onPointerUp}
      >
        <Arrows />
        <g transform={`translate(${viewport.x} ${viewport.y}) scale(${viewport.scale})`}>
          {[...layout.areas].map(([area, box]) => (
            <Area key={area} area={area} box={box} events={events} />
          ))}
          {/* The gravest last, so that nothing lies over them. */}
          {[...graph.edges].reverse().map((edge) => (
            <Edge
              key={edge.key}
              edge={edge}
              from={layout.nodes.get(edge.from.key)}
              to={layout.nodes.get(edge.to.key)}
              lit={lit === edge.from.key || lit === edge.to.key}
              width={widthOf(edge, seconds)}
              events={events}
            />
          ))}
          {graph.nodes.map((node) => (
            <Node
              key={node.key}
              node={node}
              spot={layout.nodes.get(node.key)}
              isStop={node.key === tabStop}
              asked={isAsked(filter, nodeChoices(node))}
              events={events}
            />
          ))}
          {far &&
            [...layout.areas].map(([area, box]) => (
              <LargeName key={area} area={area} box={box} fontSize={Math.round(13 / viewport.scale)} />
            ))}
        </g>
      </svg>
      <Zoom
        onZoom={zoom}
        onFit={() => {
          fit();
          onArrange();
        }}
      />
      {graph.nodes.length === 0 && <p className="map-empty">No flow passes the filter yet.</p>}
    </div>
  );
});

/** Thickness by rate: each step is about three times the one before. */
function widthOf({ flows }: GraphEdge, seconds: number): number {
  return 1 + Math.max(0, Math.min(5, Math.round(Math.log10(Math.max(0.1, flows / seconds)) * 2)));
}

function Arrows(): ReactNode {
  return (
    <defs>
      {["good", "bad"].map((tone) => (
        <marker
          key={tone}
          id={`map-arrow-${tone}`}
          className="map-arrow"
          data-tone={tone}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="9"
          markerHeight="9"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0,0 L8,4 L0,8 z" />
        </marker>
      ))}
    </defs>
  );
}

interface ZoomProps {
  readonly onZoom: (factor: number) => void;
  readonly onFit: () => void;
}

function Zoom({ onZoom, onFit }: ZoomProps): ReactNode {
  return (
    <div className="map-zoom">
      <button
        className="button"
        type="button"
        aria-label="Larger"
        title="Larger (+)"
        onClick={() => {
          onZoom(1.25);
        }}
      >
        +
      </button>
      <button
        className="button"
        type="button"
        aria-label="Smaller"
        title="Smaller (-)"
        onClick={() => {
          onZoom(0.8);
        }}
      >
        −
      </button>
      <button
        className="button"
        type="button"
        title="Tidy up and show all of it (0)"
        data-testid="map-fit"
        onClick={onFit}
      >
        Fit
      </button>
    </div>
  );
}

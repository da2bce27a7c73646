/**
 * The service map of the rows that pass the filter: a drawing, and the same as a table.
 */

import "./Map.css";

import { observer } from "mobx-react-lite";
import { useEffect, useRef, useState, type ReactNode } from "react";

import { NO_LAYOUT } from "../map/layout";
import type { Session } from "../session/session";
import { MapDrawing } from "./MapDrawing";
import { MapTable } from "./MapTable";
import { MapDriver, type MapPicture } from "./mapdriver";
import { ask, askNowhere, whereTerm } from "./mapfilter";
import { wholeText } from "./numbers";

/** Height of the line above the drawing. */
const BAR_PX = 36;

const NOTHING: MapPicture = { graph: { nodes: [], edges: [], edgesLeftOut: 0 }, layout: NO_LAYOUT, seconds: 1 };

export const Map = observer(function Map({ session }: { readonly session: Session }): ReactNode {
  const { filter } = session;
  const [picture, setPicture] = useState<MapPicture>(NOTHING);
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState("");

  const panel = useRef<HTMLElement>(null);
  const driver = useRef<MapDriver | null>(null);

  useEffect(() => {
    const aspect = (): number => {
      const { clientWidth, clientHeight } = panel.current ?? { clientWidth: 3, clientHeight: 1 };
      return clientWidth / Math.max(1, clientHeight - BAR_PX);
    };
    const made = new MapDriver(session, aspect, setPicture);
    driver.current = made;
    return () => {
      driver.current = null;
      made.dispose();
    };
  }, [session]);

  const { graph } = picture;
  return (
    <section ref={panel} className="map" aria-label="Service map" data-testid="map">
      <div className="map-bar">
        <h2>Who talks to whom</h2>
        <span className="map-counts" data-testid="map-counts">
          {wholeText(graph.nodes.length)} places, {wholeText(graph.edges.length)} ways
          {graph.edgesLeftOut > 0 && `, ${wholeText(graph.edgesLeftOut)} quiet ones not drawn`}
        </span>
        <span className="map-pointed">{pointed}</span>
        <span className="spring" />
        {whereTerm(filter) !== undefined && (
          <button
            className="button"
            type="button"
            data-testid="map-everywhere"
            onClick={() => {
              askNowhere(filter);
            }}
          >
            Show all places
          </button>
        )}
        <button
          className="button"
          type="button"
          aria-pressed={asTable}
          data-testid="map-as-table"
          onClick={() => {
            setAsTable(!asTable);
          }}
        >
          {asTable ? "As a drawing" : "As a table"}
        </button>
      </div>
      {asTable ? (
        <MapTable picture={picture} filter={filter} />
      ) : (
        <MapDrawing
          picture={picture}
          filter={filter}
          onArrange={() => {
            driver.current?.arrange();
          }}
          onHold={(isHeld) => {
            driver.current?.hold(isHeld);
          }}
          onPoint={setPointed}
          onAsk={(choices) => {
            ask(filter, choices);
          }}
        />
      )}
    </section>
  );
});

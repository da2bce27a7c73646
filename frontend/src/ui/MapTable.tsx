/**
 * The map as a table, for readers of screens and for whoever prefers one.
 */

import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import type { GraphEdge } from "../map/graph";
import type { FilterStore } from "../stores/filter";
import type { MapPicture } from "./mapdriver";
import { ask, edgeChoices, isAsked } from "./mapfilter";
import { nodePath, roughly } from "./mapwords";
import { rateText, wholeText } from "./numbers";

/** Lines; a table of a thousand is read by nobody. */
const LINES_MAX = 200;

/** And what they mean, where that is not plain. */
const TITLES: readonly (readonly [title: string, hint?: string])[] = [
  ["From"],
  ["To"],
  ["Flows"],
  ["Flows/s"],
  ["Dropped or failed"],
  ["Audited"],
  ["Answers", "Responses of layer 7: HTTP, DNS, Kafka"],
  ["Half within", "Half of the answers took no longer, to a tenth"],
  ["95 % within", "95 of 100 answers took no longer, to a tenth"],
  ["HTTP 5xx", "Answers that say that the server failed"],
  [""],
];

interface Props {
  readonly picture: MapPicture;
  readonly filter: FilterStore;
}

export const MapTable = observer(function MapTable({ picture: { graph, seconds }, filter }: Props): ReactNode {
  return (
    <div className="map-table" tabIndex={0} role="region" aria-label="Ways as a table">
      <table data-testid="map-table">
        <thead>
          <tr>
            {TITLES.map(([title, hint]) => (
              <th key={title} scope="col" title={hint}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {graph.edges.slice(0, LINES_MAX).map((edge) => (
            <Line key={edge.key} edge={edge} seconds={seconds} filter={filter} />
          ))}
        </tbody>
      </table>
    </div>
  );
});

interface LineProps {
  readonly edge: GraphEdge;
  readonly seconds: number;
  readonly filter: FilterStore;
}

const Line = observer(function Line({ edge, seconds, filter }: LineProps): ReactNode {
  const choices = edgeChoices(edge);
  const { answers } = edge;
  const failed = answers?.failed ?? 0;
  return (
    <tr>
      <NameCell name={nodePath(edge.from)} />
      <NameCell name={nodePath(edge.to)} />
      <td>{wholeText(edge.flows)}</td>
      <td>{rateText(edge.flows / seconds)}</td>
      <td data-bad={edge.bad > 0}>{edge.bad > 0 ? `✕ ${wholeText(edge.bad)}` : ""}</td>
      <td>{edge.audited > 0 ? wholeText(edge.audited) : ""}</td>
      <td>{answers === null ? "" : wholeText(answers.count)}</td>
      <td>{roughly(answers?.p50_ns ?? null)}</td>
      <td>{roughly(answers?.p95_ns ?? null)}</td>
      <td data-bad={failed > 0}>{failed > 0 ? `✕ ${wholeText(failed)}` : ""}</td>
      <td>
        {choices.length > 0 && (
          <button
            className="button button-quiet"
            type="button"
            aria-pressed={isAsked(filter, choices)}
            aria-label={`Show only ${nodePath(edge.from)} to ${nodePath(edge.to)}`}
            onClick={() => {
              ask(filter, choices);
            }}
          >
            Show only these
          </button>
        )}
      </td>
    </tr>
  );
});

/** Anybody may choose a long name; it must not push the numbers out of sight. */
function NameCell({ name }: { readonly name: string }): ReactNode {
  return (
    <td className="map-table-name" title={name}>
      {name}
    </td>
  );
}

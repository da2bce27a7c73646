/**
 * How every hop before this page does, and every loss on the way with its count. Always in sight: an operator who sees no flow has to know
 * whether there was none.
 */

import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import { cut, seen } from "../flow/visible";
import type { Session } from "../session/session";
import type { Adapter } from "../stores/health";
import { STATUS_EXCHANGE } from "../wire/topology";
import { durationText, rateText, wholeText } from "./numbers";
import { lossWords, troubleWords, USUAL_LOSSES } from "./words";

/** Adapters that are listed one by one. */
const ADAPTERS_SHOWN = 4;

const NAME_CHARACTERS_MAX = 40;

export const HealthStrip = observer(function HealthStrip({ session }: { readonly session: Session }): ReactNode {
  return (
    <section className="strip" aria-label="Health of the way from Hubble to this page" data-testid="health">
      <Adapters session={session} />
      <Losses session={session} />
    </section>
  );
});

const Adapters = observer(function Adapters({ session }: { readonly session: Session }): ReactNode {
  const { health, connection } = session;
  const adapters = [...health.adapters.entries()];
  if (adapters.length === 0) {
    const state = connection.status;
    const why = state.is === "waiting" ? troubleWords(state.trouble, STATUS_EXCHANGE) : "";
    return (
      <ul className="strip-part">
        <li className="fact" data-tone="busy" title={why} data-testid="no-adapter">
          no adapter heard yet
        </li>
      </ul>
    );
  }
  const lag = health.lagSeconds;
  return (
    <ul className="strip-part">
      {adapters.slice(0, ADAPTERS_SHOWN).map(([id, adapter]) => (
        <AdapterFact
          key={id}
          adapter={adapter}
          silentMs={health.isSilent(adapter) ? health.nowMs - adapter.heardMs : null}
        />
      ))}
      {adapters.length > ADAPTERS_SHOWN && <li className="fact">+{adapters.length - ADAPTERS_SHOWN} more adapters</li>}
      {lag !== null && (
        <li
          className="fact"
          data-tone={lag > 5 ? "bad" : undefined}
          title="Now minus the newest flow's time, as the adapter sees it"
        >
          lag <b data-testid="lag">{durationText(lag)}</b>
        </li>
      )}
    </ul>
  );
});

interface AdapterProps {
  readonly adapter: Adapter;
  /** How long it has been silent, null while it speaks. */
  readonly silentMs: number | null;
}

const AdapterFact = observer(function AdapterFact({ adapter, silentMs }: AdapterProps): ReactNode {
  const { id, hubble, broker, nodes, rates } = adapter.status;
  const name = seen(cut(id, NAME_CHARACTERS_MAX));
  const away = nodes?.not_connected_total ?? nodes?.not_connected?.length ?? 0;
  const fine = silentMs === null && hubble.state === "streaming" && broker.state === "ready";
  const error = [hubble.error, broker.error].filter((text) => text !== "").join(" · ");
  const title = [
    `Adapter ${name}`,
    `Hubble ${hubble.address}: ${hubble.state} for ${durationText(hubble.state_seconds)}`,
    `Broker ${broker.address}: ${broker.state} for ${durationText(broker.state_seconds)}`,
    ...(rates?.received_per_second === undefined ? [] : [`${rateText(rates.received_per_second)} flows/s received`]),
    ...(error === "" ? [] : [`Last error: ${error}`]),
  ];
  return (
    <>
      <li
        className="fact"
        data-tone={fine ? "good" : "bad"}
        title={seen(cut(title.join("; "), 1_000))}
        data-testid="adapter"
      >
        adapter <b>{name}</b>{" "}
        {silentMs === null
          ? `${seen(cut(hubble.state, NAME_CHARACTERS_MAX))}${broker.state === "ready" ? "" : `, broker ${seen(cut(broker.state, NAME_CHARACTERS_MAX))}`}`
          : `silent for ${durationText(silentMs / 1000)}`}
      </li>
      {nodes?.connected !== undefined && (
        <li
          className="fact"
          data-tone={away > 0 ? "bad" : undefined}
          title={seen(
            cut(
              (nodes.not_connected ?? []).map((node) => `${node.name ?? "?"}: ${node.state ?? "?"}`).join("; "),
              1_000,
            ),
          )}
        >
          nodes <b>{wholeText(nodes.connected)}</b>
          {away > 0 && `, ${wholeText(away)} away`}
        </li>
      )}
    </>
  );
});

interface Count {
  /** The kind of loss. */
  readonly id: string;
  readonly count: number;
}

const Losses = observer(function Losses({ session }: { readonly session: Session }): ReactNode {
  const { health, flows } = session;
  const { totals } = flows;
  const unusual = [...health.losses].filter(([kind, count]) => count > 0 && !USUAL_LOSSES.includes(kind));
  const kinds = [...USUAL_LOSSES, ...unusual.map(([kind]) => kind)];
  const counts: Count[] = [
    ...kinds.map((kind) => ({ id: kind, count: health.losses.get(kind) ?? 0 })),
    { id: "queue", count: totals.lostInQueue },
    { id: "browser", count: totals.shed },
    { id: "away", count: totals.missedWhileAway },
  ];
  const notUnderstood = totals.notUnderstood + health.notUnderstood;
  return (
    <ul className="strip-part strip-losses" aria-label="Lost on the way">
      <li className="strip-title">lost:</li>
      {counts.map(({ id, count }) => (
        <li
          key={id}
          className="fact"
          title={lossWords(id).long}
          data-testid={`loss-${id}`}
          data-zero={count === 0}
          data-tone={count > 0 ? "bad" : undefined}
        >
          {lossWords(id).short} <b>{wholeText(count)}</b>
        </li>
      ))}
      {totals.repeated > 0 && (
        <li className="fact" data-testid="repeated" title="Flows that came twice and are shown once; nothing is lost">
          repeated <b>{wholeText(totals.repeated)}</b>
        </li>
      )}
      {notUnderstood > 0 && (
        <li
          className="fact"
          data-tone="bad"
          data-testid="not-understood"
          title={`The last one: ${totals.notUnderstoodWhy || health.notUnderstoodWhy}`}
        >
          <b>{wholeText(notUnderstood)}</b> {notUnderstood === 1 ? "message was" : "messages were"} not understood
        </li>
      )}
    </ul>
  );
});

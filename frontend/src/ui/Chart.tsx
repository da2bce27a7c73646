/**
 * How fast flows come, by verdict, over all rows of the page. Dragging over it narrows the table to that time, and so do the arrow keys with Enter.
 */

import "uplot/dist/uPlot.min.css";
import "./Chart.css";

import { observer } from "mobx-react-lite";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode, type RefObject } from "react";

import type { Histogram } from "../chart/bins";
import { GROUPS, type Group } from "../chart/groups";
import type { Session } from "../session/session";
import { ChartDriver, type Range } from "./chartdriver";
import { rateText, wholeText } from "./numbers";

const GROUP_SIGNS: Readonly<Record<Group, string>> = {
  ...{ dropped: "✕", error: "!", audit: "◇", redirected: "↷", other: "○", forwarded: "→" },
};

/** Groups that are one verdict, and so can be asked for. */
const GROUP_VERDICTS: Partial<Readonly<Record<Group, string>>> = {
  ...{ dropped: "DROPPED", error: "ERROR", audit: "AUDIT", redirected: "REDIRECTED", forwarded: "FORWARDED" },
};

interface Told {
  readonly histogram: Histogram | null;
  /** The bar under the cursor. */
  readonly at: number | null;
}

export const Chart = observer(function Chart({ session }: { readonly session: Session }): ReactNode {
  const { filter, settings, view } = session;
  const plot = useRef<HTMLDivElement>(null);
  const samples = useRef<HTMLDivElement>(null);
  const driver = useRef<ChartDriver | null>(null);
  const [told, setTold] = useState<Told>({ histogram: null, at: null });

  const narrow = (range: Range | null): void => {
    filter.setRange(range?.sinceMs ?? null, range?.untilMs ?? null);
    // Otherwise the rows asked for would leave the buffer while they are read.
    if (range !== null) view.hold("button");
  };
  const narrowNow = useRef(narrow);
  useEffect(() => {
    narrowNow.current = narrow;
  });

  useEffect(() => {
    if (plot.current === null || samples.current === null) return;
    const made = new ChartDriver(
      session,
      { plot: plot.current, samples: [...samples.current.children] as HTMLElement[] },
      {
        onTold: (histogram, at) => {
          setTold({ histogram, at });
        },
        onRange: (range) => {
          narrowNow.current(range);
        },
      },
    );
    driver.current = made;
    return () => {
      driver.current = null;
      made.dispose();
    };
  }, [session]);

  const { sinceMs, untilMs } = filter.inForce;
  const hasRange = sinceMs !== null || untilMs !== null;
  return (
    <section className="chart" aria-label="Flows a second, by verdict" data-testid="chart">
      <div ref={samples} hidden={false} className="chart-samples" aria-hidden="true">
        {[...GROUPS, "line", "words"].map((name) => (
          <i key={name} data-group={name} />
        ))}
      </div>
      <Legend session={session} told={told} />
      <Plot plot={plot} driver={driver} told={told} words={barWords(told, session)} onRange={narrow} />
      {hasRange && (
        <button
          className="button chart-range"
          type="button"
          title="Show all times again"
          data-testid="chart-range"
          onClick={() => {
            narrow(null);
          }}
        >
          {sinceMs === null ? "…" : settings.clock.time(sinceMs).slice(0, -2)} –{" "}
          {untilMs === null ? "…" : settings.clock.time(untilMs).slice(0, -2)} ✕
        </button>
      )}
    </section>
  );
});

interface PlotProps {
  readonly plot: RefObject<HTMLDivElement | null>;
  readonly driver: RefObject<ChartDriver | null>;
  readonly told: Told;
  readonly words: string;
  readonly onRange: (range: Range | null) => void;
}

/** For the keyboard and for readers of screens it is a slider over the bars. */
function Plot({ plot, driver, told, words, onRange }: PlotProps): ReactNode {
  const [mark, setMark] = useState<number | null>(null);
  const last = Math.max(0, (told.histogram?.startsMs.length ?? 1) - 1);
  const at = Math.min(told.at ?? last, last);

  const press = (event: KeyboardEvent): void => {
    const moves: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: at - 1, ArrowRight: at + 1, PageUp: at + 10, PageDown: at - 10, Home: 0, End: last },
    };
    const target = moves[event.key];
    if (target !== undefined) {
      setMark(event.shiftKey ? (mark ?? at) : null);
      driver.current?.point(Math.max(0, Math.min(last, target)));
    } else if (event.key === "Enter" || event.key === " ") {
      const ends = [
        driver.current?.rangeOf(Math.min(mark ?? at, at)),
        driver.current?.rangeOf(Math.max(mark ?? at, at)),
      ];
      if (ends[0] && ends[1]) onRange({ sinceMs: ends[0].sinceMs, untilMs: ends[1].untilMs });
      setMark(null);
    } else if (event.key === "Escape" || event.key === "Delete" || event.key === "Backspace") {
      onRange(null);
      setMark(null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={plot}
      className="chart-plot"
      role="slider"
      tabIndex={0}
      aria-label="Time: arrows move, Shift with arrows marks a range, Enter narrows the table to it, Escape shows all"
      aria-valuemin={0}
      aria-valuemax={last}
      aria-valuenow={at}
      aria-valuetext={words === "" ? "no flows yet" : words}
      data-testid="chart-plot"
      onKeyDown={press}
      onBlur={() => {
        setMark(null);
      }}
    />
  );
}

/** The bar under the cursor in words. */
function barWords({ histogram, at }: Told, { settings }: Session): string {
  const start = at === null ? undefined : histogram?.startsMs[at];
  if (histogram === null || at === null || start === undefined) return "";
  const parts = GROUPS.flatMap((group, index) => {
    const count = histogram.counts[index]?.[at] ?? 0;
    return count === 0 ? [] : [`${group} ${rateText((count * 1_000) / histogram.stepMs)}/s`];
  });
  return `${settings.clock.time(start).slice(0, -2)}: ${parts.length === 0 ? "no flows" : parts.join(", ")}`;
}

const Legend = observer(function Legend({
  session,
  told,
}: {
  readonly session: Session;
  readonly told: Told;
}): ReactNode {
  const { filter } = session;
  const { histogram, at } = told;
  return (
    <ul className="chart-legend">
      {GROUPS.map((group, index) => {
        const total = histogram?.totals[index] ?? 0;
        const verdict = GROUP_VERDICTS[group];
        if (total === 0 && group !== "dropped" && group !== "forwarded") return null;
        const here =
          at === null ? null : ((histogram?.counts[index]?.[at] ?? 0) * 1_000) / (histogram?.stepMs ?? 1_000);
        const text = (
          <>
            <span className="chart-sign" data-group={group} aria-hidden="true">
              {GROUP_SIGNS[group]}
            </span>
            {group} <b>{here === null ? wholeText(total) : `${rateText(here)}/s`}</b>
          </>
        );
        const choice = { flag: "verdict", value: verdict ?? "" };
        const included = verdict !== undefined && filter.standing(choice) === "included";
        return (
          <li key={group}>
            {verdict === undefined ? (
              <span className="chart-item">{text}</span>
            ) : (
              <button
                className="chart-item"
                type="button"
                aria-pressed={included}
                title={included ? "Show all verdicts again" : "Show only these"}
                data-testid={`chart-${group}`}
                onClick={() => {
                  if (included) filter.drop(choice);
                  else filter.include(choice);
                }}
              >
                {text}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
});

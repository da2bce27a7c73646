/**
 * What of the page's state is in its address, and under which keys; docs/filters.md lists them.
 *
 * A link gives the whole view: a part that it does not name is as a page begins. Only what is a matter of taste (colours, density, time zone, how
 * much is replayed) stays as the reader has it where a link says nothing of it. Nothing that a link asks for is kept for the next time.
 */

import { FACET_KINDS } from "../filter/facetkinds";
import { DEFAULT_COLUMN_IDS } from "../flow/columns";
import { DENSITIES, isDensity, isTheme, isTimeFormat } from "../stores/settings";
import type { Accessor, Address } from "./address";
import { millisOf } from "../flow/time";
import type { Row } from "../stores/row";
import type { FlowName } from "./past";
import { REPLAY_MINUTES_DEFAULT } from "./replay";
import type { Session } from "./session";

const UUID_CHARACTERS_MAX = 64;

const DEFAULT_COLUMNS = DEFAULT_COLUMN_IDS.join(",");

/** All facets are unfolded. */
const ALL = "all";

export function bindAddress(address: Address, session: Session): void {
  const { filter, facets, past, settings, view } = session;
  /** How a link wants the page to look is not how its reader wants it from now on. */
  const bindLook = (key: string, { read, write }: Accessor): void => {
    address.bind(key, {
      read,
      write: (text) => {
        settings.lend(() => {
          write(text);
        });
      },
    });
  };
  address.bind("at", {
    read: () => (past.shownMs === null ? "" : new Date(past.shownMs).toISOString()),
    write: (text) => {
      const ms = Date.parse(text);
      if (text === "") session.showPresent();
      else if (ms > 0) session.showPast(ms);
    },
  });
  address.bind("replay", {
    read: () => (past.replay.minutes === REPLAY_MINUTES_DEFAULT ? "" : String(past.replay.minutes)),
    write: (text) => {
      if (/^\d+$/.test(text)) past.replay.setMinutes(Number(text), false);
    },
  });
  // Behind the time, as it says more: the flow's time is gone to.
  address.bind("flow", {
    read: () => (view.detailsOpen && view.selected !== null ? flowText(view.selected) : ""),
    write: (text) => {
      const name = parseFlowText(text);
      if (name !== null) session.showPast(name);
    },
  });
  address.bind("filter", {
    // What is in force is what a link should give, and not what is half written.
    read: () => filter.textInForce.trim(),
    write: (text) => {
      filter.setText(text);
    },
  });
  address.bind("facets", {
    read: () => {
      if (!facets.isOpen) return "";
      if (facets.folded.size === 0) return ALL;
      return FACET_KINDS.filter(({ id }) => !facets.folded.has(id))
        .map(({ id }) => id)
        .join(",");
    },
    write: (text) => {
      const shown = text.split(",");
      const folded = FACET_KINDS.map(({ id }) => id).filter((id) => text !== ALL && !shown.includes(id));
      facets.setFolded(text === "" ? [] : folded);
      facets.setOpen(text !== "");
    },
  });
  bindLook("columns", {
    read: () => (settings.columnsText === DEFAULT_COLUMNS ? "" : settings.columnsText),
    write: (text) => {
      if (text === "") settings.resetColumns();
      else settings.setColumnsText(text);
    },
  });
  bindLook(
    "chart",
    toggled(
      "off",
      () => !settings.chartShown,
      () => {
        settings.toggleChart();
      },
    ),
  );
  bindLook(
    "map",
    toggled(
      "on",
      () => settings.mapShown,
      () => {
        settings.toggleMap();
      },
    ),
  );
  bindLook("time", {
    read: () => (settings.timeFormat === "time" ? "" : settings.timeFormat),
    write: (text) => {
      if (text === "") settings.setTimeFormat("time");
      else if (isTimeFormat(text)) settings.setTimeFormat(text);
    },
  });
  bindLook("zone", {
    read: () => (settings.timeZone === "local" ? "" : settings.timeZone),
    write: (text) => {
      if (text !== "") settings.setTimeZone(text);
    },
  });
  bindLook("theme", {
    read: () => (settings.theme === "system" ? "" : settings.theme),
    write: (text) => {
      if (isTheme(text)) settings.setTheme(text);
    },
  });
  bindLook("density", {
    read: () => (settings.density === "normal" ? "" : settings.density),
    write: (text) => {
      if (isDensity(text) && Object.hasOwn(DENSITIES, text)) settings.setDensity(text);
    },
  });
}

/** UUID and time of a flow, as `UUID@MILLISECONDS`; "" where it lacks one of them. */
export function flowText({ flow }: Row): string {
  const ms = millisOf(flow.time);
  const { uuid } = flow;
  return uuid === undefined || ms === null || uuid.length > UUID_CHARACTERS_MAX ? "" : `${uuid}@${ms}`;
}

export function parseFlowText(text: string): FlowName | null {
  const at = text.lastIndexOf("@");
  const ms = Number(text.slice(at + 1));
  return at > 0 && at <= UUID_CHARACTERS_MAX && Number.isSafeInteger(ms) && ms > 0
    ? { uuid: text.slice(0, at), ms }
    : null;
}

/** Something that is one of two ways: `word` for the way in which a page does not begin. */
function toggled(word: string, isSo: () => boolean, toggle: () => void): Accessor {
  return {
    read: () => (isSo() ? word : ""),
    write: (text) => {
      if ((text === word) !== isSo() && (text === word || text === "")) toggle();
    },
  };
}

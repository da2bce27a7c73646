/**
 * How the page looks: columns, times, density, colours. Everything in it is at hand by keyboard.
 */

import "./SettingsMenu.css";

import { observer } from "mobx-react-lite";
import { useId, useMemo, type KeyboardEvent, type ReactNode } from "react";

import { ALL_COLUMNS, type TimeFormat } from "../flow/columns";
import {
  DENSITIES,
  isDensity,
  isTheme,
  isTimeFormat,
  THEMES,
  TIME_FORMATS,
  WIDTH_PX_MAX,
  WIDTH_PX_MIN,
  type Density,
  type SettingsStore,
  type ShownColumn,
  type Theme,
} from "../stores/settings";

/** Of the element that opens: the button and the key C name it. */
export const SETTINGS_ID = "settings";

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: "System", light: "Light", dark: "Dark" };
const DENSITY_WORDS: Readonly<Record<Density, string>> = { compact: "Compact", normal: "Normal", roomy: "Roomy" };
const TIME_WORDS: Readonly<Record<TimeFormat, string>> = { time: "Time", date: "Date and time", relative: "Time ago" };

export function SettingsMenu({ settings }: { readonly settings: SettingsStore }): ReactNode {
  const keepKeys = (event: KeyboardEvent): void => {
    // The page's own keys rest while this is open.
    event.stopPropagation();
  };
  return (
    <>
      <button
        className="button button-quiet"
        type="button"
        popoverTarget={SETTINGS_ID}
        aria-keyshortcuts="C"
        title="Columns, times, colours (C)"
        data-testid="settings-button"
      >
        Settings
      </button>
      <div
        id={SETTINGS_ID}
        popover="auto"
        className="settings"
        role="dialog"
        aria-label="Settings"
        data-testid="settings"
        onKeyDown={keepKeys}
      >
        <Choices settings={settings} />
        <Columns settings={settings} />
      </div>
    </>
  );
}

const Choices = observer(function Choices({ settings }: { readonly settings: SettingsStore }): ReactNode {
  return (
    <div className="settings-choices">
      <Choice
        name="Colours"
        testId="theme"
        options={THEMES.map((theme) => [theme, THEME_WORDS[theme]])}
        value={settings.theme}
        onChoose={(value) => {
          if (isTheme(value)) settings.setTheme(value);
        }}
      />
      <Choice
        name="Rows"
        testId="density"
        options={(Object.keys(DENSITIES) as Density[]).map((density) => [density, DENSITY_WORDS[density]])}
        value={settings.density}
        onChoose={(value) => {
          if (isDensity(value)) settings.setDensity(value);
        }}
      />
      <Choice
        name="Time column"
        testId="time-format"
        options={TIME_FORMATS.map((format) => [format, TIME_WORDS[format]])}
        value={settings.timeFormat}
        onChoose={(value) => {
          if (isTimeFormat(value)) settings.setTimeFormat(value);
        }}
      />
      <ZoneChoice settings={settings} />
    </div>
  );
});

interface ChoiceProps {
  readonly name: string;
  readonly testId: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  readonly value: string;
  readonly onChoose: (value: string) => void;
}

function Choice({ name, testId, options, value, onChoose }: ChoiceProps): ReactNode {
  const group = useId();
  return (
    <fieldset className="choice" data-testid={testId}>
      <legend>{name}</legend>
      <div className="choice-options">
        {options.map(([option, words]) => (
          <label key={option} className="choice-option">
            <input
              type="radio"
              name={group}
              value={option}
              checked={option === value}
              onChange={() => {
                onChoose(option);
              }}
            />
            <span>{words}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const ZoneChoice = observer(function ZoneChoice({ settings }: { readonly settings: SettingsStore }): ReactNode {
  const zones = useMemo(() => Intl.supportedValuesOf("timeZone"), []);
  const known = ["local", "utc", ...zones].includes(settings.timeZone);
  return (
    <label className="choice">
      <span className="choice-name">Time zone</span>
      <select
        className="select settings-select"
        value={settings.timeZone}
        data-testid="time-zone"
        onChange={({ target: { value } }) => {
          settings.setTimeZone(value);
        }}
      >
        <option value="local">This browser: {new Intl.DateTimeFormat().resolvedOptions().timeZone}</option>
        <option value="utc">UTC</option>
        {!known && <option value={settings.timeZone}>{settings.timeZone}</option>}
        {zones.map((zone) => (
          <option key={zone} value={zone}>
            {zone}
          </option>
        ))}
      </select>
    </label>
  );
});

const Columns = observer(function Columns({ settings }: { readonly settings: SettingsStore }): ReactNode {
  const shown = settings.columns;
  const hidden = ALL_COLUMNS.filter((column) => !shown.some((one) => one.column === column));
  return (
    <fieldset className="settings-columns">
      <legend>Columns</legend>
      <ul>
        {shown.map((one, index) => (
          <ShownLine
            key={one.column.id}
            shown={one}
            settings={settings}
            first={index === 0}
            last={index === shown.length - 1}
          />
        ))}
        {hidden.map(({ id, title }) => (
          <li key={id} className="column-line">
            <label className="column-name">
              <input
                type="checkbox"
                checked={false}
                data-testid={`column-${id}`}
                onChange={() => {
                  settings.toggleColumn(id);
                }}
              />
              {title}
            </label>
          </li>
        ))}
      </ul>
      <button
        className="button settings-reset"
        type="button"
        data-testid="columns-reset"
        onClick={() => {
          settings.resetColumns();
        }}
      >
        Columns as they were at first
      </button>
    </fieldset>
  );
});

interface ShownLineProps {
  readonly shown: ShownColumn;
  readonly settings: SettingsStore;
  readonly first: boolean;
  readonly last: boolean;
}

function ShownLine({ shown: { column, widthPx }, settings, first, last }: ShownLineProps): ReactNode {
  const { id, title } = column;
  return (
    <li className="column-line" data-shown="true">
      <label className="column-name">
        <input
          type="checkbox"
          checked
          data-testid={`column-${id}`}
          onChange={() => {
            settings.toggleColumn(id);
          }}
        />
        {title}
      </label>
      <input
        className="column-width"
        type="number"
        min={WIDTH_PX_MIN}
        max={WIDTH_PX_MAX}
        step={10}
        placeholder="auto"
        aria-label={`Width of ${title} in pixels`}
        title="Width in pixels; empty lets the table choose"
        value={widthPx ?? ""}
        data-testid={`width-${id}`}
        onChange={({ target: { value } }) => {
          settings.resizeColumn(id, value === "" ? null : Number(value));
        }}
      />
      <button
        className="button button-quiet column-move"
        type="button"
        disabled={first}
        aria-label={`Move ${title} to the left`}
        data-testid={`left-${id}`}
        onClick={() => {
          settings.moveColumn(id, -1);
        }}
      >
        ↑
      </button>
      <button
        className="button button-quiet column-move"
        type="button"
        disabled={last}
        aria-label={`Move ${title} to the right`}
        data-testid={`right-${id}`}
        onClick={() => {
          settings.moveColumn(id, 1);
        }}
      >
        ↓
      </button>
    </li>
  );
}

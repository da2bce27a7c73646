/**
 * What may be shown beside the table, and how it all looks.
 */

import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import type { Session } from "../session/session";
import { Export } from "./Export";
import { SettingsMenu } from "./SettingsMenu";
import { ToggleButton } from "./ToggleButton";

export const ViewControls = observer(function ViewControls({ session }: { readonly session: Session }): ReactNode {
  const { settings } = session;
  return (
    <>
      <ToggleButton
        label="Chart"
        title="Rate by verdict"
        shortcut="G"
        pressed={settings.chartShown}
        testId="chart-toggle"
        onToggle={() => {
          settings.toggleChart();
        }}
      />
      <ToggleButton
        label="Map"
        title="Who talks to whom"
        shortcut="M"
        pressed={settings.mapShown}
        testId="map-toggle"
        onToggle={() => {
          settings.toggleMap();
        }}
      />
      <Export session={session} />
      <SettingsMenu settings={settings} />
    </>
  );
});

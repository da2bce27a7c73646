import { observer } from "mobx-react-lite";
import type { ReactNode } from "react";

import type { Session } from "../session/session";
import { LoginForm } from "./LoginForm";
import { Workbench } from "./Workbench";

interface Props {
  readonly session: Session;
  /** The page's address with its state. */
  readonly link: () => string;
}

export const App = observer(function App({ session, link }: Props): ReactNode {
  return session.connection.needsLogin ? <LoginForm session={session} /> : <Workbench session={session} link={link} />;
});

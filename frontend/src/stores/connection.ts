/**
 * Who is logged in, and how the two feeds do.
 */

import { action, computed, makeObservable, observable } from "mobx";

import type { FeedState, Trouble } from "../transport/state";
import type { Viewer } from "../wire/viewer";

const STOPPED: FeedState = { is: "stopped", trouble: null };

export class ConnectionStore {
  /** The log-in's name while logged in or trying to be. The password is never kept here. */
  user: string | null = null;
  flows: FeedState = STOPPED;
  status: FeedState = STOPPED;
  /** What the user may see, null while that is not known. */
  viewer: Viewer | null = null;
  /** Whether the present log-in was ever good. */
  wasLive = false;
  /** Why the log-in form is shown again, or why its fragment was ignored. */
  notice: Trouble | "bad-fragment" | null = null;

  constructor() {
    makeObservable(this, {
      user: observable,
      flows: observable.ref,
      status: observable.ref,
      viewer: observable.ref,
      wasLive: observable,
      notice: observable.ref,
      needsLogin: computed,
      loggingIn: action.bound,
      loggedOut: action.bound,
      setNotice: action.bound,
      setFlows: action.bound,
      setStatus: action.bound,
      setViewer: action.bound,
    });
  }

  /** Before the first success the form stays up, so that a typing error is mended where it was made. */
  get needsLogin(): boolean {
    return this.user === null || !this.wasLive;
  }

  loggingIn(user: string): void {
    this.user = user;
    this.wasLive = false;
    this.notice = null;
  }

  loggedOut(notice: Trouble | null): void {
    this.user = null;
    this.wasLive = false;
    this.flows = STOPPED;
    this.notice = notice;
  }

  setNotice(notice: "bad-fragment"): void {
    this.notice = notice;
  }

  setFlows(state: FeedState): void {
    this.flows = state;
    // Past CONNECTED the log-in was good, even where there is nothing to read yet.
    if (state.is === "subscribing" || state.is === "live" || state.is === "barred") this.wasLive = true;
  }

  setStatus(state: FeedState): void {
    this.status = state;
  }

  setViewer(viewer: Viewer | null): void {
    this.viewer = viewer;
  }
}

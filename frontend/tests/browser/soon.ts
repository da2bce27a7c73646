/** How long something on the page may take that depends on flows, the broker or a busy machine. */
export const SOON_MS = 45_000;

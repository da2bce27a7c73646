"""Private, throw-away copies of everything hubblecast needs, on loopback, for the demo, the tests and the benches.

    hubble.MockHubble ──▶ adapter.Adapter ──▶ broker.PrivateBroker ──▶ nginx.PrivateNginx ──▶ a browser

Each part is a child process with its own log under one run directory; `status.StatusReader` reads back what the adapter
says about itself. Nothing here touches a system service or anything outside of the run directory, and nothing is
meant for a fleet: that is the cookbooks' work.
"""

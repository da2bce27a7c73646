"""What the kitchen suites' tests stand on: a container and its converges, viewers outside of it, the mock's orders."""

"""No viewer gets at what is not its own, however it asks; and whoever has no rights to hold it back, does."""

from __future__ import annotations

from collections.abc import Callable

import pika.exceptions
import pytest
from arena import ATTACKER, FOILED, OPEN, Arena, Attempt
from attacks import ATTACKS, HONEST_KEY, After, Attack

BY_NAME = {attack.name: attack for attack in ATTACKS}
CONTROL_TRIES = 3


def success(arena: Arena, attack: Attack, user: str) -> list[str]:
    """What the attack reached for this user; nothing, if it failed."""
    attempt = Attempt(arena, user)
    control = user == OPEN.name and attack.bites
    secret = attempt.secret.encode()
    arena.forget()
    try:
        with arena.victim():
            if attack.goal != "read":
                # Something to lose.
                arena.publish(b"{}")
            after = carry_out(attack.run, attempt)
            if attack.goal == "read":
                arena.publish(secret)
            if after is not None:
                carry_out(after, attempt)
            if attack.goal == "read":
                return attempt.drain(control=control)
            if attack.goal == "forge":
                found = arena.watch(lambda key, body: secret in body and key != HONEST_KEY, control=control)
                return found + arena.in_the_victim_s_queue(secret)
            damage = arena.damage()
            if damage:
                arena.restore()
            return damage
    finally:
        attempt.close()


def carry_out(step: Callable[[Attempt], After], attempt: Attempt) -> After:
    """Do what the broker may refuse."""
    try:
        return step(attempt)
    except FOILED:
        return None


@pytest.mark.parametrize("name", BY_NAME)
def test_a_viewer_of_a_namespace_fails(arena: Arena, name: str) -> None:
    assert not success(arena, BY_NAME[name], ATTACKER.name)


@pytest.mark.parametrize("name", [name for name, attack in BY_NAME.items() if attack.bites])
def test_without_the_rights_it_would_succeed(arena: Arena, name: str) -> None:
    # It proves that the attack bites at all: one that depends on the moment may have to be repeated.
    assert any(control_success(arena, BY_NAME[name]) for _ in range(CONTROL_TRIES))


def control_success(arena: Arena, attack: Attack) -> list[str]:
    try:
        return success(arena, attack, OPEN.name)
    except pika.exceptions.AMQPConnectionError:
        # Whom nothing holds back may break more than was meant: RabbitMQ 4.0 once ended the adapter's connection by an
        # INTERNAL_ERROR. The try proves nothing then, and the next ones need an adapter.
        arena.adapter_returns()
        return []

"""Publishes messages of a test's own making straight to the broker, as the adapter's user could.

    publisher.py AMQP_PORT   (stdin: the adapter user's password, then a line of JSON for each message)

A message is {"exchange": …, "key": …, "body": …}; a body that is no string is written as JSON. Ends with exit code 0
once the broker has confirmed all of them.
"""

from __future__ import annotations

import json
import sys

import pika


def main() -> None:
    password = sys.stdin.readline().rstrip("\n")
    credentials = pika.PlainCredentials("adapter", password)
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]), "hubble", credentials))
    channel = connection.channel()
    channel.confirm_delivery()
    for line in sys.stdin:
        message = json.loads(line)
        body = message["body"] if isinstance(message["body"], str) else json.dumps(message["body"])
        # surrogatepass: what is no Unicode text goes out as it is, for the page to make the best of.
        channel.basic_publish(message["exchange"], message["key"], body.encode("utf-8", "surrogatepass"))
    connection.close()


if __name__ == "__main__":
    main()

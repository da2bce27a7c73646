/**
 * Where the messages of docs/messages.md live on the broker.
 */

/** The vhost; STOMP calls it the host. */
export const VHOST = "hubble";

/** Topic (or fanout) exchange that carries flows in batches. */
export const FLOWS_EXCHANGE = "hubble_flows";

/** Topic exchange on which each adapter tells once a second how it does. */
export const STATUS_EXCHANGE = "hubble_status";

/**
 * The routing key of a message, from its STOMP `destination` header: RabbitMQ sends `/exchange/NAME/KEY`.
 *
 * Returns "" where the header has another form.
 */
export function routingKeyOf(destination: string): string {
  const match = /^\/exchange\/[^/]+\/(.*)$/s.exec(destination);
  return match?.[1] ?? "";
}

/** The stream that tells a user what it may see. */
export function documentStream(user: string): string {
  return `hubble_viewer.${user}`;
}

/**
 * A CiliumNetworkPolicy, as text, that would allow one flow and nothing more than can be helped. Where the flow does not tell enough, the text
 * holds FILL-IN, which selects nothing until somebody fills it in, and a comment says what belongs there.
 */

import type { Side } from "../flow/endpoint";
import { protocolOf } from "../flow/summary";
import type { Flow } from "../wire/flow";
import { layer7Rules, type Layer7Rules } from "./layer7";
import { endsOf, entityOf, isObjectName, selectorLabels, subjectWords, type Ends } from "./peer";
import { Noted, yamlText, type Yaml } from "./yaml";

export interface Suggestion {
  readonly yaml: string;
  /** Whether something has to be filled in before the policy does anything. */
  readonly mustFillIn: boolean;
  /** What to know before it is applied. */
  readonly notes: readonly string[];
}

const FILL_IN = "FILL-IN";

const NAMESPACE_LABEL = "k8s:io.kubernetes.pod.namespace";
const CLUSTER_LABEL = "k8s:io.cilium.k8s.policy.cluster";

/** Kubernetes cuts no names, it refuses them. */
const NAME_CHARACTERS_MAX = 63;

/** A name that toFQDNs and rules.dns take. */
const DNS_NAME = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** Collects what has to be said while the policy is made. */
class Draft {
  mustFillIn = false;
  readonly notes: string[] = [];

  fillIn(comment: string, labels: Readonly<Record<string, string>> = {}): Yaml {
    this.mustFillIn = true;
    return new Noted(comment, { "k8s:app": FILL_IN, ...labels });
  }
}

/** @returns a text that says why there is none, where no policy could allow the flow */
export function suggestPolicy(flow: Flow): Suggestion | string {
  const ends = endsOf(flow);
  if (ends === null)
    return "The flow does not tell at which end it was refused, so there is nothing to write a policy for.";
  const { subject, direction } = ends;
  const isHost = entityOf(subject.endpoint) === "host";
  const namespace = subject.endpoint?.namespace;
  if (namespace === undefined && !isHost) {
    return `The ${direction === "ingress" ? "receiving" : "sending"} end is no pod of this cluster, and policies are applied at pods.`;
  }
  const draft = new Draft();
  const rules = rulesOf(flow, ends, draft);
  const policy: Yaml = {
    apiVersion: "cilium.io/v2",
    kind: isHost ? "CiliumClusterwideNetworkPolicy" : "CiliumNetworkPolicy",
    metadata: { name: nameOf(flow, ends), ...(namespace === undefined || isHost ? {} : { namespace }) },
    spec: {
      ...(isHost
        ? { nodeSelector: nodeSelector(flow, draft) }
        : { endpointSelector: endpointSelector(subject, draft) }),
      [direction]: rules,
    },
  };
  if (!ends.directionKnown)
    draft.notes.push("The flow does not tell its direction; it is taken from what its ends are.");
  draft.notes.push(
    direction === "ingress"
      ? "It opens the receiving end only. Where policies also select the sender for egress, one of them has to allow the flow too."
      : "It opens the sending end only. Where policies also select the receiver for ingress, one of them has to allow the flow too.",
  );
  return { yaml: yamlText(policy), mustFillIn: draft.mustFillIn, notes: draft.notes };
}

function nameOf(flow: Flow, { direction, subject, peer, destinationPort }: Ends): string {
  const words = [
    shortName(subject),
    direction === "ingress" ? "from" : "to",
    shortName(peer),
    String(destinationPort ?? protocolOf(flow)),
  ];
  const name = words
    .join("-")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, NAME_CHARACTERS_MAX);
  return name.replace(/^-+|-+$/g, "") || "allow-flow";
}

function shortName({ endpoint, names, ip }: Side): string {
  return endpoint?.workloads?.[0]?.name ?? endpoint?.pod_name ?? names[0] ?? entityOf(endpoint) ?? ip ?? "unknown";
}

function endpointSelector(subject: Side, draft: Draft): Yaml {
  return { matchLabels: labelsOf(subject, draft, {}) };
}

/** @param more labels that go with those of the endpoint */
function labelsOf(side: Side, draft: Draft, more: Readonly<Record<string, string>>): Yaml {
  const { labels, impossible } = selectorLabels(side.endpoint);
  if (impossible > 0)
    draft.notes.push(`${impossible} of the labels of one end are none that Kubernetes allows; they are left out.`);
  if (Object.keys(labels).length > 0) return { ...labels, ...more };
  return draft.fillIn(
    `The flow carries no labels of its ${kindWords(side)}. Fill in what selects it.${labelCommand(side)}`,
    more,
  );
}

function kindWords(side: Side): string {
  const { endpoint } = side;
  const name = endpoint?.workloads?.[0]?.name ?? endpoint?.pod_name;
  return isObjectName(name) && isObjectName(endpoint?.namespace) ? subjectWords(side) : "endpoint";
}

/** The command that shows the labels, where every name in it is one that Kubernetes allows. */
function labelCommand({ endpoint }: Side): string {
  const workload = endpoint?.workloads?.[0];
  const kind = workload?.kind;
  const namespace = endpoint?.namespace;
  if (!isObjectName(namespace)) return "";
  if (
    isObjectName(workload?.name) &&
    kind !== undefined &&
    /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job)$/.test(kind)
  ) {
    return `\nkubectl -n ${namespace} get ${kind.toLowerCase()} ${workload.name} -o jsonpath='{.spec.template.metadata.labels}'`;
  }
  const pod = endpoint?.pod_name;
  return isObjectName(pod) ? `\nkubectl -n ${namespace} get pod ${pod} --show-labels` : "";
}

function nodeSelector(flow: Flow, draft: Draft): Yaml {
  draft.notes.push("It concerns the node itself and has an effect only where Cilium's host firewall is on.");
  const node = flow.node_name?.split("/").at(-1);
  if (isObjectName(node)) return { matchLabels: { "kubernetes.io/hostname": node } };
  draft.mustFillIn = true;
  return new Noted("The flow does not tell the node. Fill in its name.", {
    matchLabels: { "kubernetes.io/hostname": FILL_IN },
  });
}

function rulesOf(flow: Flow, ends: Ends, draft: Draft): Yaml[] {
  const { direction, peer, subject } = ends;
  const ports = portsOf(flow, ends, draft);
  const endpoint = peer.endpoint;
  const prefix = direction === "ingress" ? "from" : "to";
  if (endpoint?.namespace !== undefined) {
    const cluster = endpoint.cluster_name;
    const more = {
      [NAMESPACE_LABEL]: endpoint.namespace,
      ...(cluster === undefined || cluster === subject.endpoint?.cluster_name ? {} : { [CLUSTER_LABEL]: cluster }),
    };
    return [{ [`${prefix}Endpoints`]: [{ matchLabels: labelsOf(peer, draft, more) }], ...ports }];
  }
  const entity = entityOf(endpoint);
  if (entity !== null && !entity.startsWith("world")) return [{ [`${prefix}Entities`]: [entity], ...ports }];
  return outsideRules(ends, entity, ports, draft);
}

/** The other end is outside of the cluster: by name where that can be, else by address, else the whole world. */
function outsideRules({ direction, peer }: Ends, entity: string | null, ports: object, draft: Draft): Yaml[] {
  const name = peer.names.map((one) => one.toLowerCase().replace(/\.$/, "")).find((one) => DNS_NAME.test(one));
  if (direction === "egress" && name !== undefined && name.length <= 255) {
    draft.notes.push(
      "Rules by DNS name work for names whose answers pass Cilium's DNS proxy: the second rule sees to that. Adapt it if your cluster's DNS is not kube-dns in kube-system.",
    );
    return [{ toFQDNs: [{ matchName: name }], ...ports }, dnsRule(name)];
  }
  const cidr = cidrOf(peer.ip);
  const prefix = direction === "ingress" ? "from" : "to";
  if (cidr !== null) {
    draft.notes.push(
      `The address is all that is known of the other end. If it changes, name a wider range, or ${prefix}Entities: [world].`,
    );
    return [{ [`${prefix}CIDR`]: [cidr], ...ports }];
  }
  if (entity !== null) return [{ [`${prefix}Entities`]: [entity], ...ports }];
  return [
    {
      [`${prefix}Endpoints`]: [
        { matchLabels: draft.fillIn("The flow does not tell the other end. Fill in what selects it.") },
      ],
      ...ports,
    },
  ];
}

function dnsRule(name: string): Yaml {
  return {
    toEndpoints: [{ matchLabels: { [NAMESPACE_LABEL]: "kube-system", "k8s:k8s-app": "kube-dns" } }],
    toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchName: name }] } }],
  };
}

/** An address as a range of one, null where the text is no address. */
function cidrOf(ip: string | undefined): string | null {
  if (ip === undefined || ip.length > 45) return null;
  if (/^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/.test(ip)) return `${ip}/32`;
  if (!/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(ip)) return null;
  try {
    return new URL(`http://[${ip}]/`).hostname === "" ? null : `${ip}/128`;
  } catch {
    return null;
  }
}

function portsOf(flow: Flow, { destinationPort }: Ends, draft: Draft): Readonly<Record<string, Yaml>> {
  const icmp = flow.l4?.ICMPv4 ?? flow.l4?.ICMPv6;
  if (icmp !== undefined) {
    const family = flow.l4?.ICMPv4 === undefined ? "IPv6" : "IPv4";
    return { icmps: [{ fields: [{ type: icmp.type ?? 0, family }] }] };
  }
  const protocol = protocolOf(flow);
  if (!["TCP", "UDP", "SCTP"].includes(protocol)) {
    draft.notes.push("The flow has no port that a rule could name, so the rule lets every port and protocol through.");
    return {};
  }
  if (destinationPort === undefined || destinationPort < 1 || destinationPort > 65_535) {
    draft.notes.push("The flow does not tell its port, so the rule lets every port through.");
    return {};
  }
  const layer7: Layer7Rules = layer7Rules(flow);
  draft.notes.push(...layer7.notes);
  return {
    toPorts: [
      {
        ports: [{ port: String(Math.trunc(destinationPort)), protocol }],
        ...(layer7.rules === null ? {} : { rules: layer7.rules }),
      },
    ],
  };
}

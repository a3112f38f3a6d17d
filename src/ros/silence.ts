/** Why no message comes on a topic, as far as the graph can tell. */
import { SinewError } from '../core/error.js';
import { profileOf, type Qos } from './qos.js';
import type { RosNode } from './ros_node.js';

/**
 * The line that explains why a subscription of this type and quality of service hears nothing:
 * nobody publishes, another type, a quality of service that does not fit, or a silent publisher.
 */
export function reasonForSilence(node: RosNode, topic: string, type: string, qos: Qos): string {
  const { reliable, latched } = profileOf(qos);
  const publishers = node.publishersOf(topic);
  const line = (what: string, expected?: string) =>
    new SinewError(what, { where: topic, ...(expected === undefined ? {} : { expected }) }).message;

  if (publishers.length === 0) return line(`nobody publishes ${type} on it`);
  const ofType = publishers.filter((publisher) => publisher.type === type);
  const [other] = publishers;
  if (ofType.length === 0 && other !== undefined) {
    return line(`${other.node} publishes ${other.type}`, type);
  }
  const names = ofType.map((publisher) => publisher.node).join(', ');
  if (reliable && ofType.every((publisher) => !publisher.reliable)) {
    return line(`${names} publishes at best effort`, 'reliable');
  }
  if (latched && ofType.every((publisher) => !publisher.latched)) {
    return line(`${names} does not keep its last message`, 'transient local');
  }
  return line(`${names} is there but sends nothing`);
}

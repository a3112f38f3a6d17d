/** Who else publishes commands to the robot, by the ROS graph. */
import type { RosNode } from '../ros/ros_node.js';

/**
 * Names those among the publishers of a topic that are not our own, each once.
 *
 * @param publishers full name of the node of each publisher
 * @param self our node's full name; another node may have the same one
 * @param own how many of the publishers are ours
 */
export function rivals(publishers: readonly string[], self: string, own: number): string[] {
  const others = new Set(publishers.filter((name) => name !== self));
  const namesakes = publishers.filter((name) => name === self).length - own;
  return namesakes > 0 ? [...others, `another ${self}`] : [...others];
}

export class CommandRivals {
  readonly #node: RosNode;
  readonly #topic: string;
  readonly #own: number;
  #found: readonly string[] = [];

  /** @param own publishers that this node has on the topic */
  constructor(node: RosNode, topic: string, own: number) {
    this.#node = node;
    this.#topic = topic;
    this.#own = own;
  }

  /** Who they are, as one line; undefined when there are none. */
  get line(): string | undefined {
    if (this.#found.length === 0) return undefined;
    return `${this.#topic} is also published by ${this.#found.join(', ')}; stop it, one node commands an arm`;
  }

  /**
   * Searches the graph, which keeps a process that was killed for some seconds.
   *
   * @returns whether there are more than the last time
   */
  search(): boolean {
    const before = this.#found.length;
    const names = this.#node.publishersOf(this.#topic).map(({ node }) => node);
    this.#found = rivals(names, this.#node.name, this.#own);
    return this.#found.length > before;
  }
}

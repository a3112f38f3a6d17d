/**
 * Position commands of Gazebo Classic: the model's topic takes gains and target of a joint; its service
 * tells what has been taken, so that a step can follow a command for certain.
 */
import { SinewError } from '../../../core/error.js';
import { DEFAULT_GAINS } from '../gains.js';
import type { GazeboGains } from '../gazebo_world.js';
import { MessageSet } from '../messages/message_set.js';
import type { Publication, TransportNode } from '../transport/transport_node.js';

/** ignition.msgs of version 5: its PID has other field numbers than any other version's. */
const TEXT = `
syntax = "proto3";
package PACKAGE;
message StringMsg { string data = 2; }
message Double { double data = 2; }
message PID {
  Double target_optional = 9;
  Double p_gain_optional = 10;
  Double i_gain_optional = 11;
  Double d_gain_optional = 12;
  Double i_max_optional = 13;
  Double i_min_optional = 14;
  Double limit_optional = 15;
}
message JointCmd { string name = 2; int32 axis = 3; PID position = 5; }
`;

interface Optional {
  readonly data: number;
}
interface JointCmd {
  readonly name: string;
  readonly axis: number;
  readonly position?: {
    readonly target_optional?: Optional | null;
    readonly p_gain_optional?: Optional | null;
    readonly i_gain_optional?: Optional | null;
    readonly d_gain_optional?: Optional | null;
    readonly i_max_optional?: Optional;
    readonly i_min_optional?: Optional;
    readonly limit_optional?: Optional;
  } | null;
}

const set = new MessageSet(TEXT, 'ignition.msgs');
const commandCodec = set.codec<JointCmd>('JointCmd');
const nameCodec = set.codec<{ readonly data: string }>('StringMsg');

/** A command that the server has not taken after so long is sent again (ms). */
const RESEND_MS = 50;

/** No force; the sum of errors is cut to what vanishes beside the next error. */
const WASH: GazeboGains = { p: 0, i: 1e-3, d: 0, iMax: 1e-300, limit: 1 };

const value = (data: number): Optional => ({ data });

export class JointCommands {
  readonly #node: TransportNode;
  readonly #publication: Publication<JointCmd>;
  readonly #service: string;
  readonly #names: readonly string[];
  readonly #gains: readonly GazeboGains[];
  #washing = false;
  readonly #timeout: number;
  /** What each joint was sent last; NaN: nothing. */
  readonly #sent: Float64Array;
  /** Joint whose command went out last and is not known to be taken. */
  #unconfirmed: number | undefined;

  constructor(
    node: TransportNode,
    model: string,
    joints: readonly string[],
    gains: Readonly<Record<string, GazeboGains>>,
    timeout: number,
  ) {
    this.#node = node;
    this.#publication = node.advertise(`/${model}/joint_cmd`, commandCodec);
    this.#service = `/${model}/joint_cmd_req`;
    this.#names = joints.map((joint) => `${model}::${joint}`);
    this.#gains = joints.map((joint) => gains[joint] ?? DEFAULT_GAINS);
    this.#timeout = timeout;
    this.#sent = new Float64Array(joints.length).fill(Number.NaN);
  }

  /** Sends the targets that are new. */
  async send(positions: ArrayLike<number>): Promise<void> {
    for (let i = 0; i < this.#sent.length; i += 1) {
      const target = positions[i] ?? Number.NaN;
      if (!Number.isFinite(target)) {
        const where = this.#names[i] ?? '';
        throw new SinewError(`position target ${target}`, { where, expected: 'a number' });
      }
      if (this.#sent[i] === target) continue;
      this.#sent[i] = target;
      this.#unconfirmed = i;
      await this.#publish(i);
    }
  }

  async #sendAnew(positions: ArrayLike<number>): Promise<void> {
    this.#sent.fill(Number.NaN);
    await this.send(positions);
  }

  #gainsOf(i: number): GazeboGains {
    return this.#washing ? WASH : (this.#gains[i] ?? DEFAULT_GAINS);
  }

  /** Resolves when the server has taken all that was sent. */
  async confirm(): Promise<void> {
    const joint = this.#unconfirmed;
    if (joint === undefined) return;
    const end = performance.now() + this.#timeout * 1000;
    let resend = performance.now() + RESEND_MS;
    while (!(await this.#taken(joint))) {
      if (performance.now() > end) {
        const where = `/${this.#names[joint]}`;
        throw new SinewError(`the command was not taken in ${this.#timeout} s`, { where });
      }
      if (performance.now() < resend) continue;
      // The first ones are lost when the server's subscription was not there yet.
      for (let i = 0; i < this.#sent.length; i += 1) {
        if (i !== joint && Number.isFinite(this.#sent[i])) await this.#publish(i);
      }
      await this.#publish(joint);
      resend = performance.now() + RESEND_MS;
    }
    if (this.#unconfirmed === joint) this.#unconfirmed = undefined;
  }

  /**
   * Gives the targets with gains under which the controllers do nothing but forget: the step that
   * follows empties their error sums, and their last error becomes that of this step. Otherwise what
   * was before a reset would act after it. The gains come back with the next {@link send}.
   */
  async wash(positions: ArrayLike<number>): Promise<void> {
    this.#washing = true;
    await this.#sendAnew(positions);
  }

  /** Gives the targets with the proper gains, after {@link wash}. */
  async restore(positions: ArrayLike<number>): Promise<void> {
    this.#washing = false;
    await this.#sendAnew(positions);
  }

  close(): void {
    this.#publication.close();
  }

  async #publish(i: number): Promise<void> {
    const { p, i: integral, d, iMax, limit } = this.#gainsOf(i);
    await this.#publication.publish({
      name: this.#names[i] ?? '',
      axis: 0,
      position: {
        target_optional: value(this.#sent[i] ?? 0),
        p_gain_optional: value(p),
        i_gain_optional: value(integral),
        d_gain_optional: value(d),
        i_max_optional: value(iMax),
        i_min_optional: value(-iMax),
        limit_optional: value(limit),
      },
    });
  }

  async #taken(joint: number): Promise<boolean> {
    const message = { data: this.#names[joint] ?? '' };
    const request = { codec: nameCodec, message, repeatable: true };
    const { position } = await this.#node.request(
      this.#service,
      request,
      commandCodec,
      this.#timeout,
    );
    const gains = this.#gainsOf(joint);
    return (
      position?.target_optional?.data === this.#sent[joint] &&
      (position?.p_gain_optional?.data ?? 0) === gains.p &&
      (position?.i_gain_optional?.data ?? 0) === gains.i &&
      (position?.d_gain_optional?.data ?? 0) === gains.d
    );
  }
}

/**
 * The servos of one bus as joints: checked against their calibration and the robot's description,
 * read and written once a cycle.
 */
import { SinewError } from '../../core/error.js';
import { ServoBus } from '../bus/servo_bus.js';
import { checkHeld, type FitContext } from '../calibration/calibration_fit.js';
import type { MotorCalibration } from '../calibration/joint_calibration.js';
import type { BusSection } from '../config.js';
import { BROADCAST_ID } from '../protocol/packet.js';
import { servoModel } from '../registers/models.js';
import { encodeRegister } from '../registers/register.js';
import { registerOf, type ServoModel } from '../registers/servo_model.js';
import { calibratedStates, type JointRanges } from './calibrated_states.js';
import { requireAnswer } from './servo_presence.js';
import { ensureRegister, identify, readRegister, writeRegister } from './servo_registers.js';
import { fastBlock, type ServoState, slowBlock } from './servo_state.js';

/** Dynamixel's bus watchdog, s: the host's cycle is 10 ms. */
const WATCHDOG = 0.2;
const WATCHDOG_UNIT = 0.02;

/** Counts that two servos of one joint may differ in what they show: 2°. */
const SHADOW_PLAY = 23;

/** A servo of the chain: that of a joint, or the second one, which follows it. */
interface Turn {
  readonly state: ServoState;
  readonly id: number;
  readonly calibration: MotorCalibration;
  readonly follows: number | undefined;
}

export class ServoChain {
  readonly states: readonly ServoState[];
  readonly #ids: readonly number[];
  /** All servos: those of `states`, in their order, then those that follow. */
  readonly #turns: readonly Turn[];
  readonly #model: ServoModel;
  #slowTurn = 0;

  private constructor(
    readonly bus: ServoBus,
    readonly section: BusSection,
    /** File of the calibration. */
    readonly file: string,
    states: readonly ServoState[],
  ) {
    this.states = states;
    this.#ids = states.map(({ id }) => id);
    this.#turns = [
      ...states.map((state): Turn => {
        const { id, scale } = state;
        return { state, id, calibration: scale.calibration, follows: undefined };
      }),
      ...states.flatMap((state): Turn[] =>
        state.shadow === undefined ? [] : [{ ...state.shadow, state, follows: state.id }],
      ),
    ];
    // Sync reads need one control table; `create` has seen to it.
    this.#model = states[0]?.model ?? servoModel(section.model);
  }

  /** Ids of all servos on the bus, those that follow another included. */
  get ids(): readonly number[] {
    return this.#turns.map(({ id }) => id);
  }

  /**
   * Reads the calibration, checks it against servo kinds and description, and opens the port.
   *
   * @param file calibration file
   * @throws SinewError naming the joint that does not fit, or what is wrong with the port
   */
  static async open(section: BusSection, file: string, ranges: JointRanges): Promise<ServoChain> {
    const states = calibratedStates(section, file, ranges);
    const model = states[0]?.model ?? servoModel(section.model);
    const bus = await ServoBus.open({
      path: section.port,
      baud: section.baud,
      protocol: model.protocol,
      replyTimeoutMs: section.reply_timeout_ms,
      echo: section.echo,
      retries: 1,
    });
    return new ServoChain(bus, section, file, states);
  }

  /**
   * Finds all servos, and that each is what it should be and holds the calibration of the file.
   *
   * @throws SinewError naming joint and servo
   */
  async check(): Promise<void> {
    for (const { state, id, calibration } of this.#turns) {
      const { joint, model } = state;
      await requireAnswer(this.bus, this.ids, id, joint);
      const found = await identify(this.bus, model, id);
      if (found.name !== model.name) {
        throw new SinewError(`servo ${id} of joint "${joint}" is a ${found.name}`, {
          where: this.bus.path,
          expected: `a ${model.name}, as in the set-up`,
        });
      }
      const context: FitContext = { joint, file: this.file };
      const [homing_offset, range_min, range_max] = [
        await readRegister(this.bus, model, id, 'homing_offset'),
        await readRegister(this.bus, model, id, 'min_position'),
        await readRegister(this.bus, model, id, 'max_position'),
      ];
      const held = { homing_offset, range_min, range_max };
      if ('drive_mode' in model.registers) {
        const drive_mode = await readRegister(this.bus, model, id, 'drive_mode');
        checkHeld(calibration, { ...held, drive_mode }, context);
      } else checkHeld(calibration, held, context);
    }
  }

  /** Settings for control: replies without delay, position mode, full acceleration. */
  async prepare(): Promise<void> {
    for (const { state, id, follows } of this.#turns) {
      const { model } = state;
      const ensure = (name: string, value: number) =>
        ensureRegister(this.bus, model, id, name, value);
      await ensure('return_delay', 0);
      await ensure('operating_mode', model.positionMode);
      if (follows !== undefined) await ensure('secondary_id', follows);
    }
  }

  /** Position, velocity and load of all servos, and of one its voltage, temperature and faults. */
  async read(): Promise<void> {
    const { address, length } = fastBlock(this.#model);
    const replies = await this.bus.syncRead(address, length, this.#ids);
    for (const [i, state] of this.states.entries()) {
      const reply = replies[i];
      if (reply === undefined) {
        state.missed++;
        continue;
      }
      state.missed = 0;
      state.takeFast(reply.data);
      // An error byte does not say all; the servo's status is looked at in this cycle.
      if (reply.error !== 0 && state.faults.length === 0) this.#slowTurn = i;
    }
    const turn = this.#turns[this.#slowTurn];
    this.#slowTurn = (this.#slowTurn + 1) % this.#turns.length;
    if (turn === undefined || turn.state.missed > 0) return;
    const { state, id, follows } = turn;
    const slow = slowBlock(state.model);
    const [reply] = await this.bus.tryRead(id, slow.address, slow.length);
    if (follows !== undefined)
      state.shadowMissed = reply === undefined ? state.shadowMissed + 1 : 0;
    if (reply === undefined) return;
    if (follows === undefined) state.takeSlow(reply.data);
    else state.takeShadow(reply.data);
  }

  /** Sends goals, rad, in the order of `states`. */
  async write(goals: Float64Array): Promise<void> {
    const register = registerOf(this.#model, 'goal_position');
    const data = this.states.map((state, i) =>
      encodeRegister(register, state.goalCounts(goals[i] ?? Number.NaN)),
    );
    await this.bus.syncWrite(register.address, this.#ids, data);
  }

  /**
   * Switches torque on, each joint at where it is.
   *
   * @throws SinewError naming joint and fault, or the servo that is silent
   */
  async torqueOn(): Promise<void> {
    for (const state of this.states) {
      const { id, model, joint } = state;
      const position = await readRegister(this.bus, model, id, 'present_position');
      state.keepTurn(position);
      await this.#checkShadow(state, position);
      const share = state.torqueLimit * model.fullEffort.value;
      await writeRegister(this.bus, model, id, model.fullEffort.register, Math.round(share));
      if (model.protocol.name === 'dynamixel') {
        // Cleared first: a watchdog that has triggered refuses goals.
        await writeRegister(this.bus, model, id, 'bus_watchdog', 0);
      } else {
        await writeRegister(this.bus, model, id, 'acceleration', 254);
      }
      await writeRegister(this.bus, model, id, 'goal_position', state.nearestGoal(position));
      await writeRegister(this.bus, model, id, 'torque_enable', 1);
      const status = await readRegister(this.bus, model, id, 'error_status');
      const fault = model.faults.find(({ bit }) => (status >> bit) & 1);
      if (fault !== undefined) {
        throw new SinewError(`servo ${id} of joint "${joint}": ${fault.text}`, {
          where: this.bus.path,
        });
      }
    }
    for (const { id, model } of this.states) {
      if (model.protocol.name !== 'dynamixel') continue;
      await writeRegister(
        this.bus,
        model,
        id,
        'bus_watchdog',
        Math.round(WATCHDOG / WATCHDOG_UNIT),
      );
    }
  }

  /** Switches torque off: by a broadcast, and then servo by servo for those that confirm. */
  async torqueOff(): Promise<void> {
    for (const state of this.states) state.freeTurn();
    const { address } = registerOf(this.#model, 'torque_enable');
    await this.bus.write(BROADCAST_ID, address, Uint8Array.of(0));
    for (const { state, id } of this.#turns) {
      if (state.model.protocol.name === 'dynamixel') {
        await writeRegister(this.bus, state.model, id, 'bus_watchdog', 0).catch(() => undefined);
      }
      await this.bus.write(id, address, Uint8Array.of(0));
    }
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  /** Two servos that stand apart would pull against each other at one goal. @throws SinewError */
  async #checkShadow({ joint, id, model, shadow }: ServoState, position: number): Promise<void> {
    if (shadow === undefined) return;
    const other = await readRegister(this.bus, model, shadow.id, 'present_position');
    const apart = Math.abs(other - position);
    if (apart <= SHADOW_PLAY) return;
    const turns = Math.round(apart / model.resolution) * model.resolution;
    const turned = Math.abs(apart - turns) <= SHADOW_PLAY;
    throw new SinewError(
      `servos ${id} and ${shadow.id} of joint "${joint}" show ${position} and ${other}`,
      {
        where: this.bus.path,
        expected: `at most ${SHADOW_PLAY} counts between them`,
        cure: turned
          ? 'move the joint to the middle of its range, and switch the power of the arm off and on'
          : 'check the drive mode of both, and run sinew servo calibrate',
      },
    );
  }
}

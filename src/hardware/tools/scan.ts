/** Finds the servos on a port: which protocol, at which speed, with which ids. */
import { readRegister } from '../arm/servo_registers.js';
import { ServoBus } from '../bus/servo_bus.js';
import { dynamixel } from '../protocol/dynamixel.js';
import { feetech } from '../protocol/feetech.js';
import type { WireProtocol } from '../protocol/packet.js';
import { modelByNumber, servoModels } from '../registers/models.js';
import { faultsOf, type ServoModel } from '../registers/servo_model.js';

export const protocols: readonly WireProtocol[] = [feetech, dynamixel];

/** A servo that a scan has found. */
export interface FoundServo {
  readonly id: number;
  readonly baud: number;
  readonly protocol: string;
  /** Name of its model, or its number where that is unknown. */
  readonly model: string;
  /** V. */
  readonly voltage: number;
  /** °C. */
  readonly temperature: number;
  /** Names of its faults. */
  readonly faults: readonly string[];
}

export interface ScanOptions {
  readonly path: string;
  /** All where absent. */
  readonly protocol?: WireProtocol;
  /** All that servos of the protocol know where absent. */
  readonly baud?: number;
  readonly highestId?: number;
  /** ms that replies may take beyond their time on the wire; the bus's default where absent. */
  readonly replyTimeoutMs?: number;
  /** Told before each speed is tried. */
  readonly onTry?: (protocol: WireProtocol, baud: number) => void;
}

/** ms in which all servos answer a broadcast: they take turns by id. */
const LISTEN_MS = 120;

/** All servos found; also those that answer garbled, as `garbled` speeds. */
export interface ScanResult {
  readonly servos: readonly FoundServo[];
  /** Speeds at which something spoke and no servo could be understood. */
  readonly garbled: readonly { readonly protocol: string; readonly baud: number }[];
}

/** @throws SinewError when the port cannot be opened */
export async function scanPort(options: ScanOptions): Promise<ScanResult> {
  const servos: FoundServo[] = [];
  const garbled: { protocol: string; baud: number }[] = [];
  for (const protocol of options.protocol === undefined ? protocols : [options.protocol]) {
    const bauds = options.baud === undefined ? speedsOf(protocol) : [options.baud];
    for (const baud of bauds) {
      options.onTry?.(protocol, baud);
      const { path, replyTimeoutMs } = options;
      const patience = replyTimeoutMs === undefined ? {} : { replyTimeoutMs };
      const bus = await ServoBus.open({ path, baud, protocol, ...patience });
      try {
        if (!(await bus.hears(LISTEN_MS))) continue;
        const found = await bus.scan(0, options.highestId);
        if (found.length === 0) garbled.push({ protocol: protocol.name, baud });
        for (const { id } of found) servos.push(await describe(bus, id));
      } finally {
        await bus.close();
      }
    }
  }
  return { servos, garbled };
}

/** Speeds of a protocol's servos, the usual ones first. */
function speedsOf(protocol: WireProtocol): number[] {
  const models = servoModels.filter((model) => model.protocol === protocol);
  const speeds = models.flatMap((model) => [
    model.factoryBaud,
    1_000_000,
    ...model.baudRates.values(),
  ]);
  return [...new Set(speeds)];
}

async function describe(bus: ServoBus, id: number): Promise<FoundServo> {
  // Within a protocol these registers lie at the same place in all models.
  const any = modelOf(bus.protocol);
  const number = await readRegister(bus, any, id, 'model_number');
  const model = modelByNumber(bus.protocol.name, number);
  const status = await readRegister(bus, any, id, 'error_status');
  return {
    id,
    baud: bus.baud,
    protocol: bus.protocol.name,
    model: model?.name ?? `unknown (number ${number})`,
    voltage: (await readRegister(bus, any, id, 'present_voltage')) * any.voltageUnit,
    temperature: await readRegister(bus, any, id, 'present_temperature'),
    faults: faultsOf(model ?? any, status).map(({ name }) => name),
  };
}

/** Some model of a protocol, for registers that all of them have. */
export function modelOf(protocol: WireProtocol): ServoModel {
  const model = servoModels.find((candidate) => candidate.protocol === protocol);
  if (model === undefined) throw new RangeError(`no model of ${protocol.name}`);
  return model;
}

/** Publishes a node's health on `/diagnostics`, once a second. */
import type { RosClock } from './clock.js';
import type { DiagnosticStatus } from './message_types.js';
import type { Publisher } from './publisher.js';
import type { RosNode } from './ros_node.js';

export type DiagnosticLevel = 'ok' | 'warn' | 'error' | 'stale';

/** Numbers of diagnostic_msgs/DiagnosticStatus. */
export const diagnosticLevels: readonly DiagnosticLevel[] = ['ok', 'warn', 'error', 'stale'];

/** One line of health. */
export interface Health {
  /** What it is about, such as `loop`; published as `<node>: <name>`. */
  readonly name: string;
  readonly level: DiagnosticLevel;
  readonly message: string;
  /** Figures, with their unit in the key: `period_mean_ms`. */
  readonly values?: Readonly<Record<string, string | number | boolean>>;
}

export interface DiagnosticsOptions {
  /** Robot or device, for `hardware_id`. */
  readonly hardware?: string;
  /** Default 1 s. */
  readonly periodS?: number;
}

export class Diagnostics {
  readonly #publisher: Publisher<'diagnostic_msgs/msg/DiagnosticArray'>;
  readonly #timer: NodeJS.Timeout;

  /** @param provider asked each time; what it throws is reported and published as an error */
  constructor(
    readonly node: RosNode,
    readonly clock: RosClock,
    readonly provider: () => readonly Health[],
    readonly options: DiagnosticsOptions = {},
  ) {
    const type = 'diagnostic_msgs/msg/DiagnosticArray';
    this.#publisher = node.publisher('/diagnostics', type, 'reliable');
    this.#timer = setInterval(() => this.publish(), (options.periodS ?? 1) * 1000);
  }

  /** Publishes now, beside the regular times; call it when something important changes. */
  publish(): void {
    if (this.node.closed) {
      this.close();
      return;
    }
    this.node.guard('diagnostics', () => {
      const status = this.provider().map((health) => this.#status(health));
      this.#publisher.publish({ header: { stamp: this.clock.stamp(), frame_id: '' }, status });
    });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #status({ name, level, message, values = {} }: Health): DiagnosticStatus {
    return {
      level: diagnosticLevels.indexOf(level),
      name: `${this.node.name.slice(1)}: ${name}`,
      message,
      hardware_id: this.options.hardware ?? '',
      values: Object.entries(values).map(([key, value]) => ({ key, value: textOf(value) })),
    };
  }
}

/** Numbers to six significant digits: enough to read, short enough to show. */
function textOf(value: string | number | boolean): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value);
}

/** The figures of a status, by key; what is a number comes as one. */
export function diagnosticValues(status: DiagnosticStatus): Record<string, string | number> {
  return Object.fromEntries(
    status.values.map(({ key, value }) => {
      const number = Number(value);
      return [key, value.trim() === '' || Number.isNaN(number) ? value : number];
    }),
  );
}

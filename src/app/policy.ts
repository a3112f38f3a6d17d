/**
 * The policy process: loads a package, keeps observations together by their stamps, infers on a
 * thread of its own, and publishes chunks. Never commands the robot.
 *
 * Lifecycle: configures itself at the start (package loaded, warmed up), then waits for `activate`.
 * Asked to activate while observations are incomplete, it says why and does so by itself as soon as
 * they are complete, unless told to deactivate meanwhile.
 */
import { resolve } from 'node:path';
import { createPlanner } from '../control/executors/create_planner.js';
import { errorLine, SinewError } from '../core/error.js';
import type { PolicyConfig } from '../policy/config.js';
import { InferenceClient } from '../policy/inference_client.js';
import { ObservationSync, type SyncOptions } from '../policy/observation_sync.js';
import { loadPackage, type PolicyPackage } from '../policy/package_file.js';
import { PolicyLoop } from '../policy/policy_loop.js';
import type { Planner } from '../policy/real_time_chunking/planner.js';
import { faultLine } from '../policy/stream_fault.js';
import { createScore } from '../policy/uncertainty.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { Lifecycle } from '../ros/lifecycle.js';
import { Parameters } from '../ros/parameters.js';
import { RosNode, type Subscription } from '../ros/ros_node.js';
import type { Config } from './config.js';
import { PolicyHealth } from './policy_health.js';
import { subscribeExecution, subscribeHandBacks, subscribeInputs } from './policy_inputs.js';
import { createOutputs, type PolicyOutputs } from './policy_outputs.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';

/** Graph runs that may fail one after the other before the process gives up and starts again. */
const FAILURES_ALLOWED = 3;
const WATCH_PERIOD_MS = 100;

/** All that exists while a package is loaded. */
interface Loaded {
  readonly source: PolicyPackage;
  readonly sync: ObservationSync;
  readonly inference: InferenceClient;
  readonly loop: PolicyLoop;
  readonly outputs: PolicyOutputs;
  readonly planner: Planner;
  readonly subscriptions: readonly Subscription[];
}

/** @throws SinewError when the package was made for another robot */
function requireFit({ spec, dir }: PolicyPackage, config: Config): void {
  const { robot } = config;
  const joints = Object.values(spec.observation).flatMap((input) =>
    input.type === 'state' ? input.joints : [],
  );
  const unknown = [...joints, ...spec.action.joints].find((name) => !robot.joints.includes(name));
  if (spec.robot === robot.name && unknown === undefined) return;
  throw new SinewError(
    unknown === undefined
      ? `package is for the robot "${spec.robot}"`
      : `package wants the joint "${unknown}"`,
    {
      where: dir,
      expected: `the robot "${robot.name}" with ${robot.joints.join(', ')}`,
    },
  );
}

function syncOptions(settings: PolicyConfig, rate: number, lockstep: boolean): SyncOptions {
  return {
    ageBudget: settings.age_budget_s,
    skewBudget: settings.skew_budget_s,
    futureTolerance: settings.future_tolerance_s,
    historyTolerance: settings.history_tolerance_s ?? 0.5 / rate,
    jointHold: lockstep ? 0 : settings.skew_budget_s,
    freezeBudget: settings.freeze_budget_s ?? Number.POSITIVE_INFINITY,
  };
}

class PolicyProcess {
  readonly #context: ProcessContext;
  readonly #settings: PolicyConfig;
  readonly #node: RosNode;
  readonly #clock: RosClock;
  readonly #health: PolicyHealth;
  readonly #lifecycle: Lifecycle;
  readonly #parameters;
  readonly #diagnostics: Diagnostics;
  readonly #timer: NodeJS.Timeout;
  #loaded: Loaded | undefined;
  #episodes = 0;
  /** True after a refused activation, until it succeeds or is called off. */
  #wanted = false;
  /** Newest stamp received: the time in lock-step. */
  #latest = Number.NEGATIVE_INFINITY;

  constructor(context: ProcessContext, settings: PolicyConfig, node: RosNode) {
    this.#context = context;
    this.#settings = settings;
    this.#node = node;
    this.#health = new PolicyHealth(context.log);
    this.#clock = new RosClock(node, {
      useSimTime: context.config.ros.use_sim_time,
      onJump: (delta) => {
        if (context.config.lockstep) return;
        context.log.warn(`the clock jumped by ${delta.toFixed(3)} s: observations start anew`);
        this.#loaded?.sync.reset();
      },
    });
    this.#parameters = new Parameters(node, {
      package: {
        type: 'string',
        default: settings.package,
        description: 'folder of the policy package, as seen from the set-up file',
        check: () =>
          (this.#lifecycle?.state ?? 'unconfigured') === 'unconfigured'
            ? undefined
            : 'the package changes only while the node is unconfigured; clean it up first',
      },
      episode: {
        type: 'int',
        default: -1,
        min: -1,
        max: 2 ** 32 - 1,
        description:
          'episode number of the next activation, part of the noise’s seed; −1 counts on',
      },
    });
    this.#lifecycle = new Lifecycle(node, {
      onConfigure: () => this.#configure(),
      onActivate: () => this.#activate(),
      onDeactivate: () => this.#deactivate(),
      onCleanup: () => this.#unload(),
      onShutdown: () => this.#unload(),
      onError: () => this.#unload(),
      onState: () => this.#diagnostics?.publish(),
    });
    this.#diagnostics = new Diagnostics(node, this.#clock, () => this.#report(), {
      hardware: context.config.robot.name,
    });
    this.#timer = setInterval(() => this.#watch(), WATCH_PERIOD_MS);
  }

  /** Configures; a package that cannot run leaves the node unconfigured, saying why. */
  async configure(): Promise<void> {
    const failure = await this.#lifecycle.trigger('configure');
    if (failure !== undefined) this.#context.log.error(failure);
    else this.#wanted = this.#settings.auto_activate;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#diagnostics.close();
    await this.#unload();
    await this.#node.close();
  }

  async #configure(): Promise<void> {
    const { config, log, exit } = this.#context;
    const settings = this.#settings;
    const folder = this.#parameters.get('package');
    // A variant is one of the set-up's own package.
    const variant = folder === settings.package ? settings.variant : undefined;
    const source = loadPackage(resolve(config.dir, folder), variant ?? null);
    requireFit(source, config);
    const { spec } = source;
    const planner = createPlanner(config.controller.executor, spec);
    const inference = await InferenceClient.start(source, {
      program: {
        threads: settings.threads,
        providers: settings.providers,
        optimization: settings.optimization,
        sampler: settings.sampler,
        candidates: settings.candidates,
      },
      warmupRuns: settings.warmup_runs,
      chunking:
        config.controller.executor.type === 'real_time_chunking'
          ? config.controller.executor
          : undefined,
      deadline: settings.deadline_s,
      onDead: (error) => this.#die(error),
    });
    const sync = new ObservationSync(spec, syncOptions(settings, spec.rate_hz, config.lockstep));
    const known = settings.known_states && resolve(config.dir, settings.known_states);
    const score = createScore(settings, spec, known);
    const outputs = createOutputs(this.#node, config, spec, score, inference.observation);
    const loop = new PolicyLoop({
      sync,
      inference,
      seed: settings.seed,
      history: { steps: spec.horizon.observation, spacing: 1 / spec.rate_hz },
      replanFrames: settings.replan_frames,
      inTurn: config.lockstep,
      planner,
      delay: config.episode.inference_delay_s,
      now: () => this.#now(),
      onChunk: (stamp, chunk, begins) => {
        outputs.chunk(stamp, chunk, begins);
        this.#health.chunk(chunk.timing);
      },
      onRejected: (line, failures) => {
        log.error(line);
        if (failures >= FAILURES_ALLOWED) exit(new SinewError(`${failures} failed runs: ${line}`));
      },
      onFrame: outputs.frame,
    });
    const subscriptions = subscribeInputs(this.#node, config, spec, sync, {
      now: (stamp) => {
        // After a reset in lock-step time starts again; what comes is the present.
        this.#latest = stamp;
        return this.#now();
      },
      onData: () => loop.poll(),
    });
    if (!config.lockstep) subscriptions.push(subscribeExecution(this.#node, config, planner));
    // After a takeover the policy begins anew, from what it sees from then on.
    const forget = () => {
      outputs.begin();
      if (config.lockstep) sync.restartFromNewest();
      else sync.reset();
    };
    subscriptions.push(subscribeHandBacks(this.#node, config, forget));
    this.#loaded = { source, sync, inference, loop, outputs, planner, subscriptions };
    const warmup = inference.warmupSeconds.map((s) => `${(s * 1000).toFixed(1)} ms`).join(', ');
    log.info(
      `ready: ${spec.name}, ${inference.evaluations} model calls a chunk, warm-up ${warmup}`,
    );
  }

  /**
   * Ends the process although the inference thread is in the middle of a run that may never end: an
   * ordinary exit would wait for that thread.
   */
  #die(error: SinewError): void {
    this.#context.log.fatal(error.message);
    void this.#node.close().finally(() => process.kill(process.pid, 'SIGKILL'));
  }

  #activate(): void {
    const { sync, loop, outputs } = this.#require();
    this.#wanted = true;
    const [fault, ...others] = sync.faults(this.#now());
    if (fault !== undefined) {
      const more = others.length > 0 ? ` (and ${others.length} more)` : '';
      throw new SinewError(`cannot act: ${faultLine(fault)}${more}`, {
        where: 'policy',
        cure: 'it activates by itself when this comes right',
      });
    }
    this.#wanted = false;
    if (this.#context.config.lockstep) sync.restartFromNewest();
    else sync.reset();
    outputs.begin();
    const given = this.#parameters.get('episode');
    loop.start(given >= 0 ? given : this.#episodes);
    this.#episodes++;
    loop.poll();
  }

  #deactivate(): void {
    this.#wanted = false;
    const { sync, loop } = this.#require();
    loop.stop();
    sync.reset();
  }

  async #unload(): Promise<void> {
    this.#wanted = false;
    const loaded = this.#loaded;
    this.#loaded = undefined;
    if (loaded === undefined) return;
    loaded.loop.stop();
    for (const subscription of loaded.subscriptions) subscription.close();
    await loaded.inference.close();
  }

  #require(): Loaded {
    if (this.#loaded !== undefined) return this.#loaded;
    throw new SinewError('no package is loaded', { where: 'policy' });
  }

  /** In lock-step nothing ages while the conductor waits. */
  #now(): number {
    return this.#context.config.lockstep ? this.#latest : this.#clock.now();
  }

  #watch(): void {
    if (this.#loaded === undefined) return;
    const faults = this.#loaded.sync.faults(this.#now());
    if (this.#health.watch(faults)) this.#diagnostics.publish();
    if (this.#wanted && faults.length === 0 && this.#lifecycle.state === 'inactive') {
      this.#lifecycle.trigger('activate').catch((error: unknown) => {
        this.#context.log.error(errorLine(error));
      });
    }
  }

  #report() {
    const { lifecycle, now } = { lifecycle: this.#lifecycle, now: this.#now() };
    return this.#health.report({
      lifecycle: lifecycle.state,
      failure: lifecycle.lastFailure,
      faults: this.#loaded?.sync.faults(now) ?? [],
      ages: this.#loaded?.sync.ages(now) ?? {},
      counts: this.#loaded?.loop.counts ?? { chunks: 0, rejected: 0, dropped: 0 },
      chunking: this.#loaded?.planner.fault,
    });
  }
}

async function start(context: ProcessContext): Promise<RunningProcess> {
  const { policy } = context.config;
  if (policy === undefined) {
    throw new SinewError('section "policy" is missing', {
      where: context.config.file,
      cure: 'give it (policy: { package: FOLDER }), or start no policy process',
    });
  }
  const node = await RosNode.create({ name: 'policy', argv: process.argv.slice(2) });
  const running = new PolicyProcess(context, policy, node);
  await running.configure();
  return running;
}

await runProcess('policy', start);

/** What a probe of `sinew doctor` is, and how its finding is printed. */

/** What one probe found. */
export interface Finding {
  readonly ok: boolean;
  /** What is there, or what is wrong. One line. */
  readonly detail: string;
  /** What to do about it; wanted whenever `ok` is false. */
  readonly cure?: string;
}

/** One line of the doctor. */
export interface Probe {
  readonly name: string;
  /** Without it no process of sinew runs; its failure makes the doctor's exit code 1. */
  readonly essential: boolean;
  run(): Finding | Promise<Finding>;
}

/** A finding with the probe that it belongs to. */
export interface Diagnosis extends Finding {
  readonly name: string;
  readonly essential: boolean;
}

/** Runs a probe; one that throws has failed with the text of its error. */
export async function examine(probe: Probe): Promise<Diagnosis> {
  const { name, essential } = probe;
  try {
    return { name, essential, ...(await probe.run()) };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { name, essential, ok: false, detail: text.replace(/\s+/g, ' ').slice(0, 200) };
  }
}

const NAME_WIDTH = 18;

/** `pass  Node              20.20.2` or `FAIL  …: detail; cure: …`. */
export function diagnosisLine(diagnosis: Diagnosis): string {
  const { ok, name, detail, cure, essential } = diagnosis;
  const mark = ok ? 'pass' : essential ? 'FAIL' : 'fail';
  const advice = ok || cure === undefined ? '' : `; cure: ${cure}`;
  return `${mark}  ${name.padEnd(NAME_WIDTH)}${detail}${advice}`;
}

/** 1 if something is missing that sinew cannot do without, else 0. */
export function exitCodeOf(diagnoses: readonly Diagnosis[]): number {
  return diagnoses.some(({ ok, essential }) => essential && !ok) ? 1 : 0;
}

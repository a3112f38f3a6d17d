/** Doctor: does the Fast DDS profile in use give images enough shared memory? */
import { readFileSync } from 'node:fs';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import type { Finding, Probe } from './probe.js';
import { DEFAULT_RMW } from './ros_probe.js';

const MIB = 2 ** 20;
/** Below this, best-effort images of 640×480 are dropped. */
const WANTED_MIB = 8;

/** Largest `segment_size` of an SHM transport in a parsed profile, bytes; 0 if there is none. */
function segmentSize(value: unknown): number {
  if (Array.isArray(value)) return Math.max(0, ...value.map(segmentSize));
  if (typeof value !== 'object' || value === null) return 0;
  const record = value as Record<string, unknown>;
  const own = record['type'] === 'SHM' ? Number(record['segment_size'] ?? 0) : 0;
  return Math.max(own, ...Object.values(record).map(segmentSize));
}

/** @param xml text of the profile @param file its name for the report */
export function judgeProfile(xml: string, file: string): Finding {
  const cure = 'unset FASTDDS_DEFAULT_PROFILES_FILE to use the profile that sinew ships';
  const valid = XMLValidator.validate(xml);
  if (valid !== true) return { ok: false, detail: `${file}: ${valid.err.msg}`, cure };
  const size = segmentSize(new XMLParser().parse(xml)) / MIB;
  if (size >= WANTED_MIB) return { ok: true, detail: `${file}, ${size} MiB of shared memory` };
  const detail = `${file}: shared-memory segment of ${size} MiB drops camera images`;
  return { ok: false, detail: `${detail}, wanted ${WANTED_MIB} or more`, cure };
}

function run(): Finding {
  const rmw = process.env['RMW_IMPLEMENTATION'] || DEFAULT_RMW;
  if (!rmw.includes('fastrtps')) return { ok: true, detail: `not used by ${rmw}` };
  const file =
    process.env['FASTDDS_DEFAULT_PROFILES_FILE'] || process.env['FASTRTPS_DEFAULT_PROFILES_FILE'];
  if (!file) return { ok: false, detail: 'none in use', cure: 'start by `npx sinew`' };
  let xml: string;
  try {
    xml = readFileSync(file, 'utf8');
  } catch {
    const cure = 'correct or unset FASTDDS_DEFAULT_PROFILES_FILE';
    return { ok: false, detail: `${file} cannot be read`, cure };
  }
  return judgeProfile(xml, file);
}

export const ddsProfileProbe: Probe = { name: 'DDS profile', essential: false, run };

/**
 * Serialized form of each message type of `message_types.ts`, one pair of functions a type. Fields
 * go in the order of the `.msg` file; a test holds the bytes against two other implementations.
 */
import { SinewError } from '../core/error.js';
import { CdrReader } from './cdr_reader.js';
import { CdrWriter } from './cdr_writer.js';
import type {
  DiagnosticStatus,
  Header,
  JointTrajectoryPoint,
  MessageTypeName,
  MessageTypes,
} from './message_types.js';
import type { Stamp } from './stamp.js';

interface Codec<T> {
  write(to: CdrWriter, message: T): void;
  read(from: CdrReader): T;
}

/** Bytes of the shortest diagnostic status and trajectory point: bounds on sequence lengths. */
const MIN_STATUS_BYTES = 17;
const MIN_POINT_BYTES = 24;

function writeStamp(to: CdrWriter, stamp: Stamp): void {
  to.int32(stamp.sec).uint32(stamp.nanosec);
}

function readStamp(from: CdrReader): Stamp {
  return { sec: from.int32(), nanosec: from.uint32() };
}

function writeHeader(to: CdrWriter, header: Header): void {
  writeStamp(to, header.stamp);
  to.string(header.frame_id);
}

function readHeader(from: CdrReader): Header {
  return { stamp: readStamp(from), frame_id: from.string() };
}

function readFixed(from: CdrReader, length: number): Float64Array {
  const values = new Float64Array(length);
  from.float64Into(values, length);
  return values;
}

function writeFixed(to: CdrWriter, values: Float64Array, length: number, name: string): void {
  if (values.length !== length) {
    throw new SinewError(`${name} has ${values.length} values`, { expected: `${length}` });
  }
  to.float64Array(values);
}

function readSequence<T>(from: CdrReader, minimum: number, read: (from: CdrReader) => T): T[] {
  const length = from.sequenceLength(minimum);
  const result: T[] = [];
  for (let i = 0; i < length; i++) result.push(read(from));
  return result;
}

function readPoint(from: CdrReader): JointTrajectoryPoint {
  return {
    positions: from.float64Sequence(),
    velocities: from.float64Sequence(),
    accelerations: from.float64Sequence(),
    effort: from.float64Sequence(),
    time_from_start: readStamp(from),
  };
}

function readStatus(from: CdrReader): DiagnosticStatus {
  return {
    level: from.uint8(),
    name: from.string(),
    message: from.string(),
    hardware_id: from.string(),
    values: readSequence(from, 8, (f) => ({ key: f.string(), value: f.string() })),
  };
}

const codecs: { readonly [K in MessageTypeName]: Codec<MessageTypes[K]> } = {
  'std_msgs/msg/Bool': {
    write: (to, m) => void to.bool(m.data),
    read: (from) => ({ data: from.bool() }),
  },
  'std_msgs/msg/String': {
    write: (to, m) => void to.string(m.data),
    read: (from) => ({ data: from.string() }),
  },
  'std_msgs/msg/Float64MultiArray': {
    write(to, m) {
      to.uint32(m.layout.dim.length);
      for (const dim of m.layout.dim) to.string(dim.label).uint32(dim.size).uint32(dim.stride);
      to.uint32(m.layout.data_offset).float64Sequence(m.data);
    },
    read: (from) => ({
      layout: {
        dim: readSequence(from, 12, (f) => ({
          label: f.string(),
          size: f.uint32(),
          stride: f.uint32(),
        })),
        data_offset: from.uint32(),
      },
      data: from.float64Sequence(),
    }),
  },
  'sensor_msgs/msg/JointState': {
    write(to, m) {
      writeHeader(to, m.header);
      to.strings(m.name);
      to.float64Sequence(m.position).float64Sequence(m.velocity).float64Sequence(m.effort);
    },
    read: (from) => ({
      header: readHeader(from),
      name: from.strings(),
      position: from.float64Sequence(),
      velocity: from.float64Sequence(),
      effort: from.float64Sequence(),
    }),
  },
  'sensor_msgs/msg/Image': {
    write(to, m) {
      writeHeader(to, m.header);
      to.uint32(m.height).uint32(m.width).string(m.encoding);
      to.uint8(m.is_bigendian).uint32(m.step);
      to.uint32(m.data.byteLength).bytes(m.data);
    },
    read(from) {
      const header = readHeader(from);
      const height = from.uint32();
      const width = from.uint32();
      const encoding = from.string();
      const is_bigendian = from.uint8();
      const step = from.uint32();
      const data = from.bytes(from.uint32());
      return { header, height, width, encoding, is_bigendian, step, data };
    },
  },
  'sensor_msgs/msg/CameraInfo': {
    write(to, m) {
      writeHeader(to, m.header);
      to.uint32(m.height).uint32(m.width).string(m.distortion_model).float64Sequence(m.d);
      writeFixed(to, m.k, 9, 'k');
      writeFixed(to, m.r, 9, 'r');
      writeFixed(to, m.p, 12, 'p');
      to.uint32(m.binning_x).uint32(m.binning_y);
      to.uint32(m.roi.x_offset).uint32(m.roi.y_offset).uint32(m.roi.height).uint32(m.roi.width);
      to.bool(m.roi.do_rectify);
    },
    read: (from) => ({
      header: readHeader(from),
      height: from.uint32(),
      width: from.uint32(),
      distortion_model: from.string(),
      d: from.float64Sequence(),
      k: readFixed(from, 9),
      r: readFixed(from, 9),
      p: readFixed(from, 12),
      binning_x: from.uint32(),
      binning_y: from.uint32(),
      roi: {
        x_offset: from.uint32(),
        y_offset: from.uint32(),
        height: from.uint32(),
        width: from.uint32(),
        do_rectify: from.bool(),
      },
    }),
  },
  'trajectory_msgs/msg/JointTrajectory': {
    write(to, m) {
      writeHeader(to, m.header);
      to.strings(m.joint_names).uint32(m.points.length);
      for (const point of m.points) {
        to.float64Sequence(point.positions).float64Sequence(point.velocities);
        to.float64Sequence(point.accelerations).float64Sequence(point.effort);
        writeStamp(to, point.time_from_start);
      }
    },
    read: (from) => ({
      header: readHeader(from),
      joint_names: from.strings(),
      points: readSequence(from, MIN_POINT_BYTES, readPoint),
    }),
  },
  'geometry_msgs/msg/PoseStamped': {
    write(to, { header, pose: { position: p, orientation: q } }) {
      writeHeader(to, header);
      to.float64(p.x).float64(p.y).float64(p.z);
      to.float64(q.x).float64(q.y).float64(q.z).float64(q.w);
    },
    read: (from) => ({
      header: readHeader(from),
      pose: {
        position: { x: from.float64(), y: from.float64(), z: from.float64() },
        orientation: { x: from.float64(), y: from.float64(), z: from.float64(), w: from.float64() },
      },
    }),
  },
  'geometry_msgs/msg/TwistStamped': {
    write(to, { header, twist: { linear: v, angular: w } }) {
      writeHeader(to, header);
      to.float64(v.x).float64(v.y).float64(v.z).float64(w.x).float64(w.y).float64(w.z);
    },
    read: (from) => ({
      header: readHeader(from),
      twist: {
        linear: { x: from.float64(), y: from.float64(), z: from.float64() },
        angular: { x: from.float64(), y: from.float64(), z: from.float64() },
      },
    }),
  },
  'geometry_msgs/msg/WrenchStamped': {
    write(to, { header, wrench: { force: f, torque: t } }) {
      writeHeader(to, header);
      to.float64(f.x).float64(f.y).float64(f.z).float64(t.x).float64(t.y).float64(t.z);
    },
    read: (from) => ({
      header: readHeader(from),
      wrench: {
        force: { x: from.float64(), y: from.float64(), z: from.float64() },
        torque: { x: from.float64(), y: from.float64(), z: from.float64() },
      },
    }),
  },
  'diagnostic_msgs/msg/DiagnosticArray': {
    write(to, m) {
      writeHeader(to, m.header);
      to.uint32(m.status.length);
      for (const status of m.status) {
        to.uint8(status.level).string(status.name).string(status.message);
        to.string(status.hardware_id).uint32(status.values.length);
        for (const { key, value } of status.values) to.string(key).string(value);
      }
    },
    read: (from) => ({
      header: readHeader(from),
      status: readSequence(from, MIN_STATUS_BYTES, readStatus),
    }),
  },
  'rosgraph_msgs/msg/Clock': {
    write: (to, m) => writeStamp(to, m.clock),
    read: (from) => ({ clock: readStamp(from) }),
  },
};

export const messageTypeNames = Object.keys(codecs) as readonly MessageTypeName[];

/**
 * Serializes a message.
 *
 * @param writer memory to use again; the result is then valid until its next use
 */
export function encode<K extends MessageTypeName>(
  type: K,
  message: MessageTypes[K],
  writer = new CdrWriter(),
): Buffer {
  codecs[type].write(writer.start(), message);
  return writer.finish();
}

/**
 * Reads a serialized message. An image's `data` is a view into `bytes`, all else is copied.
 *
 * @throws SinewError when the bytes are not a whole message of this type
 */
export function decode<K extends MessageTypeName>(
  type: K,
  bytes: Uint8Array,
  reader = new CdrReader(type),
): MessageTypes[K] {
  return codecs[type].read(reader.start(bytes));
}

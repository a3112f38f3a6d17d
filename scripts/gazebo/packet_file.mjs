// What passed over the loopback interface, from a file of tcpdump: UDP datagrams, and the messages of
// ZeroMQ's protocol (ZMTP 3) in TCP streams.

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET = 14;
const IPV4 = 0x0800;
const UDP = 17;
const TCP = 6;
/** Signature, version, mechanism, as-server and filler. */
const GREETING = 64;

/** IPv4 packets of a capture in the old format of pcap, little-endian, with Ethernet headers. */
function* packets(file) {
  if (file.readUInt32LE(0) !== 0xa1b2c3d4 || file.readUInt32LE(20) !== 1) {
    throw new Error('this is no little-endian pcap file with Ethernet headers');
  }
  for (let at = FILE_HEADER; at + RECORD_HEADER <= file.length; ) {
    const length = file.readUInt32LE(at + 8);
    const frame = file.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length);
    at += RECORD_HEADER + length;
    if (frame.readUInt16BE(12) !== IPV4) continue;
    const ip = frame.subarray(ETHERNET, ETHERNET + frame.readUInt16BE(ETHERNET + 2));
    const payload = ip.subarray((ip[0] & 15) * 4);
    const [from, to] = [payload.readUInt16BE(0), payload.readUInt16BE(2)];
    yield { protocol: ip[9], from, to, payload };
  }
}

/** @returns {{port: number, data: Buffer}[]} datagrams in their order */
export function datagrams(file) {
  return [...packets(file)]
    .filter(({ protocol }) => protocol === UDP)
    .map(({ to, payload }) => ({ port: to, data: payload.subarray(8) }));
}

/** Bytes of each direction of each connection. */
function streams(file) {
  const found = new Map();
  for (const { protocol, from, to, payload } of packets(file)) {
    if (protocol !== TCP) continue;
    const data = payload.subarray((payload[12] >> 4) * 4);
    if (data.length === 0) continue;
    const key = `${from} ${to}`;
    if (!found.has(key)) found.set(key, { from, to, segments: new Map() });
    // What is sent again has the number that it had.
    found.get(key).segments.set(payload.readUInt32BE(4), data);
  }
  return [...found.values()].map(({ from, to, segments }) => ({
    from,
    to,
    data: Buffer.concat([...segments].sort(([a], [b]) => a - b).map(([, data]) => data)),
  }));
}

/** @returns {{from: number, to: number, frames: Buffer[]}[]} messages of ZeroMQ, by connection */
export function zeromqMessages(file) {
  return streams(file).flatMap(({ from, to, data }) => {
    const messages = [];
    let frames = [];
    for (let at = GREETING; at < data.length; ) {
      const flags = data[at];
      const long = (flags & 2) !== 0;
      const length = long ? Number(data.readBigUInt64BE(at + 1)) : data[at + 1];
      const start = at + (long ? 9 : 2);
      at = start + length;
      // Commands belong to the connection, not to who uses it.
      if ((flags & 4) !== 0) continue;
      frames.push(data.subarray(start, at));
      if ((flags & 1) !== 0) continue;
      messages.push({ from, to, frames });
      frames = [];
    }
    return messages;
  });
}

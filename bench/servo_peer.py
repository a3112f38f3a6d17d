"""Bus cycles by the vendor's own SDK: sync read of six positions, sync write of six goals.

Usage: servo_peer.py feetech|dynamixel PORT SECONDS. Prints the time of each cycle, s, as JSON.
"""

import json
import sys
import time

IDS = [1, 2, 3, 4, 5, 6]


def feetech(path):
    import scservo_sdk as sdk

    port = sdk.PortHandler(path)
    servos = sdk.PacketHandler(0)
    reader = sdk.GroupSyncRead(port, servos, 56, 2)
    writer = sdk.GroupSyncWrite(port, servos, 42, 2)
    return sdk, port, reader, writer, [0x00, 0x08]


def dynamixel(path):
    import dynamixel_sdk as sdk

    port = sdk.PortHandler(path)
    servos = sdk.PacketHandler(2.0)
    reader = sdk.GroupSyncRead(port, servos, 132, 4)
    writer = sdk.GroupSyncWrite(port, servos, 116, 4)
    return sdk, port, reader, writer, [0x00, 0x08, 0x00, 0x00]


def main(protocol, path, seconds):
    sdk, port, reader, writer, goal = {"feetech": feetech, "dynamixel": dynamixel}[protocol](path)
    if not (port.openPort() and port.setBaudRate(1_000_000)):
        raise SystemExit(f"servo_peer: cannot open {path}")
    for servo in IDS:
        reader.addParam(servo)
        writer.addParam(servo, goal)
    cycles = []
    errors = 0
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        errors += reader.txRxPacket() != sdk.COMM_SUCCESS
        errors += writer.txPacket() != sdk.COMM_SUCCESS
        cycles.append(time.perf_counter() - start)
    port.closePort()
    print(json.dumps({"cycles": cycles, "errors": errors}))


main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
